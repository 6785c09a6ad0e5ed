"""Sealing: what is handed in lies on disk only under a key that is neither in the database nor in its backups.

Bytes are sealed to a public key (libsodium's sealed box); the private key lies in the key folder. Every sealed value
begins with the number of its key, so that keys can be rotated while old values stay readable. The server sees plain
bytes while it works: sealing protects disks, databases and backups, not a running machine.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from setright.campaign.errors import CampaignError


class Sealed(CampaignError):
    """The key for a value is missing, or it is not the one it was sealed with."""


def seal(plain: bytes, folder: Path) -> bytes:
    """Return `plain` sealed to the newest key of `folder`, making a first key where there is none."""
    number = max(_numbers(folder), default=0) or _make_key(folder, 1)
    return number.to_bytes(2, "big") + bytes(SealedBox(_key(folder, number).public_key).encrypt(plain))


def unseal(sealed: bytes, folder: Path) -> bytes:
    """Return the plain bytes.

    Raises
    ------
    Sealed
        When the key is lost or wrong, or the bytes were changed.
    """
    number = int.from_bytes(sealed[:2], "big")
    if number not in _numbers(folder):
        raise Sealed(f"Key {number} is not in the key folder; restore it from where keys are kept.")
    try:
        return bytes(SealedBox(_key(folder, number)).decrypt(sealed[2:]))
    except CryptoError as error:
        raise Sealed(f"Key {number} does not open this value, or the value was changed.") from error


def rotate(folder: Path) -> int:
    """Make a new key that everything sealed from now on uses, and return its number."""
    return _make_key(folder, max(_numbers(folder), default=0) + 1)


def _numbers(folder: Path) -> list[int]:
    return sorted(int(path.stem.removeprefix("seal-")) for path in folder.glob("seal-*.key"))


def _make_key(folder: Path, number: int) -> int:
    """A key appears under its name whole or not at all, whoever is killed or looks meanwhile."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{secrets.token_hex(8)}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(bytes(PrivateKey.generate()))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, _path(folder, number))
    except FileExistsError:
        pass  # another process made this key a moment ago: it is as good
    finally:
        draft.unlink()
    return number


def _path(folder: Path, number: int) -> Path:
    return folder / f"seal-{number}.key"


@lru_cache(maxsize=16)
def _key(folder: Path, number: int) -> PrivateKey:
    try:
        return PrivateKey(_path(folder, number).read_bytes())
    except (OSError, TypeError) as error:
        raise Sealed(
            f"Key {number} cannot be read, or it is not whole; restore it from where keys are kept."
        ) from error
