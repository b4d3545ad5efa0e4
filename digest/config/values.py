"""Checks: each turns a value as TOML gives it into that of an option, or says what is wrong with it."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
SIZES = {"KB": 2**10, "MB": 2**20}
_SIZE = re.compile(r"([0-9]{1,6}) ?([kKM]B)")
_DURATION = re.compile(r"([0-9]{1,9}) ?([smhdw])")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LINE_BREAKERS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LONGEST_TEXT, _LONGEST_PARAGRAPH = 1000, 10_000


class Wrong(ValueError):
    """A value that an option cannot have; the text says why, as a clause after the option's name."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, maybe empty, and a bare mail address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands after the "@"."""
        return self.address.rpartition("@")[2]


def quoted(value: str) -> str:
    """`value` in quotes for a message: one line, printable, not too long."""
    short = value if len(value) <= 60 else value[:59] + "…"
    mark = "'" if '"' in short else '"'
    return mark + "".join(c if c.isprintable() else "?" for c in short) + mark


def described(value: object) -> str:
    """The kind of a TOML value, with an article."""
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "text"),
        (dict, "a table"),
        (list, "a list"),
        ((datetime, date, time), "a date or time"),
    ]
    return next((name for kind, name in kinds if isinstance(value, kind)), "something else")


def paragraph(value: object) -> str:
    """Text, which may have several lines."""
    if not isinstance(value, str):
        raise Wrong(f"must be text in quotes, not {described(value)}")
    if len(value) > _LONGEST_PARAGRAPH:
        raise Wrong(f"is longer than {_LONGEST_PARAGRAPH} characters")
    if any(unicodedata.category(c) in _LINE_BREAKERS and c not in "\n\r\t" for c in value):
        raise Wrong("holds a control character")
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def text(value: object) -> str:
    """One line of text."""
    line = paragraph(value)
    if "\n" in line or "\t" in line:
        raise Wrong("must be one line, without tabs")
    if len(line) > _LONGEST_TEXT:
        raise Wrong(f"is longer than {_LONGEST_TEXT} characters")
    return line


def words(value: object) -> str:
    """One line of text that is not empty."""
    line = text(value)
    if not line:
        raise Wrong("must not be empty")
    return line


def name(value: object) -> str:
    """A short name to use in commands and keys."""
    given = text(value)
    if not _NAME.fullmatch(given):
        raise Wrong(f"{quoted(given)} must be 1 to 64 of a-z, 0-9, dot, hyphen and underscore, no mark first")
    return given


def texts(value: object) -> tuple[str, ...]:
    """A list of lines, none of them empty."""
    if not isinstance(value, list):
        raise Wrong(f'must be a list like ["a", "b"], not {described(value)}')
    lines = []
    for n, one in enumerate(value, 1):
        try:
            lines.append(words(one))
        except Wrong as wrong:
            raise Wrong(f"number {n} {wrong}") from wrong
    return tuple(lines)


def one_of(*choices: str) -> Callable[[object], str]:
    """One word out of several."""

    def check(value: object) -> str:
        word = text(value)
        if word not in choices:
            listed = ", ".join(f'"{c}"' for c in choices[:-1]) + f' or "{choices[-1]}"'
            raise Wrong(f"must be {listed}, not {quoted(word)}")
        return word

    return check


def integer(low: int, high: int) -> Callable[[object], int]:
    """A whole number between `low` and `high`, both allowed."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong(f"must be a whole number, not {described(value) if not isinstance(value, float) else value}")
        if not low <= value <= high:
            raise Wrong(f"must be {low} to {high}")
        return value

    return check


def switch(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {described(value)}")
    return value


def number(low: float, high: float) -> Callable[[object], float]:
    """A number between `low` and `high`, both allowed."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Wrong(f"must be a number, not {described(value)}")
        if (isinstance(value, float) and math.isnan(value)) or not low <= value <= high:
            raise Wrong(f"must be {low:g} to {high:g}")
        return float(value)

    return check


def duration(least: str, most: str) -> Callable[[object], int]:
    """A length of time with its unit, between `least` and `most`; in seconds."""
    low, high = _seconds(least), _seconds(most)

    def check(value: object) -> int:
        seconds = _seconds(value)
        if not low <= seconds <= high:
            raise Wrong(f"must be {least} to {most}")
        return seconds

    return check


def _seconds(value: object) -> int:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        shown = quoted(value) if isinstance(value, str) else described(value)
        raise Wrong(f'must be a length of time like "90s", "15m", "2h" or "14d", not {shown}')
    return int(found[1]) * UNITS[found[2]]


def size(least: str, most: str) -> Callable[[object], int]:
    """A number of bytes with its unit, between `least` and `most`."""
    low, high = _bytes(least), _bytes(most)

    def check(value: object) -> int:
        found = _bytes(value)
        if not low <= found <= high:
            raise Wrong(f"must be {least} to {most}")
        return found

    return check


def _bytes(value: object) -> int:
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        shown = quoted(value) if isinstance(value, str) else described(value)
        raise Wrong(f'must be a size like "500kB" or "10MB", not {shown}')
    return int(found[1]) * SIZES[found[2].upper()]


def path(value: object) -> Path:
    """A path, "~" expanded. A relative one becomes relative to the config file when that is loaded."""
    return Path(os.path.expanduser(words(value)))


def optional(check: Callable[[object], T]) -> Callable[[object], T | None]:
    """As `check`, but "" means None: not set."""
    return lambda value: None if value == "" else check(value)


def or_empty(check: Callable[[object], str]) -> Callable[[object], str]:
    """As `check`, but "" stays as it is: not set."""
    return lambda value: "" if value == "" else check(value)
