"""How a caller is known, and what every operation has in common: its right, its scope, its answers."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeVar, get_args

from allauth.mfa.utils import is_mfa_enabled
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.files import UploadedFile
from ninja.params.models import Query as QueryMark
from ninja.security import HttpBearer

from setright.campaign import access
from setright.campaign.actions.idempotency import Kept, claim_key, keep_answer
from setright.campaign.api.paging import Page
from setright.campaign.api.told import Forbidden, Stale, Trouble, told
from setright.campaign.api.typed import Cursor, Limit
from setright.campaign.enums import Scope
from setright.campaign.errors import CampaignError, Invalid
from setright.campaign.models import Campaign, Person, Token
from setright.campaign.models.person import token_hash
from setright.campaign.rights import scope_of

_F = TypeVar("_F", bound=Callable[..., Any])
_LONGEST_KEY: Final = 100
_KNOWN: Final[dict[str, dict[str, Any]]] = {
    "campaign": {"annotation": str},
    "limit": {"annotation": Limit, "default": 50},
    "cursor": {"annotation": Cursor, "default": ""},
}
"""Parameters that operations have by their kind: `Bearer` finds the campaign, `paging` reads the others."""


class Call(HttpRequest):
    """A request of a known caller (for the type checker alone); `campaign` is the one named in the address."""

    user: Person
    token: Token
    campaign: Campaign


# ------------------------------------------------------------------------------------------------------ who may call


class Bearer(HttpBearer):
    """Knows a caller by a token, of which only the hash is kept; then asks for the operation's scope and right.

    All before anything of the request is read: who may not call is not told what a good call looks like.
    """

    def __init__(self, right: str, scope: Scope) -> None:
        super().__init__()
        self.right, self.scope = right, scope

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        found = _token(token)
        if found is None:
            return None
        call: Any = request
        call.user, call.token = found.person, found
        if "Accept-Language" not in request.headers and "lang" not in request.GET:
            translation.activate(found.person.language)  # the middleware puts the old one back
        need_scope(call, self.scope)
        if access.needs_second_factor(self.right) and not is_mfa_enabled(found.person):
            raise Forbidden(_("This needs a second factor: set one up at “My account” first."))
        call.campaign = _campaign(call, self.right)
        return found.person


def _token(secret: str) -> Token | None:
    today = timezone.localdate()
    rows = Token.objects.filter(
        token_hash=token_hash(secret), revoked_on=None, expires_on__gte=today, person__is_active=True
    )
    found = rows.filter(person__is_active=True).select_related("person").first()
    if found is not None and found.used_on != today:
        Token.objects.filter(pk=found.pk).update(used_on=today)
    return found


def need_scope(call: Call, scope: Scope) -> None:
    """Do nothing where the token has the scope.

    Raises
    ------
    Forbidden
        Otherwise.
    """
    if scope.value not in call.token.scopes:
        raise Forbidden(_("This token lacks the scope “%(scope)s”.") % {"scope": scope.value})


def _campaign(call: Call, right: str) -> Campaign | None:
    """The campaign of the address, where the caller has the right anywhere in it."""
    typed = call.resolver_match.kwargs.get("campaign") if call.resolver_match else None
    if typed is None:
        if right and not access.may_somewhere(call.user, right):
            raise access.Unknown
        return None
    is_number = typed.isdecimal() and typed.isascii() and len(typed) < 19
    found = access.campaigns_of(call.user).filter(pk=int(typed)).first() if is_number else None
    if found is None or not access.may_somewhere(call.user, right, found):
        raise access.Unknown
    return found


# -------------------------------------------------------------------------------------------------------- operations


@dataclass(frozen=True, slots=True)
class Kind:
    """What an operation is beside its path: whose right, which scope of a token, which answers."""

    method: str
    right: str
    scope: Scope
    out: Any = None
    status: int = 200
    also: tuple[tuple[int, Any], ...] = ()
    is_secret: bool = False

    @property
    def is_read(self) -> bool:
        return self.method == "GET"

    @property
    def responses(self) -> dict[Any, Any]:
        """Every answer there can be."""
        errors = (401, 403, 404, 422) if self.is_read else (401, 403, 404, 409, 412, 422)
        return {
            self.status: self.out,
            **dict(self.also),
            **({304: None} if self.is_read and self.out else {}),
            **dict.fromkeys(errors, Trouble),
        }

    @property
    def headers(self) -> list[dict[str, Any]]:
        """Headers that the caller may send."""
        names = {"GET": "If-None-Match", "POST": "Idempotency-Key"}
        wanted = [names[self.method]] if self.method in names and not self.is_secret else []
        wanted += [] if self.is_read else ["If-Match"]
        return [{"in": "header", "name": name, "required": False, "schema": {"type": "string"}} for name in wanted]

    @property
    def extra(self) -> dict[str, Any]:
        """What the description says beside parameters and answers."""
        found: dict[str, Any] = {"parameters": self.headers, "x-right": self.right, "x-scope": self.scope.value}
        if self.is_read and self.out is None:
            found["responses"] = {self.status: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}
        return found


def reads(router: Router, path: str, right: str, out: Any) -> Callable[[_F], _F]:
    """Register a question: any token with the scope `read` may ask it, as far as its owner's right reaches."""
    return _operation(router, path, Kind("GET", right, Scope.READ, out))


def writes(router: Router, path: str, right: str, out: Any = None, **more: Any) -> Callable[[_F], _F]:
    """Register an act: POST unless `method` says otherwise; its scope follows from its right unless it is named."""
    values = {"method": "POST", "status": 200 if out else 204, **more}
    scope = values.pop("scope", None) or scope_of(right)
    return _operation(router, path, Kind(right=right, scope=scope, out=out, **values))


def _operation(router: Router, path: str, kind: Kind) -> Callable[[_F], _F]:
    def register(view: _F) -> _F:
        @wraps(view)
        def guarded(request: Any, **typed: Any) -> HttpResponseBase:
            values = {name: value for name, value in typed.items() if name not in _KNOWN}
            if unknown := sorted(set(request.GET) - asked):
                return told(Invalid(unknown[0], _("There is no such parameter.")))
            if kind.is_read:
                return _unless_known(request, _answer(kind, view, request, values))
            return _once(kind, request, lambda: _answer(kind, view, request, values))

        known: Any = guarded
        known.__signature__ = _signature(view, path, kind)
        asked = {"lang", *_queried(known.__signature__, path)}
        known.right, known.scope, known.method = kind.right, kind.scope, kind.method
        router.api_operation(
            [kind.method],
            path,
            auth=Bearer(kind.right, kind.scope),
            response=kind.responses,
            operation_id=view.__name__,
            openapi_extra=kind.extra,
        )(known)
        return known  # type: ignore[no-any-return]

    return register


def _signature(view: Callable[..., Any], path: str, kind: Kind) -> inspect.Signature:
    """The view's own, with what every operation of its kind takes and the view itself never needs."""
    found = inspect.signature(view, eval_str=True)
    names = ["campaign"] if "{campaign}" in path else []
    if isinstance(kind.out, type) and issubclass(kind.out, Page):
        names += ["limit", "cursor"]
    added = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, **_KNOWN[name]) for name in names]
    return found.replace(parameters=[*found.parameters.values(), *added])


def _queried(signature: inspect.Signature, path: str) -> Iterator[str]:
    """The names that may stand behind the question mark: a mistyped filter must not pass for none."""
    for name, parameter in signature.parameters.items():
        kind, *marks = get_args(parameter.annotation) or (parameter.annotation,)
        is_model = isinstance(kind, type) and issubclass(kind, Schema)
        if is_model and any(isinstance(mark, QueryMark) for mark in marks):
            yield from kind.model_fields
        elif not is_model and kind is not UploadedFile and name != "request" and f"{{{name}}}" not in path:
            yield name


def _answer(kind: Kind, view: Callable[..., Any], request: Any, values: dict[str, Any]) -> HttpResponseBase:
    """What the view says, or why it cannot."""
    try:
        said = view(request, **values)
    except CampaignError as error:
        return told(error)
    if isinstance(said, HttpResponseBase):
        return said
    status, out = said if isinstance(said, tuple) else (kind.status, said)
    if out is None:
        return HttpResponse(status=status)
    response = HttpResponse(_content(out), status=status, content_type="application/json")
    if isinstance(out, Schema) and status == 200:
        response["ETag"] = etag_of(out)
    return response


def _content(out: Schema) -> bytes:
    return out.model_dump_json().encode()


def etag_of(out: Schema) -> str:
    """The version of what is shown: the hash of all of it, with quotes."""
    return f'"{hashlib.sha256(_content(out)).hexdigest()[:32]}"'


def _unless_known(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """304 where the caller has this version already."""
    etag = response.headers.get("ETag")
    if etag and _is_named(request.headers.get("If-None-Match", ""), etag):
        return HttpResponse(status=304, headers={"ETag": etag})
    return response


def _is_named(header: str, etag: str) -> bool:
    named = parse_etags(header)
    return "*" in named or any(each.removeprefix("W/") == etag for each in named)


def seen(call: Call, typed: str, shown: Schema, now: str) -> str:
    """The version that the caller read: the `seen` they sent, or `now` where If-Match names what is shown.

    Raises
    ------
    Stale
        When If-Match names another version.
    Invalid
        When neither is given: nobody overwrites what they have not read.
    """
    header = call.headers.get("If-Match", "")
    if header:
        if not _is_named(header, etag_of(shown)):
            raise Stale(_("It changed since you read it. Nothing of yours was changed."))
        return typed or now
    if not typed and now:
        raise Invalid("seen", _("Say which version you read: its “seen”, or its ETag as If-Match."))
    return typed


# --------------------------------------------------------------------------------------------------- asked twice


def _once(kind: Kind, request: Any, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Do it; where the caller gave a key, do it once and give the first answer again whenever it comes back."""
    key = request.headers.get("Idempotency-Key")
    if key is None or kind.method != "POST":
        return act()
    if kind.is_secret:
        return told(Invalid("Idempotency-Key", _("This answer holds a secret that is given once: it takes no key.")))
    if not 1 <= len(key) <= _LONGEST_KEY or "\x00" in key:
        return told(Invalid("Idempotency-Key", _("A key has 1 to 100 characters.")))
    try:
        with transaction.atomic():
            return _kept_once(request, key, act)
    except Invalid as error:
        return told(error)


def _kept_once(request: Any, key: str, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    claimed = claim_key(token=request.token, key=key, body_hash=_body_hash(request))
    if isinstance(claimed, Kept):
        return HttpResponse(claimed.content, status=claimed.status, content_type="application/json")
    response: Any = act()
    keep_answer(row=claimed, kept=Kept(response.status_code, response.content))
    return response  # type: ignore[no-any-return]


def _body_hash(request: Any) -> str:
    """SHA-256 over the address and what was sent; files by their content, since a boundary differs each time."""
    parts = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        parts.update(request.body)
        return parts.hexdigest()
    for name, uploads in sorted(request.FILES.lists()):
        for upload in uploads:
            content = hashlib.sha256(upload.read()).hexdigest()
            upload.seek(0)
            parts.update(f"{name} {upload.name} {content}\n".encode())
    parts.update(repr(sorted(request.POST.lists())).encode())
    return parts.hexdigest()
