"""A finding: one sentence about one thing that was looked at, and what to do about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is.

    `ERROR`: mail will not be made, not leave, or not be believed. `WARNING`: it works and harms, or could not be
    found out. `NOTE`: something to know. `OK`: as it should be.
    """

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about `check` (a short name such as "SPF").

    Args:
        check: what was looked at.
        level: how bad it is.
        what: what was found, a sentence.
        todo: what to do, sentences; "" where there is nothing to do. A line that begins with four spaces is to be
            copied as it stands: a command, or a DNS record.
    """

    check: str
    level: Level
    what: str
    todo: str = ""


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, what)


def note(check: str, what: str, todo: str = "") -> Finding:
    """Something to know."""
    return Finding(check, Level.NOTE, what, todo)


def warning(check: str, what: str, todo: str = "") -> Finding:
    """It works and harms, or could not be found out."""
    return Finding(check, Level.WARNING, what, todo)


def error(check: str, what: str, todo: str) -> Finding:
    """It does not work, and `todo` says what will help."""
    return Finding(check, Level.ERROR, what, todo)


def paste(*lines: str) -> str:
    """Lines to be copied as they stand."""
    return "".join(f"\n    {line}" for line in lines)


def listed(words: list[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
