"""What the commands print with: JSON for programs, tables for people, log lines for journals."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from rich.console import Console

PIPE_WIDTH = 160

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


def console(stderr: bool = False) -> Console:
    """A rich console; in a pipe without colours and wide enough not to cut what a program may read."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else PIPE_WIDTH, highlight=False)


def echo_json(value: Any) -> None:
    """One JSON value on one line, as UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """A table on standard output, or the sentence `empty` where there is no row."""
    listed = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not listed:
        click.echo(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in listed:
        drawn.add_row(*(Text(cell) for cell in row))
    console().print(drawn)


def rows(records: Sequence[dict[str, Any]], columns: Sequence[str], empty: str, as_json: bool) -> None:
    """The same records for programs (all keys, one JSON object a line) or for people (`columns`)."""
    if as_json:
        for record in records:
            echo_json(record)
        return
    table(columns, [[_cell(record.get(column)) for column in columns] for record in records], empty)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def local(moment: datetime | None) -> str | None:
    """An instant for people: UTC to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M") if moment else None


def log_to_stderr(verbose: bool, quiet: bool = False) -> None:
    """Canonical log lines on standard error: in a journal or pipe unless `quiet`, on a terminal when asked."""
    level = logging.INFO if verbose or not (quiet or sys.stderr.isatty()) else logging.ERROR
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("digest").setLevel(level)


@contextmanager
def progress(verbose: bool) -> Iterator[Callable[[str], None]]:
    """A function that shows the step in hand: a spinner on a terminal, nothing in a pipe."""
    if verbose or not sys.stderr.isatty():
        yield lambda _step: None
        return
    shown = console(stderr=True)
    with shown.status("starting") as status:
        yield lambda step: status.update(f"{step} ...")
