"""What people decided about a register: the lines that say so, where their words stand now, and how they are made."""
