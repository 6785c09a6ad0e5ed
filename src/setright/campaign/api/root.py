"""The API itself: how a caller is known, and how a refusal is told."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.security import HttpBearer

from setright.campaign.access import Unknown
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Person, Token


class Bearer(HttpBearer):
    """Knows a caller by a token; only its hash is kept."""

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        today = timezone.localdate()
        found = (
            Token.objects.filter(
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                revoked_on=None,
                expires_on__gte=today,
                person__is_active=True,
            )
            .select_related("person")
            .first()
        )
        if found is None:
            return None
        if found.used_on != today:
            Token.objects.filter(pk=found.pk).update(used_on=today)
        request.user = found.person
        request.token = found  # type: ignore[attr-defined]
        return found.person


api = NinjaAPI(title="Setright", version="1", auth=Bearer(), docs_url="docs", urls_namespace="api")


def _told(request: HttpRequest, status: int, body: dict[str, Any]) -> HttpResponse:
    return api.create_response(request, body, status=status)


@api.exception_handler(Unknown)
def _unknown(request: HttpRequest, error: Unknown) -> HttpResponse:
    return _told(request, 404, {"detail": str(error) or "There is no such thing, or it is not yours to see."})


@api.exception_handler(Conflict)
def _conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
    return _told(request, 409, {"detail": str(error)})


@api.exception_handler(Invalid)
def _invalid(request: HttpRequest, error: Invalid) -> HttpResponse:
    return _told(request, 422, {"detail": [{"loc": ["body", error.field], "msg": str(error), "type": "invalid"}]})


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _told(request, 422, {"detail": [{"loc": [], "msg": str(error), "type": "refused"}]})
