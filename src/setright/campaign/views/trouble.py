"""Pages for what went wrong: not there (or not yours), broken, a form that is too old."""

from __future__ import annotations

import logging
import secrets
import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_trouble = logging.getLogger("setright.trouble")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """One page and one wording for what is not and for what is not yours."""
    return render(request, "trouble/not_found.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """An error of ours: a reference number on the page and in the error log; nothing of the request is logged."""
    reference = secrets.token_hex(4)
    _trouble.error("reference %s", reference, exc_info=sys.exc_info())
    return render(request, "trouble/broken.html", {"reference": reference}, status=500)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was opened in another session, or too long ago."""
    return render(request, "trouble/stale_form.html", status=403)
