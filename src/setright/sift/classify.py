"""Placeholder until the real stage is written over this file."""
from __future__ import annotations
from typing import Any
import numpy as np
def classify(said: Any, taxonomy: Any, model: Any, labels: Any) -> Any:
    return [None] * len(said), np.zeros(len(said), np.float32)
def load_taxonomy(name: Any) -> Any:
    return None
