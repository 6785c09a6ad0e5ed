"""An output folder that appears whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from setright.intake.errors import InputError

_REGISTER: Final = frozenset(
    {
        "assignments.parquet",
        "changes.json",
        "ledger.json",
        "problem_units.parquet",
        "problems.csv",
        "problems.parquet",
        "register.xlsx",
        "report.html",
        "state",
        "templates.parquet",
        "themes.parquet",
    }
)
"""What a register's folder holds, and all that may be replaced."""

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSALS: Final = (
    errno.EACCES,
    errno.EEXIST,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
)


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder beside `out`; put it in `out`'s place when the block ends well, remove it when not.

    An earlier register at `out` is replaced only then. A folder that holds anything a register does not is never
    touched.

    Raises
    ------
    InputError
        When `out` cannot be written, or holds something that is no register.
    """
    out = out.resolve()  # a link is followed, and "." has a name and a place beside it
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


@dataclass(frozen=True, slots=True)
class Register:
    """An earlier register as far as a later run needs it: its state, and the names of the files it was made of."""

    state: Any
    files: list[str]


def earlier_register(folder: Path) -> Register:
    """Open what a run left in a folder, in order to continue it.

    Raises
    ------
    InputError
        When there is no register, or its state cannot be read.
    """
    from setright.sift.errors import StateError
    from setright.sift.result import State

    state, ledger = folder / "state" / "state.bin", folder / "ledger.json"
    try:
        return Register(State.from_bytes(state.read_bytes()), json.loads(ledger.read_text("utf-8"))["files"])
    except OSError as error:
        raise InputError(
            f"holds no register to continue ({error.strerror or error})",
            where=str(folder),
            remedy="Name a folder that an earlier run wrote with --out",
        ) from error
    except (StateError, ValueError, KeyError) as error:
        raise InputError(
            f"cannot be continued: {error}",
            where=str(folder),
            remedy="Sift all rows together, old and new, once; later runs continue from that",
        ) from error


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError("is a file, not a folder", where=str(out), remedy="Name another folder with --out")
    foreign = sorted(p.name for p in out.iterdir() if p.name not in _REGISTER) if out.is_dir() else []
    if foreign:
        raise InputError(
            f"holds what is not a register's ({', '.join(foreign[:3])})",
            where=str(out),
            remedy="Name an empty or new folder with --out",
        )
    if out == Path.cwd():
        raise InputError("is the folder you are in", where=str(out), remedy="Name a new folder with --out")


@contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        what, remedy = "the disk is full", "Free some space or name another --out"
        if refusal.errno not in _FULL:
            what = f"cannot be written ({os.strerror(refusal.errno or 0).lower()})"
            remedy = "Name another folder with --out"
        raise InputError(what, where=str(out), remedy=remedy) from error


def _refusal(error: BaseException | None) -> OSError | None:
    """What the system refused, also where a library wrapped it in an error of its own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (*_FULL, *_REFUSALS):
            return error
        error = error.__cause__ or error.__context__
    return None


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
