"""What `split` is made of: list marks, the words of praise and complaint, where a text may be cut."""
