"""`setright log`: whether the event log is as it was written."""

from __future__ import annotations

import sys

import click

from setright.cli.site import ready, refuse, require_migrated


@click.group("log")
def command() -> None:
    """Check the event log, or print its head to keep elsewhere."""


@command.command("head")
def head() -> None:
    """Print the number and hash of the last entry: keep it where nobody of the site can change it."""
    ready()
    require_migrated()
    from setright.campaign.log import head as found

    number, last = found()
    click.echo(f"{number}:{last}")


@command.command("verify")
@click.option("--anchor", metavar="N:HASH", help="A head printed earlier; the log must still contain it.")
def verify(anchor: str | None) -> None:
    """Read the whole log; exit 0 when it is as written, 1 with every fault when it is not."""
    ready()
    require_migrated()
    from setright.campaign.log import head as found
    from setright.campaign.log import verify as faults_of

    faults = faults_of(_parsed(anchor))
    for fault in faults:
        click.echo(f"entry {fault.seq}: {fault.what}")
    if faults:
        sys.exit(1)
    click.echo(f"{found()[0]:,} entries, as they were written.")


def _parsed(anchor: str | None) -> tuple[int, str] | None:
    if anchor is None:
        return None
    number, _, digest = anchor.partition(":")
    if not number.isdigit() or len(digest) != 64:
        refuse("--anchor wants what `setright log head` printed: a number, a colon, 64 hexadecimal digits.")
    return int(number), digest
