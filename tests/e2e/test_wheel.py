"""The wheel holds everything the command needs, so that it runs where the repository is not."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_wheel_holds_every_file_of_the_package(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("setright-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        held = {name for name in packed.namelist() if name.startswith("setright/")}
    source = ROOT / "src"
    files = (p for p in (source / "setright").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    assert held == {p.relative_to(source).as_posix() for p in files}
