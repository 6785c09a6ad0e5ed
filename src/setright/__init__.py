"""Setright: hear what people say is wrong, set it right, and prove it."""

import os

# Daft reports its use over the network unless told not to, and decides while it is imported. Whatever part of Setright
# is imported first comes through here, so all its switches stand before any of them can import Daft.
os.environ.update({"DAFT_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "true", "SCARF_NO_ANALYTICS": "true"})

__version__ = "0.1.0"
