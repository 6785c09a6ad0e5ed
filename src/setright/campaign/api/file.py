"""Files: handed in once, named by number afterwards; sent as cleaned copies."""

from __future__ import annotations

import io
from typing import Final

from django.http import FileResponse
from ninja import File, Router
from ninja.files import UploadedFile

from setright.campaign import access
from setright.campaign.actions.file import keep_file
from setright.campaign.api.guard import Call, writes
from setright.campaign.api.refs import FileRef
from setright.campaign.enums import Scope
from setright.campaign.models import File as Kept

router = Router()
_HANDERS: Final = (
    "person.manage",
    "unit.manage",
    "team.manage",
    "study.manage",
    "notice.issue",
    "notice.reply",
    "notice.pass",
)
"""Whose acts take a file that was handed in before."""


@writes(router, "/files", "", FileRef, status=201, scope=Scope.ENTER)
def add_file(request: Call, file: File[UploadedFile]) -> FileRef:
    """Hand a file in, to be named in a notice, a reply or an import by its number. Only its owner may name it."""
    if not any(access.may_somewhere(request.user, right) for right in _HANDERS):
        raise access.Unknown
    return FileRef.model_validate(keep_file(upload=file, by=request.user, field="file"))


def own_file(request: Call, pk: int) -> Kept:
    """A file that the caller handed in; nobody names another's."""
    found = Kept.objects.filter(pk=pk, by=request.user).first()
    if found is None:
        raise access.Unknown
    return found


def sent(file: Kept) -> FileResponse:
    """The cleaned copy under its own name, to be saved."""
    content = io.BytesIO(access.opened_copy(file))
    response = FileResponse(content, content_type=file.media_type, filename=file.name, as_attachment=True)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
