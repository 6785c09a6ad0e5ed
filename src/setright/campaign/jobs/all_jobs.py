"""Imports every file of jobs, so that each registers itself."""

from __future__ import annotations

from setright.campaign.jobs import enrolment, person, reminder, unit

__all__ = ["enrolment", "person", "reminder", "unit"]
