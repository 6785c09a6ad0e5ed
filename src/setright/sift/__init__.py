"""The engine: opinions in, problems out."""

import os

# Daft reports its use over the network unless told not to, and decides while it is imported: all its switches, first.
os.environ.update({"DAFT_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "true", "SCARF_NO_ANALYTICS": "true"})
