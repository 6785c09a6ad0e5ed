"""The engine: opinions in, problems out."""

import os

# Daft reports its use over the network unless told not to, and decides while it is imported: all its switches, first.
os.environ.update({"DAFT_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "true", "SCARF_NO_ANALYTICS": "true"})

from setright.sift.pipeline import sift
from setright.sift.result import Result, State
from setright.sift.settings import Encoder, Namer, Settings

__all__ = ["Encoder", "Namer", "Result", "Settings", "State", "sift"]
