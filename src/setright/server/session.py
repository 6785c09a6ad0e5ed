"""Sessions in the database that know whose they are, so that people can see and end their own."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DbStore


class SessionStore(DbStore):
    """Django's database sessions with the person beside each row."""

    @classmethod
    def get_model_class(cls) -> Any:
        from setright.campaign.models import StaffSession  # noqa: PLC0415 - models load after the session engine

        return StaffSession

    def create_model_instance(self, data: Any) -> Any:
        row = super().create_model_instance(data)
        person = data.get(SESSION_KEY)
        row.person_id = int(person) if person else None  # type: ignore[attr-defined]
        return row
