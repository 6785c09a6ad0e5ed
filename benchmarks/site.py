"""The site under fifty readers: set S, served by `setright serve`, on SQLite and on PostgreSQL.

The generator runs on the same cores as the site and the database. PostgreSQL is the one that
SETRIGHT_BENCH_DATABASE_URL names (an empty database), or one that `.ci/postgres` starts where `initdb` is there.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from benchmarks.results import busy, table, write_section
from benchmarks.sets import ROOT

PAGES: Final = ("board", "board, a group open", "unit page", "work queue", "gate page", "rename")
GOAL: Final = 200
USERS: Final = 50
_SETTLING: Final = 10
"""Seconds from the last sign-in until counting begins, as `locustfile.py` has it."""
_LOCUST: Final = ROOT / ".venv-load/bin/locust"


def measured(url: str, size: str, seconds: int, users: int) -> dict[str, Any]:
    """Fill a database, serve it, let the readers loose; milliseconds by page."""
    with tempfile.TemporaryDirectory(prefix="setright-bench-") as folder:
        environment = {**os.environ, "SETRIGHT_HOME": folder, "SETRIGHT_DATABASE_URL": url}
        environment |= {"NO_COLOR": "1", "COLUMNS": "100"}
        begun = time.perf_counter()
        told = _setright("demo", "--size", size, environment=environment)
        filled = time.perf_counter() - begun
        password = re.findall(r"\S+", told.split("Password of all of them:")[1])[0]
        port = _free_port()
        words = [sys.executable, "-m", "setright.cli", "serve", "--no-work", "--port", str(port)]
        site = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}/app/", site)
            environment["SETRIGHT_BENCH_PASSWORD"] = password
            pages = _read(port, seconds, users, environment, Path(folder))
        finally:
            site.terminate()
            site.wait()
    return {"filled_s": round(filled, 1), "pages": pages, "busy": busy()}


def _setright(*words: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "setright.cli", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait(url: str, site: subprocess.Popen[bytes]) -> None:
    while site.poll() is None:
        try:
            urlopen(url, timeout=60).close()  # noqa: S310 - our own address
            return
        except HTTPError as error:
            sys.exit(f"the site answers with {error.code}")
        except URLError:
            time.sleep(0.2)
    sys.exit("the site did not start")


def _read(port: int, seconds: int, users: int, environment: dict[str, str], folder: Path) -> dict[str, Any]:
    """Run locust; counting begins when everybody has signed in."""
    words = ["-f", str(ROOT / "benchmarks/locustfile.py"), "--headless", "--only-summary"]
    words += [
        "-u",
        str(users),
        "-r",
        "2",
        "-t",
        f"{seconds + users // 2 + _SETTLING}s",
        "--host",
        f"http://127.0.0.1:{port}",
    ]
    done = subprocess.run(
        [_LOCUST, *words, "--csv", str(folder / "told")],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if not (folder / "told_stats.csv").exists():
        sys.exit(done.stdout + done.stderr)
    with (folder / "told_stats.csv").open() as file:
        rows = {row["Name"]: row for row in csv.DictReader(file)}
    return {name: _figures(rows[name]) for name in PAGES if name in rows}


def _figures(row: dict[str, str]) -> dict[str, Any]:
    return {
        "n": int(row["Request Count"]),
        "failed": int(row["Failure Count"]),
        "p50": int(row["50%"]),
        "p95": int(row["95%"]),
        "p99": int(row["99%"]),
        "kib": round(float(row["Average Content Size"]) / 1024, 1),
    }


def on_postgres(words: list[str]) -> dict[str, Any] | None:
    """The same on a PostgreSQL that is named, or that can be started; None where there is none."""
    given = os.environ.get("SETRIGHT_BENCH_DATABASE_URL", "")
    command = [sys.executable, "-m", "benchmarks.site", *words]
    if not given and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return None
    if not given:
        command = [str(ROOT / ".ci/postgres"), *command]
    done = subprocess.run(
        [*command, "--only", given or "test"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def write(found: dict[str, dict[str, Any]], size: str, users: int, seconds: int) -> None:
    """Replace the section of RESULTS.md."""
    rows = [
        [
            database,
            page,
            f["n"],
            f["failed"],
            f["p50"],
            f["p95"],
            f["p99"],
            ("yes" if f["p95"] <= GOAL else "no") if page != "rename" else None,
            f["kib"],
        ]
        for database, one in found.items()
        for page, f in one["pages"].items()
    ]
    heads = ["database", "page", "asked", "failed", "p50 ms", "p95 ms", "p99 ms", f"p95 ≤ {GOAL}", "KiB"]
    filled = "; ".join(f"{database} {one['filled_s']:.0f} s" for database, one in found.items())
    told = (
        f"Set {size} made by `setright demo`, served by `setright serve` (one process, 8 threads) "
        f"to {users} people signed in as office, supervisor, lead and sponsor, who think 5 s between pages; "
        f"the offices rename a unit now and then, since every entry of the log makes all read the board anew; "
        f"for {seconds} s after all had signed in. Readers, site and database share the machine; style sheets and "
        f"scripts are not asked for again. Filling the database took: {filled}."
    )
    load = " ".join(dict.fromkeys(one["busy"] for one in found.values() if one["busy"]))
    body = f"{told} {load}\n\n{table(heads, rows)}"
    write_section("site", "The site", body, data=f"demonstration, set {size}", packages=("django", "gunicorn"))


def main() -> None:
    """Measure on every database there is and write the section."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="S")
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--only", default="", help="a database's address, or “test”: print its figures, write nothing")
    asked = parser.parse_args()
    if not _LOCUST.exists():
        sys.exit("locust is missing: `make bench-site` installs it")
    if asked.only:
        url = os.environ["SETRIGHT_TEST_DATABASE_URL"] if asked.only == "test" else asked.only
        print(json.dumps(measured(url, asked.size, asked.seconds, asked.users)))
        return
    found = {"SQLite": measured("", asked.size, asked.seconds, asked.users)}
    words = ["--size", asked.size, "--seconds", str(asked.seconds), "--users", str(asked.users)]
    if (postgres := on_postgres(words)) is not None:
        found["PostgreSQL"] = postgres
    print(json.dumps(found, indent=2))
    write(found, asked.size, asked.users, asked.seconds)


if __name__ == "__main__":
    main()
