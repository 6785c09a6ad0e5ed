"""The campaign: the one Django app. Its nouns arrive with the issue that builds them."""
