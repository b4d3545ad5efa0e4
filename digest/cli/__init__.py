"""The command line: each command reads the configuration, calls a service and prints.

Commands are imported when they are called, so that ``digest --help`` starts at once. Exit codes:
0 done, 1 some part failed (and is named), 2 wrong usage or configuration.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from digest import __version__
from digest.errors import DigestError

COMMANDS = {
    "init": "digest.cli.init",
    "preview": "digest.cli.preview",
    "run": "digest.cli.run",
    "serve": "digest.cli.serve",
    "subscribers": "digest.cli.subscribers",
    "interests": "digest.cli.interests",
    "sources": "digest.cli.sources",
    "papers": "digest.cli.papers",
    "deliveries": "digest.cli.deliveries",
    "status": "digest.cli.status",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a mistyped name."""
        from difflib import get_close_matches

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", "-c", metavar="FILE", help="The configuration; default ./config.toml.")
@click.option("--verbose", "-v", is_flag=True, help="Log every step on standard error.")
@click.version_option(__version__, prog_name="digest")
@click.pass_context
def digest(ctx: click.Context, config: str | None, verbose: bool) -> None:
    """New papers, ranked by your interests, in your inbox once a day."""
    ctx.obj = {"config": config, "verbose": verbose}


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit; every DigestError becomes one message and its exit code."""
    try:
        result: Any = digest.main(args=args, prog_name="digest", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        click.echo("digest: stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DigestError as error:
        click.echo(f"digest: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of a pipe has gone (`digest papers | head`): no fault of ours.
        sys.stderr.close()
        sys.exit(0)
    sys.exit(result if isinstance(result, int) else 0)
