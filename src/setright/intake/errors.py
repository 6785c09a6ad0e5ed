"""What can be wrong with what people hand in.

::

    InputError            something is wrong with a file; the sentence says what, where, what to do
    └── UnsafeFile        parsing it would exceed a limit of memory, time or size
"""

from __future__ import annotations

from string import Formatter
from typing import Any, Self


class _Filler(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return format_spec.join(value) if isinstance(value, list) else format(value, format_spec)


class InputError(Exception):
    """Trouble with a file or an option, told in one sentence a user can act on.

    Whoever tells it in another language translates `what` and `remedy`, then fills them with `filled`. So inside
    `intake` both are literals, or constants of the module, and all that differs from file to file is a value.

    Parameters
    ----------
    what : str
        What is wrong, without a full stop: 'no encoding is called "{name}"'.
    where : str
        The file.
    line : int
        The line of it, where one is known.
    remedy : str
        What the user can do about it.
    **values : str, int or list of str
        What stands in the braces of `what` and `remedy`; without any, a brace is a brace. What follows the colon of a
        list goes between its items: "{names:, }".
    """

    def __init__(
        self, what: str, *, where: str = "", line: int = 0, remedy: str = "", **values: str | int | list[str]
    ) -> None:
        self.what, self.where, self.line, self.remedy = what, where, line, remedy
        self.values: dict[str, Any] = values
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}, line {self.line}" if self.line else self.where
        what, remedy = self.filled(self.what), self.filled(self.remedy)
        head = f"{place}: {what}" if place else what
        return f"{head}. {remedy.rstrip('.')}." if remedy else f"{head}."

    def filled(self, template: str) -> str:
        """`what`, `remedy` or a translation of one, with the values in their places."""
        return _Filler().vformat(template, (), self.values) if self.values else template

    def at(self, where: str) -> Self:
        """The same trouble, in this file."""
        return type(self)(self.what, where=where, remedy=self.remedy, **self.values)


class UnsafeFile(InputError):
    """A file whose parsing was stopped at a limit (a bomb, or honestly too large)."""
