"""`setright audit`: named in the contract, not built yet."""

from __future__ import annotations

import click


@click.command("audit", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("folder", required=False)
def command(folder: str | None) -> None:
    """Draw a blind sample of a register for a person to judge. Not built yet."""
    raise click.UsageError("audit is not built yet; nothing was drawn.")
