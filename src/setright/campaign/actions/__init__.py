"""Everything that changes state: one transaction and one log entry each; nobody else saves."""
