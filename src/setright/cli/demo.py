"""`setright demo`: a whole synthetic campaign to try the site with."""

from __future__ import annotations

import click

from setright.cli.site import ready, refuse, require_migrated


@click.command("demo")
@click.option(
    "--size",
    type=click.Choice(["XS", "S", "L"]),
    default="XS",
    show_default=True,
    help="XS: 14 units, 90 people; S: 259 units, 3,000 leaders; L: ten times S.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed tells another story.")
def command(size: str, seed: int) -> None:
    """Fill the empty database of SETRIGHT_DATABASE_URL with an invented campaign, and print one login per role."""
    ready()
    _make_ready()
    from rich.console import Console
    from rich.progress import Progress

    from setright.campaign.demo.make import make_demo
    from setright.campaign.errors import Refused

    console = Console()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"Telling {size} …", total=1.0)
        try:
            made = make_demo(size=size, seed=seed, say=lambda share: bar.update(task, completed=share))
        except Refused as error:
            refuse(error)
        except KeyboardInterrupt:
            refuse("stopped midway; what was made stays: begin again with an empty database.")
    console.print(f"{made.campaign.theme_label}\n")
    console.print(_table(made))
    console.print(f"\nPassword of all of them: [bold]{made.password}[/bold]")
    click.echo("`setright serve` starts the site; its line says where to sign in.", err=True)


def _make_ready() -> None:
    """A database without any table is made ready without asking, as by `setright serve`."""
    from django.core.management import call_command
    from django.db import connection

    if not connection.introspection.table_names():
        call_command("migrate", verbosity=0)
    require_migrated()


def _table(made: object) -> object:
    from rich.table import Table

    from setright.campaign.demo.make import Made

    assert isinstance(made, Made)  # noqa: S101 - the type is known where Django is loaded
    table = Table("role", "user name", "who", box=None, header_style="dim", pad_edge=False)
    for role, person in made.logins.items():
        table.add_row(str(role.label), f"[bold]{person.username}[/bold]", person.label)
    return table
