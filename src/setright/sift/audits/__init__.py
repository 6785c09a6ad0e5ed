"""What an audit leans on: which pairs there are to judge, and what some answers tell of all of them."""
