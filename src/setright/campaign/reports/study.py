"""The picture on a session's poster."""

from __future__ import annotations

import io

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_of(url: str) -> SafeString:
    """A QR code as SVG, black on white in every theme, without a style attribute (the CSP allows none)."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, scale=8, border=4, dark="#000", light="#fff", omitsize=True
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308 - segno's own drawing, of an address of ours
