"""What `dedupe` is made of: code points, shingles and their minima, and what may not differ."""
