"""What the commands print with: JSON for programs, tables for people, log lines for journals."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from digest.model import Look

PIPE_WIDTH = 100

# C0 and C1 controls (but tab and line feed), signs that turn the reading direction, lone surrogates.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_INSTANTS = ("_at", "first_seen")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


def with_options(options: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """A decorator that gives a command many options, in their order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def printable(text: str) -> str:
    r"""`text` with control characters and the like written out (``\x1b``), so that it cannot steer a terminal."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def say(text: str, err: bool = False) -> None:
    """A line for people, on standard output or standard error."""
    click.echo(printable(text), err=err)


def plain() -> bool:
    """Whether the environment asks for text without any terminal codes (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def console(stderr: bool = False) -> Console:
    """A rich console; without any styles where ``NO_COLOR`` is set, and of a fixed width in a pipe."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr,
        width=None if stream.isatty() else PIPE_WIDTH,
        color_system=None if plain() else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )


def echo_json(value: Any) -> None:
    """One JSON value on one line, as UTF-8 whatever the terminal's encoding."""
    click.echo(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """A table on a terminal, tab-separated lines in a pipe; the sentence `empty` where there is no row."""
    listed = [["" if cell is None else printable(" ".join(str(cell).split())) for cell in row] for row in rows]
    if not listed:
        click.echo(empty)
    elif sys.stdout.isatty():
        _draw(columns, listed)
    else:
        for row in (columns, *listed):
            click.echo("\t".join(row))


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold", no_wrap=column.endswith(_INSTANTS))
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    console().print(drawn)


def rows(records: Sequence[dict[str, Any]], columns: Sequence[str], empty: str, as_json: bool) -> None:
    """The same records for programs (all keys, one JSON object a line) or for people (`columns`)."""
    if as_json:
        for record in records:
            echo_json(record)
        return
    table(columns, [[_cell(record, column) for column in columns] for record in records], empty)


def _cell(record: Mapping[str, Any], column: str) -> Any:
    value = record.get(column)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return minute(value) if column.endswith(_INSTANTS) else value


def minute(instant: str | None) -> str:
    """An instant as `digest.model.iso` writes it, for people: "2026-05-25 07:30Z", or the bare date."""
    if not instant or "T" not in instant:
        return instant or ""
    return f"{instant[:10]} {instant[11:16]}Z"


def told(look: Look) -> str:
    """A look in one line for people: the verdict, what it rests on, and how many entries were rejected."""
    rejected = f" ({look.rejects} rejected)" if look.rejects else ""
    return f"{look.source}: {look.verdict.value}: {look.detail}{rejected}"


def log_to_stderr(verbose: bool, quiet: bool = False) -> None:
    """Canonical log lines on standard error: in a journal or pipe unless `quiet`, on a terminal when asked."""
    level = logging.INFO if verbose or not (quiet or sys.stderr.isatty()) else logging.ERROR
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("digest").setLevel(level)


@contextmanager
def progress(verbose: bool) -> Iterator[Callable[[str], None]]:
    """A function that shows the step in hand: a spinner on a terminal, nothing in a pipe."""
    if verbose or plain() or not sys.stderr.isatty():
        yield lambda _step: None
        return
    from rich.text import Text

    with console(stderr=True).status("starting") as status:
        yield lambda step: status.update(Text(f"{step} ..."))
