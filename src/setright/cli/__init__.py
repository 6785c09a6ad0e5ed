"""The command line: a lazy table of commands, so that `setright --help` loads none of the engine."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

import click

from setright import __version__
from setright.intake.errors import InputError

_COMMANDS: Final = {
    "sift": ("setright.cli.sift:command", "Turn a table of opinions into a register of distinct problems."),
    "edit": ("setright.cli.edits:command", "Write down a decision about a register, for later runs to replay."),
    "ask": ("setright.cli.ask:command", "Answer whether pairs of opinions say the same; the answers become edits."),
    "evaluate": ("setright.cli.evaluate:command", "Score a register against labels known to be right."),
    "audit": ("setright.cli.audit:command", "Draw a blind sample for a person to judge, and read the answers."),
    "examples": (
        "setright.cli.show_examples:command",
        "Sift the opinions that come with Setright and show what was found.",
    ),
    "serve": ("setright.cli.serve:serve", "Serve the site."),
    "work": ("setright.cli.serve:work", "Do the site's background work."),
    "demo": ("setright.cli.demo:command", "Fill an empty database with an invented campaign to try the site with."),
    "migrate": ("setright.cli.database:migrate", "Bring the database to this version."),
    "user": ("setright.cli.user:command", "Make the first accounts."),
    "log": ("setright.cli.log:command", "Check the event log."),
    "backup": ("setright.cli.database:backup", "Write everything the site keeps to one file."),
    "restore": ("setright.cli.database:restore", "Restore such a file and check it."),
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command runs; its one-line help stands in the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in _COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="setright")
def setright() -> None:
    """Hear what people say is wrong, find the distinct problems in it, set them right and prove it."""


def main() -> None:
    """Run the command line: 0 done, 2 something the user can mend, 130 stopped by Ctrl-C."""
    try:
        sys.exit(setright.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except InputError as error:
        _tell(str(error))
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _tell("Stopped; nothing was written.")
        sys.exit(130)


def _tell(sentence: str) -> None:
    click.echo(f"setright: {sentence}", err=True)
