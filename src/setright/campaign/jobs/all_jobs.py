"""Imports every file of jobs, so that each registers itself."""

from __future__ import annotations
