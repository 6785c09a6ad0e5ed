"""An output folder that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from setright.intake.errors import InputError


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder beside `out`; put it in `out`'s place when the block ends well, remove it when not.

    An earlier register at `out` is replaced only then. A folder that holds anything else is never touched.

    Raises
    ------
    InputError
        When `out` cannot be written, or holds something that is no register.
    """
    _refuse_foreign(out)
    with _told(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent))
    try:
        with _told(out):
            yield partial
            partial.chmod(0o777 & ~_umask())
            _replace(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError("is a file, not a folder", where=str(out), remedy="Name another folder with --out")
    if out.is_dir() and any(out.iterdir()) and not (out / "ledger.json").is_file():
        raise InputError(
            "holds files that are not a register", where=str(out), remedy="Name an empty or new folder with --out"
        )


@contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise InputError(
                "the disk is full", where=str(out), remedy="Free some space or name another --out"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG):
            what = f"cannot be written ({os.strerror(error.errno).lower()})"
            raise InputError(what, where=str(out), remedy="Name another folder with --out") from error
        raise


def _replace(partial: Path, out: Path) -> None:
    """Swap the finished folder in; the earlier one is moved aside first and removed last."""
    aside = partial.with_suffix(".old")
    if out.exists():
        out.rename(aside)
    partial.rename(out)
    shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
