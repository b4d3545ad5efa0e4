"""The command line: each command reads the configuration, calls a service and prints.

Commands are imported when they are called, so that ``digest --help`` starts at once. Exit codes:
0 done, 1 some part failed (and is named), 2 wrong usage or configuration.
"""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import Any

import click

from digest import __version__
from digest.cli.groups import RootGroup
from digest.cli.output import say
from digest.errors import DigestError

COMMANDS = {
    "init": "digest.cli.init",
    "preview": "digest.cli.preview",
    "run": "digest.cli.run",
    "serve": "digest.cli.serve",
    "web": "digest.cli.web",
    "subscribers": "digest.cli.subscribers",
    "interests": "digest.cli.interests",
    "sources": "digest.cli.sources",
    "papers": "digest.cli.papers",
    "feedback": "digest.cli.feedback",
    "deliveries": "digest.cli.deliveries",
    "suppressions": "digest.cli.suppressions",
    "receive": "digest.cli.receive",
    "templates": "digest.cli.templates",
    "dkim": "digest.cli.dkim",
    "doctor": "digest.cli.doctor",
    "send-test": "digest.cli.send_test",
    "status": "digest.cli.status",
}


class LazyGroup(RootGroup):
    """The group of all commands, which live in modules that are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", "-c", metavar="FILE", help="The configuration; default $DIGEST_CONFIG or ./config.toml.")
@click.option("--verbose", "-v", is_flag=True, help="Log every step on standard error.")
@click.version_option(__version__, prog_name="digest")
@click.pass_context
def digest(ctx: click.Context, config: str | None, verbose: bool) -> None:
    """New papers, ranked by your interests, in your inbox once a day."""
    ctx.obj = {"config": config, "verbose": verbose}


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit; whatever fails for a reason becomes one message and its exit code."""
    _write_anything()
    # Configurations, previews, exports, messages: all of them hold addresses or keys, and are their owner's alone.
    os.umask(0o077)
    try:
        result: Any = digest.main(args=args, prog_name="digest", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        say("digest: stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        _explained(error).show()
        sys.exit(error.exit_code)
    except DigestError as error:
        say(f"digest: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        # A full disk, a folder that may not be written to: the machine's state, not a bug.
        say(f"digest: {error}", err=True)
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)


def _write_anything() -> None:
    """Let no character stop the output: one that a stream's encoding lacks becomes a "?"."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _explained(error: click.ClickException) -> click.ClickException:
    """`error`, saying where an option of `digest` itself belongs if it was put behind the command."""
    if isinstance(error, click.NoSuchOption) and error.option_name in ("-c", "--config", "-v", "--verbose"):
        name = error.option_name
        return click.UsageError(f"{name} goes before the command: `digest {name} ...`", error.ctx)
    return error
