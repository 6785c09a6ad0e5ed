"""`setright migrate`, `backup` and `restore`: the site's database."""

from __future__ import annotations

from pathlib import Path

import click

from setright.cli.site import ready, refuse, require_migrated


@click.command("migrate")
def migrate() -> None:
    """Bring the database of SETRIGHT_DATABASE_URL to this version; safe to run again."""
    ready()
    from django.core.management import call_command

    call_command("migrate", verbosity=1)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write everything the site keeps to FILE, except keys: keep those elsewhere, or no file can be opened again."""
    ready()
    require_migrated()
    from django.conf import settings

    from setright.campaign.backup import back_up

    rows = back_up(file, Path(settings.CONFIG.home) / "files")
    click.echo(f"{sum(rows.values()):,} rows of {len(rows)} tables in {file}.")
    click.echo(f"Keys are not in it; they lie in {settings.CONFIG.key_folder}.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Restore FILE into an empty, migrated database, and check every table's checksum and the log."""
    ready()
    require_migrated()
    from django.conf import settings

    from setright.campaign.backup import Unrestorable
    from setright.campaign.backup import restore as restored
    from setright.campaign.log import verify

    try:
        rows = restored(file, Path(settings.CONFIG.home) / "files")
    except Unrestorable as error:
        refuse(error)
    click.echo(f"{sum(rows.values()):,} rows of {len(rows)} tables restored; every checksum agrees.")
    faults = verify()
    if faults:
        refuse(f"the log is not as it was written; `setright log verify` lists {len(faults)} faults.")
    click.echo("The log is as it was written.")
