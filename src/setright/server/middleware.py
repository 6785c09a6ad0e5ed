"""Which middleware runs where.

Staff pages (/app/, /api/) have sessions, CSRF, sign-in and messages. Everything else is public and runs none of them:
each staff middleware below is Django's own, made to step aside on a public path, so that one list serves both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation

STAFF_PATHS = ("/app/", "/api/")
Respond = Callable[[HttpRequest], HttpResponseBase]


def is_staff_path(request: HttpRequest) -> bool:
    """Whether the request is for a page that knows who is signed in."""
    return request.path_info.startswith(STAFF_PATHS)


def _staff_only(middleware: Any) -> Any:
    """Return the middleware's twin that lets a public request pass untouched."""

    class StaffOnly(middleware):  # type: ignore[misc]
        sync_capable, async_capable = True, False

        def __call__(self, request: HttpRequest) -> Any:
            return super().__call__(request) if is_staff_path(request) else self.get_response(request)

        def process_view(self, request: HttpRequest, *rest: Any) -> Any:
            inherited = getattr(super(), "process_view", None)
            return inherited(request, *rest) if inherited and is_staff_path(request) else None

    return StaffOnly


StaffSession = _staff_only(SessionMiddleware)
StaffCsrf = _staff_only(CsrfViewMiddleware)
StaffAuthentication = _staff_only(AuthenticationMiddleware)
StaffMessages = _staff_only(MessageMiddleware)


def Addresses(get_response: Respond) -> Respond:
    """Give public paths their own table of addresses."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if not is_staff_path(request):
            request.urlconf = "setright.server.public_urls"
        return get_response(request)

    return respond


def NoStore(get_response: Respond) -> Respond:
    """No page is kept by a browser or a proxy."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond


def ReaderLanguage(get_response: Respond) -> Respond:
    """Speak the signed-in person's language; the browser's where nobody is signed in (never kept in a cookie)."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        person = getattr(request, "user", None)
        wished = request.GET.get("lang", "")
        language = wished if wished in ("zh-hans", "en") else ""
        if not language and person is not None and person.is_authenticated:
            language = person.language
        with translation.override(language or translation.get_language_from_request(request)):
            request.LANGUAGE_CODE = translation.get_language() or ""
            return get_response(request)

    return respond
