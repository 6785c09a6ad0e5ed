"""What `make bench` runs: quality, speed, near-duplicates, each beside other people's programs."""
