"""Groups of commands: listed in the order in which they are declared, with a hint for a mistyped name."""

from __future__ import annotations

import os
import select
import sys
from difflib import get_close_matches
from typing import Any

import click


class Group(click.Group):
    """A click group that keeps its commands in order and says "did you mean"."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which one meets them."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a mistyped name."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            near = get_close_matches(args[0], names, 1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are {', '.join(names)}."
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


class RootGroup(Group):
    """The command line as a whole; a pipe whose reader has gone (`digest papers | head`) ends it quietly."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            click.exceptions.Exit: nobody reads standard output any more; what is still to be written goes nowhere.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            if not _reader_has_gone():
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None


def _reader_has_gone() -> bool:
    """Whether it is standard output that broke, and not some connection."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


# No argument of a process can hold this character.
_MASK = "\0"


class TermsCommand(click.Command):
    """A command whose arguments are interests: an exclusion such as ``-survey`` is one, not an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the exclusions hidden from it."""
        rest = super().parse_args(ctx, [_MASK + arg if _is_exclusion(arg) else arg for arg in args])
        for name, value in ctx.params.items():
            if isinstance(value, tuple):
                ctx.params[name] = tuple(term.removeprefix(_MASK) for term in value)
        return rest


def _is_exclusion(arg: str) -> bool:
    return len(arg) > 2 and arg[0] == "-" != arg[1]
