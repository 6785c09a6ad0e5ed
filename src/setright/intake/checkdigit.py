"""Check digits: which numbers are what they look like. What is matched is in lower case."""

from __future__ import annotations

import re
from typing import Final


def _digits(written: str) -> str:
    return "".join(char for char in written if char.isascii() and char.isdigit())


def _luhn(digits: str) -> bool:
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def is_id_card(found: re.Match[str]) -> bool:
    """GB 11643: the last of 18 characters checks the others (ISO 7064, mod 11-2); the older 15 have no check."""
    written = found[0].replace(" ", "").replace("-", "")
    if len(written) == 15:
        return True
    total = sum(int(char) * weight for char, weight in zip(written, _ID_WEIGHTS, strict=False))
    return "10x98765432"[total % 11] == written[17]


_CARD_ISSUER: Final = re.compile(r"62|4|5[0-9]|2[2-7]|3[4-7]|60|6[4-9]|9558|8[0-9]")


def is_card(found: re.Match[str]) -> bool:
    """ISO/IEC 7812: an issuer's first digits, a length, and Luhn's check."""
    digits = _digits(found[0])
    return 13 <= len(digits) <= 19 and _CARD_ISSUER.match(digits) is not None and len(set(digits)) > 2 and _luhn(digits)


def is_nhs(found: re.Match[str]) -> bool:
    """NHS Data Dictionary: the tenth digit is a weighted sum of the others, mod 11."""
    digits = _digits(found["number"])
    check = 11 - sum(int(char) * weight for char, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(set(digits)) > 2 and check % 11 == int(digits[9]) and check != 10


_NOT_A_PERSONS: Final = re.compile(
    r"\+?(?:44|0)?\s?(?:0?800|0?808|0?84[345]|0?87[0123]|0?3[037]0|116)|(?:\+?49|0)\s?(?:800|180)|\+?1?\D?(?:800|888|"
    r"877|400)\b"
)


def is_phone(found: re.Match[str]) -> bool:
    """A plausible number of digits, and no service line anybody may call."""
    digits = _digits(found[0])
    return 7 <= len(digits) <= 15 and len(set(digits)) > 2 and not _NOT_A_PERSONS.match(found[0])


_IBAN_LENGTHS: Final = {
    "ad": 24, "ae": 23, "at": 20, "be": 16, "bg": 22, "ch": 21, "cy": 28, "cz": 24, "de": 22, "dk": 18, "ee": 20,
    "es": 24, "fi": 18, "fr": 27, "gb": 22, "gr": 27, "hr": 21, "hu": 28, "ie": 22, "is": 26, "it": 27, "li": 21,
    "lt": 20, "lu": 20, "lv": 21, "mt": 31, "nl": 18, "no": 15, "pl": 28, "pt": 25, "ro": 24, "sa": 24, "se": 24,
    "si": 19, "sk": 24, "tr": 26, "ua": 29,
}  # fmt: skip


def iban_end(found: re.Match[str]) -> int | None:
    """Where the account number ends (its country fixes the length), or None if ISO 7064 mod 97-10 does not hold."""
    wanted = _IBAN_LENGTHS.get(found[0][:2], 0)
    written = ""
    for at, char in enumerate(found[0]):
        written += "" if char in " -" else char
        if len(written) == wanted:
            number = "".join(str(int(c, 36)) for c in written[4:] + written[:4])
            return found.start() + at + 1 if int(number) % 97 == 1 else None
    return None
