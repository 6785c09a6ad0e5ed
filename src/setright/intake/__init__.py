"""What both the engine and the campaign lean on: no Django, no numpy, no sift."""
