"""``digest doctor``: everything that a newcomer gets wrong, and what to do about it."""

from __future__ import annotations

import sys
import textwrap
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import (
    PIPE_WIDTH,
    echo_json,
    json_option,
    log_to_stderr,
    plain,
    printable,
    progress,
    with_options,
)
from digest.doctor.findings import Finding, Level
from digest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.doctor.names import Address
    from digest.doctor.rounds import Section

_SIGNS = {Level.OK: "✓", Level.NOTE: "·", Level.WARNING: "!", Level.ERROR: "✗"}
_WORDS = {Level.OK: "OK", Level.NOTE: "NOTE", Level.WARNING: "WARN", Level.ERROR: "FAIL"}
_COLOURS = {Level.OK: "green", Level.NOTE: "blue", Level.WARNING: "yellow", Level.ERROR: "red"}
_COUNTED = ((Level.ERROR, "error"), (Level.WARNING, "warning"), (Level.NOTE, "note"))
_WIDEST = 110


def _address(_context: click.Context, _option: click.Parameter, given: str | None) -> Address | None:
    try:
        return ip_address(given) if given else None
    except ValueError:
        raise click.BadParameter(f"{given!r} is no IP address") from None


_OPTIONS = (
    click.option("--offline", is_flag=True, help="Leave out whatever needs the network."),
    click.option("--ip", "address", callback=_address, metavar="ADDRESS", help="The address that mail leaves from."),
    click.option("--nameserver", default="", metavar="HOST:PORT", help="Ask this name server."),
    json_option,
)


@click.command(short_help="Check everything, and say what to change or publish.")
@with_options(_OPTIONS)
@click.pass_obj
def command(obj: dict[str, Any], offline: bool, address: Address | None, nameserver: str, as_json: bool) -> int:
    """Check everything that one can get wrong, and say what to change or publish.

    Looks at the configuration, secret and keys, the database, templates, sources, the mail server, the DNS (SPF,
    DKIM, DMARC, MX, SOA, PTR), the unsubscribe page and where bounces go. Sends no mail and changes nothing; the
    exit code is 1 if there is an error. With transport "maildir" or "console", --ip or --nameserver has the DNS
    looked at all the same.
    """
    from digest.doctor.plan import Wishes
    from digest.doctor.rounds import worst

    log_to_stderr(obj["verbose"], quiet=True)
    sections = _examined(obj, Wishes(offline, nameserver, address))
    if as_json:
        for section in sections:
            for finding in section.findings:
                echo_json(as_record(section.title, finding))
    else:
        for line in lines(sections, sys.stdout.isatty() and not plain(), terminal_width()):
            click.echo(line)
    return 1 if worst(sections) is Level.ERROR else 0


def _examined(obj: dict[str, Any], wishes: Any) -> Sequence[Section]:
    from digest.app import App
    from digest.doctor import house
    from digest.doctor.plan import HERE, checks
    from digest.doctor.rounds import Section, examine

    try:
        app = App.load(obj["config"])
    except ConfigError as mistakes:
        return [Section(HERE, tuple(house.broken_config(mistakes)))]
    with progress(obj["verbose"]) as step:
        return examine(checks(app, wishes), step)


def as_record(section: str, finding: Finding) -> dict[str, str]:
    """A finding for programs."""
    return {
        "section": section,
        "check": finding.check,
        "level": finding.level.value,
        "what": finding.what,
        "todo": finding.todo,
    }


def lines(sections: Iterable[Section], coloured: bool, width: int) -> list[str]:
    """The findings for people, with what to do below each, and a last line that sums them up."""
    told, counts = [], dict.fromkeys(Level, 0)
    for section in sections:
        told += [_style(section.title, coloured, bold=True)]
        for finding in section.findings:
            counts[finding.level] += 1
            told += _finding(finding, coloured, width)
        told += [""]
    return [*told, _sum(counts, coloured)]


def _finding(finding: Finding, coloured: bool, width: int) -> list[str]:
    sign = _SIGNS[finding.level] if coloured else f"{_WORDS[finding.level]:<4}"
    indent = " " * (len(sign) + 3)
    head = textwrap.wrap(
        printable(f"{finding.check}: {finding.what}"),
        width,
        break_long_words=False,
        break_on_hyphens=False,
        initial_indent=indent,
        subsequent_indent=indent,
    )
    head[0] = f"  {_style(sign, coloured, fg=_COLOURS[finding.level])} {head[0].lstrip()}"
    return [*head, *todo_lines(finding.todo, indent + "  ", coloured, width)]


def todo_lines(todo: str, indent: str, coloured: bool, width: int) -> list[str]:
    """What to do; lines to be copied stand as they are, however long."""
    told = []
    for line in printable(todo).splitlines():
        if line.startswith("    "):
            told.append(f"{indent}   {_style(line.strip(), coloured, bold=True)}")
        else:
            told += textwrap.wrap(
                f"{'→' if coloured else '->'} {line}",
                width,
                break_long_words=False,
                break_on_hyphens=False,
                initial_indent=indent,
                subsequent_indent=f"{indent}   ",
            )
    return told


def _sum(counts: dict[Level, int], coloured: bool) -> str:
    bad = [f"{counts[level]} {word}{'' if counts[level] == 1 else 's'}" for level, word in _COUNTED if counts[level]]
    if not counts[Level.ERROR]:
        verdict = _style("nothing stands in the way", coloured, fg="green", bold=True)
    else:
        verdict = _style("see to the errors first", coloured, fg="red", bold=True)
    return f"{', '.join([f'{counts[Level.OK]} as it should be', *bad])}: {verdict}"


def _style(text: str, coloured: bool, **style: Any) -> str:
    return click.style(text, **style) if coloured else text


def terminal_width() -> int:
    """The terminal's width, or that of text in a pipe."""
    import shutil

    return min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else PIPE_WIDTH
