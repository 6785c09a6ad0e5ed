"""`setright serve` and `setright work`: the site, and its background work."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any, Final

import click

from setright.cli.site import ready, refuse, require_migrated

_LONGEST_START: Final = 60
"""Seconds."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64), help="Requests at once.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes answering them.")
@click.option("--no-work", is_flag=True, help="Do no background work here; `setright work` does it elsewhere.")
@click.option("--check", is_flag=True, help="Only start, see that the site answers, and end.")
def serve(host: str, port: int, threads: int, workers: int, no_work: bool, check: bool) -> None:
    """Serve the site until Ctrl-C, and do its background work. Requests are not logged."""
    ready()
    _migrate_if_new()
    require_migrated()
    if check:
        _check(host)
        return
    helper = None if no_work else subprocess.Popen([sys.executable, "-m", "setright.cli", "work"])
    try:
        click.echo(f"Setright is at http://{host}:{port}/app/  (Ctrl-C ends it)")
        _gunicorn({"bind": f"{host}:{port}", "threads": threads, "workers": workers})
    finally:
        if helper is not None:
            helper.terminate()
            helper.wait()


def _check(host: str) -> None:
    """Serve on a free port and ask for the sign-in page, as a browser would."""
    with socket.create_server((host, 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "setright.cli", "serve", "--no-work", "--host", host, "--port", str(port)]
    site = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    try:
        status = _answer(f"http://{host}:{port}/app/", site)
    finally:
        site.terminate()
        site.wait()
    click.echo(f"The site answers: {status}.")


def _answer(url: str, site: subprocess.Popen[bytes]) -> int:
    """The status of the first answer, waited for as long as a slow machine may need to start."""
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    until = time.monotonic() + _LONGEST_START
    while time.monotonic() < until and site.poll() is None:
        try:
            with urlopen(url, timeout=_LONGEST_START) as answer:  # noqa: S310 - our own address
                return int(answer.status)
        except HTTPError as error:
            refuse(f"the site answers, but with an error: {error.code}.")
        except URLError:
            time.sleep(0.2)
    refuse("the site did not answer.")


def _migrate_if_new() -> None:
    """A database without any table is made ready without asking."""
    from django.core.management import call_command
    from django.db import connection

    if not connection.introspection.table_names():
        click.echo("Making a new database …")
        call_command("migrate", verbosity=0)


def _gunicorn(options: dict[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication

    class Site(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settled = {
                "worker_class": "gthread",
                "accesslog": None,
                "loglevel": "warning",
                "control_socket_disable": True,
                "proc_name": "setright",
                **options,
            }
            for name, value in settled.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            from importlib import import_module

            return import_module("setright.server.wsgi").application

    Site().run()


@click.command("work")
@click.option("--once", is_flag=True, help="Do what is queued now, then end.")
def work(once: bool) -> None:
    """Do background work (imports, mails, sifting) until Ctrl-C; any number of these may run."""
    ready()
    require_migrated()
    from setright.campaign.jobs.worker import work_once, work_until

    if once:
        while work_once():
            pass
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work_until(stop)
