"""`setright user`: the first accounts of a site."""

from __future__ import annotations

import click

from setright.cli.site import ready, refuse, require_migrated


@click.group("user")
def command() -> None:
    """Make the first accounts; everybody else is invited on the site."""


@command.command("add")
@click.argument("username")
@click.option("--name", required=True, help="Full name.")
@click.option("--email", default="", help="E-mail address.")
@click.option(
    "--role",
    type=click.Choice(["administrator", "office"]),
    default="administrator",
    show_default=True,
    help="Administrators keep accounts; the office runs campaigns.",
)
@click.password_option(help="Asked for when not given.")
def add(username: str, name: str, email: str, role: str, password: str) -> None:
    """Add an account with a role over the whole site."""
    ready()
    require_migrated()
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from setright.campaign.actions.person import add_first_person
    from setright.campaign.errors import CampaignError

    try:
        validate_password(password)
        person = add_first_person(username=username, name=name, email=email, role=role, password=password)
    except ValidationError as error:
        refuse(" ".join(error.messages))
    except CampaignError as error:
        refuse(error)
    click.echo(f"{person.username} may sign in now.")
