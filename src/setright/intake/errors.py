"""What can be wrong with what people hand in.

::

    InputError            something is wrong with a file; the sentence says what, where, what to do
    └── UnsafeFile        parsing it would exceed a limit of memory, time or size
"""

from __future__ import annotations


class InputError(Exception):
    """Trouble with a file or an option, told in one sentence a user can act on.

    Parameters
    ----------
    what : str
        What is wrong, without a full stop.
    where : str
        The file, and the line where one is known ("opinions.csv, line 47").
    remedy : str
        What the user can do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}. {self.remedy.rstrip('.')}." if self.remedy else f"{head}."


class UnsafeFile(InputError):
    """A file whose parsing was stopped at a limit (a bomb, or honestly too large)."""
