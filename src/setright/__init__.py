"""Setright: hear what people say is wrong, set it right, and prove it."""

__version__ = "0.1.0"
