"""What the kind model reads in a text, and the data it was taught with."""
