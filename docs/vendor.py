"""Build the vendored assets of the site from unpacked npm packages.

    python -m docs.vendor FOLDER

FOLDER holds `bootstrap`, `bootstrap-icons` and `axe-core` as npm packs them. Bootstrap's `data:` images are
replaced by `none`, since the site's policy forbids them; icons become one sprite of those that templates name.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_STATIC = _ROOT / "src/setright/campaign/static/setright"


def main() -> None:
    """Write every asset anew."""
    folder = Path(sys.argv[1])
    _STATIC.mkdir(parents=True, exist_ok=True)
    css = (folder / "bootstrap/dist/css/bootstrap.min.css").read_text("utf-8")
    css = re.sub(r'url\("data:[^"]*"\)', "none", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    (_STATIC / "bootstrap.min.css").write_text(css, "utf-8")
    (_STATIC / "icons.svg").write_text(_sprite(folder / "bootstrap-icons/icons"), "utf-8")
    shutil.copy(folder / "axe-core/axe.min.js", _ROOT / "tests/e2e/axe.min.js")


def _sprite(icons: Path) -> str:
    parts = ['<svg xmlns="http://www.w3.org/2000/svg">']
    for name in sorted(_named()):
        path = icons / f"{name}.svg"
        if path.exists():
            body = re.sub(r"\s+", " ", re.sub(r"</?svg[^>]*>", "", path.read_text("utf-8"))).strip()
            parts.append(f'<symbol id="i-{name}" viewBox="0 0 16 16">{body}</symbol>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _named() -> set[str]:
    """Every word in templates, views, tags and enums that could name an icon; names that are none have no file."""
    base = _ROOT / "src/setright/campaign"
    texts = [p.read_text("utf-8") for p in sorted(base.rglob("*.html"))]
    texts += [p.read_text("utf-8") for p in sorted(base.rglob("*.py"))]
    return set(re.findall(r"[a-z0-9][a-z0-9-]+", " ".join(texts)))


if __name__ == "__main__":
    main()
