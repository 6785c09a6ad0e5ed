"""The exceptions of the engine.

::

    SiftError
    ├── SettingsError      a setting that cannot be: unknown name, value out of range
    │   └── EditError      an edit that is not whole; `number` says which
    ├── EncoderError       an encoder is missing, or returned what is no array of unit rows
    ├── ClusterError       a cluster does not answer, or loses its workers again and again
    ├── NotReconciled      the ledger's sums do not match the rows read (a defect: please report it)
    └── StateError         bytes that are not a State or Result of this version

Trouble with an input file is `setright.intake.errors.InputError`; trouble with a row is never raised: the row gets
a state and a reason (`tables.ASSIGNMENTS`).
"""

from __future__ import annotations


class SiftError(Exception):
    """Anything the engine raises on purpose."""


class SettingsError(SiftError, ValueError):
    """A setting that cannot be used; the message names it and says what can."""


class EditError(SettingsError):
    """An edit that cannot be read; `number` is its place among the edits, from 1."""

    def __init__(self, number: int, told: str) -> None:
        super().__init__(f"edit {number}: {told}")
        self.number, self.told = number, told


class EncoderError(SiftError):
    """An encoder that is not installed, or whose answer cannot be used."""


class ClusterError(SiftError):
    """A cluster that does not answer, or cannot keep its workers."""


class NotReconciled(SiftError):
    """Rows in and rows out differ: a result that must not be shown."""


class StateError(SiftError):
    """Bytes that cannot be read as a State or Result."""
