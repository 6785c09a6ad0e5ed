"""Background work: thin functions that take ids, call actions, and say how far they are."""
