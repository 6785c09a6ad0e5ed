"""Sending a cleaned copy to a browser."""

from __future__ import annotations

import io

from django.http import FileResponse

from setright.campaign.access import opened_copy
from setright.campaign.models import File

_INLINE = ("image/jpeg", "image/png", "application/pdf")


def shown_file(file: File) -> FileResponse:
    """The cleaned copy under its own name; only pictures and PDFs open in the browser, all else is saved."""
    response = FileResponse(
        io.BytesIO(opened_copy(file)),
        content_type=file.media_type,
        filename=file.name,
        as_attachment=file.media_type not in _INLINE,
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
