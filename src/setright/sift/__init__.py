"""The engine: opinions in, problems out."""

from setright.sift.pipeline import sift
from setright.sift.result import Result, State
from setright.sift.settings import Encoder, Namer, Settings

__all__ = ["Encoder", "Namer", "Result", "Settings", "State", "sift"]
