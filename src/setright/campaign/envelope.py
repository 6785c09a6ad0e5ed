"""Envelopes: what people say lies in the database only under a key of its campaign, which lies there sealed itself.

A campaign has keys of its own (32 random bytes), each sealed to the key folder (`seal`): without that folder neither
the database nor a backup of it opens a word. The key folder's own key is rotated by sealing these few again, a
campaign's by locking its texts again under a new one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final, Self

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    sodium_pad,
    sodium_unpad,
)
from nacl.exceptions import CryptoError

from setright.campaign.seal import Sealed, seal, unseal

_KEY: Final = 32
_NONCE: Final = 24
_BLOCK: Final = 64
"""What is locked is filled up to a multiple of this, so that its length tells little."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One key of a campaign, open: it lives in memory only.

    Parameters
    ----------
    number : int
        Which of the campaign's keys; locked text names it.
    key : bytes
        32 of them.
    """

    number: int
    key: bytes = field(repr=False)

    @classmethod
    def made(cls, number: int) -> Self:
        """A new one."""
        return cls(number, secrets.token_bytes(_KEY))

    @classmethod
    def opened(cls, number: int, sealed: bytes, folder: Path) -> Self:
        """The one that `sealed` holds.

        Raises
        ------
        Sealed
            The key folder lacks the key it was sealed to, or the bytes were changed.
        """
        return cls(number, _unsealed(bytes(sealed), folder))

    def sealed(self, folder: Path) -> bytes:
        """As it lies in the database: sealed to the newest key of the key folder."""
        return seal(self.key, folder)

    def locked(self, words: str, about: str) -> bytes:
        """Words under this key; they open only as what they are `about`, so that two cannot change places."""
        nonce = secrets.token_bytes(_NONCE)
        plain = sodium_pad(words.encode("utf-8", "surrogatepass"), _BLOCK)
        return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, about.encode(), nonce, self.key)

    def unlocked(self, locked: bytes, about: str) -> str:
        """The words.

        Raises
        ------
        Sealed
            Another key, another thing, or the bytes were changed.
        """
        locked = bytes(locked)
        try:
            plain = crypto_aead_xchacha20poly1305_ietf_decrypt(
                locked[_NONCE:], about.encode(), locked[:_NONCE], self.key
            )
            return sodium_unpad(plain, _BLOCK).decode("utf-8", "surrogatepass")
        except (CryptoError, ValueError) as error:
            raise Sealed(f"Key {self.number} of the campaign does not open {about}, or it was changed.") from error

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, from which neither this key nor another purpose's can be told."""
        return blake2b(purpose.encode(), key=self.key, digest_size=_KEY, person=b"setright").digest()


@lru_cache(maxsize=64)
def _unsealed(sealed: bytes, folder: Path) -> bytes:
    key = unseal(sealed, folder)
    if len(key) != _KEY:
        raise Sealed("What should be a campaign's key is none.")
    return key
