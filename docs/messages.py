"""Keep the Chinese messages of the site complete: collect every English source, report what is missing, compile.

    python -m docs.messages            # bring locale/zh_Hans up to date and compile it
    python -m docs.messages --check    # fail where a translation is missing, left over, or not compiled

English is the source language. Sources are found by parsing, not by patterns: Python through `ast`, templates through
Django's own parser, so a message in a form neither understands cannot hide. `intake` knows no gettext: whatever an
`InputError` is made of there is a source, and must stand there as it is.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib

from setright.intake import errors

_CAMPAIGN = Path(__file__).resolve().parents[1] / "src/setright/campaign"
_SERVER = _CAMPAIGN.parent / "server"
_INTAKE = _CAMPAIGN.parent / "intake"
_PO = _CAMPAIGN / "locale/zh_Hans/LC_MESSAGES/django.po"
_CALLS = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
}
_TROUBLES = {
    name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, errors.InputError)
}
Key = tuple[str | None, str, str | None]


def sources() -> dict[Key, list[str]]:
    """Every (context, singular, plural) there is, and the files it stands in."""
    found: dict[Key, set[str]] = {}
    for path in sorted([*_CAMPAIGN.rglob("*.py"), *_SERVER.rglob("*.py")]):
        for key in _in_python(ast.parse(path.read_text("utf-8"))):
            found.setdefault(key, set()).add(path.relative_to(_CAMPAIGN.parent).as_posix())
    for path, template in troubles():
        found.setdefault((None, template, None), set()).add(path.relative_to(_CAMPAIGN.parent).as_posix())
    for name, key in _in_templates():
        found.setdefault(key, set()).add(f"campaign/templates/{name}")
    return {key: sorted(where) for key, where in sorted(found.items(), key=lambda item: (item[0][1], item[0][0] or ""))}


def _in_python(tree: ast.AST) -> Iterator[Key]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in _CALLS:
                yield from _call(node, *_CALLS[name])


def _call(node: ast.Call, context: int | None, singular: int, plural: int | None) -> Iterator[Key]:
    def text(at: int | None) -> str | None:
        if at is None or at >= len(node.args):
            return None
        given = node.args[at]
        return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None

    said = text(singular)
    if said is not None:
        yield text(context), said, text(plural)


def troubles() -> Iterator[tuple[Path, str]]:
    """What `intake` says and advises about files, before values are filled in, and the module that says it."""
    for path in sorted(_INTAKE.rglob("*.py")):
        for template in _in_troubles(ast.parse(path.read_text("utf-8")), path):
            yield path, template


def _in_troubles(tree: ast.Module, path: Path) -> Iterator[str]:
    constants = {
        getattr(node.target, "id", ""): node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and node.value is not None
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in _TROUBLES:
            said = [*node.args, *(each.value for each in node.keywords if each.arg in ("what", "remedy"))]
            for each in said:
                yield from _literals(each, constants, path)


def _literals(node: ast.expr, constants: dict[str, ast.expr], path: Path) -> Iterator[str]:
    """The strings an expression may be: one, either of two, or a constant of the module."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from _literals(node.body, constants, path)
            yield from _literals(node.orelse, constants, path)
        case ast.Name() if node.id in constants:
            yield from _literals(constants[node.id], constants, path)
        case _:
            sys.exit(f"{path}:{node.lineno}: say it in a literal with named values, or it cannot be translated")


def _in_templates() -> Iterator[tuple[str, Key]]:
    from django.template import engines
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    engine = engines["django"].engine
    for path in sorted((_CAMPAIGN / "templates").rglob("*")):
        if path.suffix not in (".html", ".txt"):
            continue
        name = path.relative_to(_CAMPAIGN / "templates").as_posix()
        nodes = engine.from_string(path.read_text("utf-8")).nodelist
        for node in nodes.get_nodes_by_type(TranslateNode):
            literal = node.filter_expression.var.literal
            if literal is not None:
                yield name, (_context(node), literal, None)
        for node in nodes.get_nodes_by_type(BlockTranslateNode):
            singular, _names = node.render_token_list(node.singular)
            plural = node.render_token_list(node.plural)[0] if node.plural else None
            yield name, (_context(node), singular, plural)


def _context(node: Any) -> str | None:
    """A context is a constant (a string) or a variable that holds one."""
    if not node.message_context:
        return None
    var = node.message_context.var
    return str(var if isinstance(var, str) else var.literal)


def update() -> polib.POFile:
    """Add what is new (untranslated), drop what is gone, keep what was translated."""
    old = polib.pofile(str(_PO)) if _PO.exists() else polib.POFile()
    kept = {(e.msgctxt, e.msgid, e.msgid_plural or None): e for e in old}
    fresh = polib.POFile(wrapwidth=120)
    fresh.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "zh_Hans",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for (context, singular, plural), where in sources().items():
        entry = kept.get((context, singular, plural)) or polib.POEntry(
            msgctxt=context, msgid=singular, msgid_plural=plural or "", msgstr_plural={0: ""} if plural else {}
        )
        entry.occurrences = [(place, "") for place in where]
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
        fresh.append(entry)
    return fresh


def _missing(po: polib.POFile) -> list[str]:
    return [e.msgid for e in po if not (e.msgstr_plural.get(0) if e.msgid_plural else e.msgstr)]


def main() -> None:
    """Write or check."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    po = update()
    if "--check" in sys.argv:
        _check(po)
        return
    _PO.parent.mkdir(parents=True, exist_ok=True)
    po.save(str(_PO))
    po.save_as_mofile(str(_PO.with_suffix(".mo")))
    missing = _missing(po)
    print(f"{len(po)} messages, {len(missing)} without Chinese" + "".join(f"\n  {each}" for each in missing))


def _check(po: polib.POFile) -> None:
    faults = [f"no Chinese for: {each}" for each in _missing(po)]
    if not _PO.exists() or str(po) != str(polib.pofile(str(_PO), wrapwidth=120)):
        faults.append("locale/zh_Hans is not up to date: run `make messages`")
    elif _PO.with_suffix(".mo").read_bytes() != po.to_binary():
        faults.append("locale/zh_Hans is not compiled: run `make messages`")
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
