"""How `sift.read` gets from bytes to batches of `tables.INPUT`."""
