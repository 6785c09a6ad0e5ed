"""What every command about the site does first: find Django and the site's settings."""

from __future__ import annotations

import os
from typing import NoReturn

import click


def ready() -> None:
    """Load Django with the site's settings; one clear sentence where it is not installed or a setting is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "setright.server.settings")
    try:
        import django
    except ModuleNotFoundError:
        raise click.UsageError('the site is not installed; install it with: pip install "setright[site]"') from None
    try:
        django.setup()
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def refuse(sentence: object) -> NoReturn:
    """End the command with one sentence and exit code 2."""
    raise click.ClickException(str(sentence))


def require_migrated() -> None:
    """Stop with the remedy where the database does not have the tables of this version."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        refuse("the database is not of this version; run `setright migrate` first.")
