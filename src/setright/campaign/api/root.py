"""The API itself: every noun's operations, and how what never reached one of them is told."""

from __future__ import annotations

import logging
import secrets
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from setright.campaign.access import Unknown
from setright.campaign.api import (
    batch,
    board,
    campaign,
    contact,
    enrolment,
    event,
    file,
    gate,
    grant,
    group,
    hearing,
    instruction,
    invitation,
    job,
    me,
    notice,
    person,
    plan,
    received,
    round,
    step,
    story,
    study,
    study_session,
    team,
    unit,
    unit_import,
    visit,
    work,
)
from setright.campaign.api.told import FieldTrouble, Trouble, told, troubled
from setright.campaign.errors import CampaignError

NOUNS: Final = (
    me,
    campaign,
    batch,
    enrolment,
    group,
    grant,
    step,
    story,
    gate,
    board,
    work,
    event,
    job,
    file,
    person,
    invitation,
    unit,
    team,
    unit_import,
    round,
    plan,
    contact,
    visit,
    hearing,
    instruction,
    notice,
    received,
    study,
    study_session,
)

_trouble = logging.getLogger("setright.trouble")
_WRONG: Final[dict[str, str | Promise]] = {
    "missing": gettext_lazy("Needed."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "string_type": gettext_lazy("This is a text."),
    "string_too_long": gettext_lazy("Too long."),
    "string_too_short": gettext_lazy("Needed."),
    "int_type": gettext_lazy("This is a whole number."),
    "int_parsing": gettext_lazy("This is a whole number."),
    "bool_type": gettext_lazy("This is true or false."),
    "value_error": gettext_lazy("A day is written YYYY-MM-DD, from 1900 to 2200."),
    "enum": gettext_lazy("This is none of the values there are."),
    "list_type": gettext_lazy("This is a list."),
    "too_long": gettext_lazy("Too many."),
    "too_short": gettext_lazy("At least one."),
    "greater_than_equal": gettext_lazy("Too small."),
    "less_than_equal": gettext_lazy("Too large."),
}


class Described(NinjaAPI):
    """Describes itself once: hundreds of operations take seconds, and nothing in the description changes."""

    _described: Any = None

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> Any:
        if self._described is None:
            self._described = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        return self._described


api = Described(
    title="Setright",
    version="1",
    description=(
        "The same questions, acts, rights and refusals as the pages. Every operation names the right (`x-right`) that "
        "the token’s owner needs and the scope (`x-scope`) that the token needs. Lists come in pages: follow `next`."
    ),
    docs_url=None,
    urls_namespace="api",
)
for _noun in NOUNS:
    api.add_router("", _noun.router, tags=[_noun.__name__.rpartition(".")[2]])


@api.exception_handler(CampaignError)
def _refused(request: HttpRequest, error: CampaignError) -> HttpResponse:
    return told(error)


@api.exception_handler(AuthenticationError)
def _unknown_caller(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    sentence = _("Send a token that lives, as “Authorization: Bearer …”. Tokens are made at “My account”.")
    response = troubled(Trouble(detail=sentence), 401)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def _wrong_values(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [FieldTrouble(field=_field(each["loc"]), message=_message(each)) for each in error.errors]
    return troubled(Trouble(detail=_("What was sent cannot be read."), fields=fields), 422)


def _field(places: tuple[Any, ...]) -> str:
    """Where it stands: without “body” and the name of the parameter that holds it."""
    return ".".join(str(each) for each in (places[2:] if places[0] == "body" else places[1:]))


def _message(error: dict[str, Any]) -> str:
    return str(_WRONG.get(error["type"], _("This value cannot be.")))


@api.exception_handler(HttpError)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return troubled(Trouble(detail=_("What was sent cannot be read.")), 422)


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """An error of ours: a reference number for the caller and in the error log; nothing of the request is logged."""
    reference = secrets.token_hex(4)
    _trouble.error("reference %s", reference, exc_info=error)
    return troubled(Trouble(detail=_("Something of ours is broken. Reference: %s") % reference), 500)


def nowhere(request: HttpRequest) -> HttpResponse:
    """There is no such operation."""
    return told(Unknown())
