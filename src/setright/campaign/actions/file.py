"""Take a file in: hash it, seal the original, keep a cleaned copy to show."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from setright.campaign.cleaning import Cleaned, Unclean, cleaned
from setright.campaign.errors import Invalid
from setright.campaign.models import File, Person
from setright.campaign.seal import seal

_MOST = 32 * 2**20


def keep_file(*, upload: UploadedFile[Any], by: Person, field: str = "files") -> File:
    """Keep a file that was handed in.

    The bytes are sealed before they reach the disk; the folder holds random names only. Written and synced before the
    row exists, so that an acknowledged file is there after a crash.

    Raises
    ------
    Invalid
        When it is too large, empty, of a kind that is not taken, or not what its name says.
    """
    name = Path(upload.name or "file").name[-255:]
    if (upload.size or 0) > _MOST:
        raise Invalid(
            field, _("“%(name)s” is larger than 32 MB: split it or scan it in a lower quality.") % {"name": name}
        )
    plain = upload.read()
    if not plain:
        raise Invalid(field, _("“%(name)s” is empty.") % {"name": name})
    try:
        copy: Cleaned = cleaned(name, plain)
    except Unclean as error:
        raise Invalid(field, str(error)) from error
    return File.objects.create(
        name=name,
        media_type=copy.media_type,
        n_bytes=len(plain),
        sha256=hashlib.sha256(plain).hexdigest(),
        original=_stored(plain),
        cleaned=_stored(copy.content),
        cleaned_bytes=len(copy.content),
        by=by,
    )


def _stored(plain: bytes) -> str:
    name = secrets.token_hex(16)
    folder = files_folder() / name[:2]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("xb") as file:
        file.write(seal(plain, settings.CONFIG.key_folder))
        file.flush()
        os.fsync(file.fileno())
    return name


def files_folder() -> Path:
    """Where handed-in files lie, sealed."""
    return Path(settings.CONFIG.home) / "files"
