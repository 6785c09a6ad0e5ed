"""A copy of a handed-in file without what it tells beside its content: camera data, authors, comments.

Images are drawn anew, PDFs lose metadata and scripts, Office files their properties; plain text stays. Anything else is
not taken, so that what is shown is always a cleaned copy. Images and documents are parsed with the limits below.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from django.utils.translation import gettext as _

_MOST_PIXELS: Final = 60_000_000
_MOST_UNZIPPED: Final = 400 * 2**20
_MOST_RATIO: Final = 200


class Unclean(Exception):
    """The file cannot be taken; the text says why and what would do."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is shown, and as what."""

    content: bytes
    media_type: str


def cleaned(name: str, plain: bytes) -> Cleaned:
    """Return the copy to show.

    Raises
    ------
    Unclean
        For kinds that are not taken, and for files that are not what their name says.
    """
    ending = PurePath(name).suffix.lower()
    clean = _CLEANERS.get(ending)
    if clean is None:
        raise Unclean(
            _("“%(name)s”: files of this kind are not taken. Use PDF, JPEG, PNG, DOCX, XLSX, PPTX, TXT or CSV.")
            % {"name": name}
        )
    try:
        return Cleaned(clean(plain), _TYPES[ending])
    except Unclean:
        raise
    except Exception as error:
        raise Unclean(
            _("“%(name)s” cannot be read as %(kind)s: open it, save it again, and hand that in.")
            % {"name": name, "kind": ending.lstrip(".").upper()}
        ) from error


def _image(plain: bytes) -> bytes:
    from PIL import Image, ImageOps  # noqa: PLC0415 - heavy, only where a file is handed in

    with Image.open(io.BytesIO(plain)) as opened:
        if opened.width * opened.height > _MOST_PIXELS:
            raise Unclean(_("The picture has more than 60 million pixels: make it smaller."))
        form = "PNG" if opened.format == "PNG" else "JPEG"
        drawn = ImageOps.exif_transpose(opened)
        fresh = Image.new("RGBA" if form == "PNG" and "A" in drawn.getbands() else "RGB", drawn.size)
        fresh.paste(drawn.convert(fresh.mode))
    out = io.BytesIO()
    fresh.save(out, form, quality=88)
    return out.getvalue()


def _pdf(plain: bytes) -> bytes:
    import pikepdf  # noqa: PLC0415 - heavy, only where a file is handed in

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        for key in ("/Metadata", "/OpenAction", "/AA", "/JavaScript", "/Names"):
            if key in pdf.Root:
                del pdf.Root[key]
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        for sheet in pdf.pages:
            for key in ("/Annots", "/AA", "/Metadata", "/PieceInfo"):
                if key in sheet:
                    del sheet[key]
        pdf.remove_unreferenced_resources()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _office(plain: bytes) -> bytes:
    """Copy the archive without properties, comments and authors; macros have no place in these endings."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        _check_size(source, len(plain))
        if "[Content_Types].xml" not in source.namelist():
            raise ValueError("not an Office file")
        for item in source.infolist():
            if item.is_dir() or item.filename.endswith("vbaProject.bin"):
                continue
            content = _EMPTY.get(_kind(item.filename), None)
            fresh = zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0))
            fresh.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fresh, source.read(item) if content is None else content)
    return out.getvalue()


def _check_size(source: zipfile.ZipFile, n_bytes: int) -> None:
    unzipped = sum(item.file_size for item in source.infolist())
    if unzipped > _MOST_UNZIPPED or unzipped > _MOST_RATIO * max(n_bytes, 1024):
        raise Unclean(_("The file unpacks to far more than it should: hand in a smaller one."))


def _kind(name: str) -> str:
    return name.rsplit("/", 1)[-1].lower() if name.startswith("docProps/") else ""


_EMPTY: Final = {
    "core.xml": (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties '
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
    ),
    "app.xml": (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
        'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
    ),
    "custom.xml": (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
        'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
    ),
}


def _text(plain: bytes) -> bytes:
    if b"\0" in plain:
        raise ValueError("not text")
    return plain


_CLEANERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    ".jpg": _image,
    ".jpeg": _image,
    ".png": _image,
    ".pdf": _pdf,
    ".docx": _office,
    ".xlsx": _office,
    ".pptx": _office,
    ".txt": _text,
    ".csv": _text,
}
_TYPES: Final = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
}
