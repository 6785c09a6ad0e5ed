"""A taxonomy: categories with names, descriptions, words and examples, read from YAML and checked line by line."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from setright.intake.errors import InputError
from setright.sift.errors import SettingsError

SHIPPED: Final = ("four-winds", "public-service")
_CATEGORY_KEYS: Final = ("code", "name", "description", "words", "examples", "parent")


@dataclass(frozen=True, slots=True)
class Category:
    """One category; the texts of all languages are kept together, as opinions mix them too."""

    code: str
    name: dict[str, str]
    description: tuple[str, ...]
    words: tuple[str, ...]
    examples: tuple[str, ...]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Categories in the order of the file."""

    name: dict[str, str]
    categories: tuple[Category, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(category.code for category in self.categories)


def load(named: str | Path) -> Taxonomy:
    """Read a shipped taxonomy by name, or a YAML file.

    Raises
    ------
    SettingsError
        The name is not a shipped one and no such file exists.
    InputError
        The file cannot be read as a taxonomy; the sentence names the file, the key and the remedy.
    """
    if str(named) in SHIPPED:
        text = resources.files(__package__).joinpath(f"{named}.yaml").read_text(encoding="utf-8")
        return _taxonomy(_parsed(text, str(named)), str(named))
    path = Path(named)
    if not path.is_file():
        raise SettingsError(f"no taxonomy {str(named)!r}: give {' or '.join(SHIPPED)}, or the path of a YAML file")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the file cannot be read as UTF-8", where=str(path), remedy="Save it as UTF-8") from error
    return _taxonomy(_parsed(text, str(path)), str(path))


def _parsed(text: str, where: str) -> Any:
    try:
        # strings only, because "no" and "on" are words here and 1.0 is a code
        return yaml.load(text, yaml.BaseLoader)  # noqa: S506 - BaseLoader builds nothing but strings
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = where if line is None else f"{where}, line {line + 1}"
        raise InputError("this is not YAML", where=place, remedy="Check the indentation and quotes") from error


def _taxonomy(data: Any, where: str) -> Taxonomy:
    if not isinstance(data, dict) or not isinstance(data.get("categories"), list) or not data["categories"]:
        raise InputError("the key categories is missing or holds no list", where=where, remedy="List the categories")
    categories = tuple(_category(entry, f"{where}, category {i}") for i, entry in enumerate(data["categories"], 1))
    codes = [category.code for category in categories]
    for category in categories:
        if codes.count(category.code) > 1:
            raise InputError(f"the code {category.code} is used twice", where=where, remedy="Make each code unique")
        if category.parent is not None and (category.parent not in codes or category.parent == category.code):
            wrong = f"category {category.code} has the parent {category.parent}, which is no other category"
            raise InputError(wrong, where=where, remedy="Name the code of a category of this file")
    return Taxonomy(_both(data, "name", where), categories)


def _category(entry: Any, where: str) -> Category:
    if not isinstance(entry, dict):
        raise InputError("a category is not a mapping", where=where, remedy=f"Give it {', '.join(_CATEGORY_KEYS)}")
    unknown = [key for key in entry if key not in _CATEGORY_KEYS]
    if unknown:
        known = ", ".join(_CATEGORY_KEYS)
        raise InputError(f"the key {unknown[0]} is not known", where=where, remedy=f"Use {known}")
    code = entry.get("code")
    if not isinstance(code, str) or not code:
        raise InputError("the key code is missing", where=where, remedy="Give the category a short code")
    where = f"{where} ({code})"
    examples = _lists(entry, "examples", where)
    if not examples:
        raise InputError("the key examples holds no sentence", where=where, remedy="Give three examples or more")
    return Category(
        code=code,
        name=_both(entry, "name", where),
        description=tuple(_both(entry, "description", where).values()) if "description" in entry else (),
        words=_lists(entry, "words", where),
        examples=examples,
        parent=entry.get("parent"),
    )


def _both(entry: dict[str, Any], key: str, where: str) -> dict[str, str]:
    texts = entry.get(key)
    if not isinstance(texts, dict) or not texts or not all(isinstance(t, str) and t.strip() for t in texts.values()):
        remedy = f"Write {key}: {{zh: …, en: …}}, one of them at least"
        raise InputError(f"the key {key} is missing or holds no text by language", where=where, remedy=remedy)
    return {str(lang): text for lang, text in texts.items()}


def _lists(entry: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    lists = entry.get(key, {})
    if not isinstance(lists, dict) or not all(
        isinstance(several, list) and all(isinstance(text, str) and text.strip() for text in several)
        for several in lists.values()
    ):
        raise InputError(
            f"the key {key} must hold a list of texts for each language",
            where=where,
            remedy=f"Write {key}: {{zh: [...], en: [...]}}",
        )
    return tuple(text for several in lists.values() for text in several)
