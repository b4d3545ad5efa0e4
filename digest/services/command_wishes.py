"""Wishes as people write them in a mail: lines become what `enrol.wishes` reads."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.editions.wording import check_zone, parse_rhythm, parse_send_at
from digest.errors import QueryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SETTINGS = ("hour", "zone", "rhythm", "papers", "name", "empty", "interests")
"""What can be set, by the names that people are told."""

_KEYS = {
    **dict.fromkeys(("hour", "time"), "send_at"),
    **dict.fromkeys(("zone", "timezone"), "zone"),
    **dict.fromkeys(("rhythm", "schedule"), "rhythm"),
    **dict.fromkeys(("papers", "max_papers"), "max_papers"),
    "name": "name",
    "empty": "empty",
    **dict.fromkeys(("interests", "interest"), "interests"),
}
_SETTING = re.compile(r"(?:set )?([a-z_]{2,12})(\s{0,3}[:=]\s{0,3}|\s{1,3}(?:to\s)?|$)(.*)", re.IGNORECASE)
_BULLET = re.compile(r"(?:[*•·–-]|\d{1,2}[.)])\s{1,5}")
_SPAN = re.compile(r"(?:for )?(\d{1,4}|an?|one|two|three|four|six) ?(day|week|month|d|w)s?")
_POLITE = re.compile(r"(?:,? (?:please|thanks|thank you))?[.!]?$")
_HEADING = re.compile(r"\S+ .*:")
_DATE = re.compile(r"(?:until|till) (\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6}
_DAYS = {"d": 1, "w": 7, "m": 30}


def setting(text: str, lines: Iterable[str] = ()) -> dict[str, Any]:
    """The wish in "hour 7:30", "zone: Europe/Berlin" or "interests", whose texts may stand in the lines below.

    Raises:
        UsageError: no such setting, or no such value.
    """
    found = _SETTING.fullmatch(text.strip())
    key = _KEYS.get(found[1].lower(), "") if found else ""
    if found is None or not key:
        unknown = f"“{text.split()[0][:40]}” cannot be set: " if text.split() else ""
        raise UsageError(f"{unknown}write “set” and one of {', '.join(SETTINGS)}")
    if key == "interests":
        return {key: [text for text in map(_bare, [found[3], *lines]) if text]}
    if not found[3].strip():
        raise UsageError(f"“{found[1].lower()}” needs a value, like “set {_EXAMPLES[key]}”")
    return {key: _value(key, found[3].strip())}


def requested(first: str, lines: Iterable[str]) -> dict[str, Any]:
    """The wishes of somebody who subscribes: interests, one a line, and among them lines such as "zone: Europe/Berlin".

    Without a colon such a line counts only if its value makes sense: "rhythm analysis" is an interest. A line of words
    that ends with a colon is a heading, and nothing.

    Raises:
        UsageError: a setting with a colon has no such value.
    """
    wanted: dict[str, Any] = {}
    interests: list[str] = []
    for text in filter(None, map(_bare, [first, *lines])):
        found = _read_setting(text)
        if _HEADING.fullmatch(text):  # "My interests are:"
            continue
        if found is None:
            interests.append(text)
        elif "interests" in found:
            interests += found["interests"]
        else:
            wanted |= found
    return {**wanted, **({"interests": interests} if interests else {})}


def pause_end(text: str, zone: str, now: datetime) -> datetime | None:
    """When a pause of "2 weeks", "a month" or "until 2026-12-24" ends, that day's midnight in `zone`; None for "".

    Raises:
        UsageError: it is none of these.
    """
    written = _POLITE.sub("", " ".join(text.lower().split())).removeprefix("please")
    if not written:
        return None
    if span := _SPAN.fullmatch(written):
        number = _NUMBERS.get(span[1]) or int(span[1])
        return now + timedelta(days=number * _DAYS[span[2][0]])
    if day := _DATE.fullmatch(written):
        try:
            year, month, of_month = map(int, day.groups())
            return datetime(year, month, of_month, tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)
        except (ValueError, OverflowError):
            raise UsageError(f"“{written[6:]}” is no date: write it like “pause until 2026-12-24”") from None
    raise UsageError(f"“{written[:40]}” is no time: write “pause 2 weeks”, “pause until 2026-12-24” or only “pause”")


def told(error: UsageError) -> str:
    """What was wrong, as a sentence or two on one line."""
    if not isinstance(error, QueryError):
        return _sentence(str(error))
    start = error.text.rfind("\n", 0, error.position) + 1
    line = error.text[start:].partition("\n")[0]
    where = f"“{line[:100]}”, at character {error.position - start + 1}" if line.strip() else "an interest"
    return f"I cannot read {where}: {error.reason}."


_EXAMPLES = {
    "send_at": "hour 7:30",
    "zone": "zone Europe/Berlin",
    "rhythm": "rhythm weekdays",
    "max_papers": "papers 20",
    "name": "name Ada",
    "empty": "empty note",
}


def _read_setting(text: str) -> dict[str, Any] | None:
    """The setting in a line among interests, None where it is an interest."""
    found = _SETTING.fullmatch(text)
    if found is None or found[1].lower() not in _KEYS:
        return None
    if any(sign in found[2] for sign in ":=") or text.lower().startswith("set "):
        return setting(text)
    try:
        wanted = setting(text)
    except UsageError:
        return None
    return wanted if found[1].lower() in ("hour", "zone", "rhythm", "papers", "interests") else None


def _value(key: str, text: str) -> Any:
    check: dict[str, Callable[[str], object]] = {"send_at": parse_send_at, "zone": check_zone, "rhythm": parse_rhythm}
    if key in check:
        check[key](text)
        return text
    if key == "max_papers":
        if not re.fullmatch(r"[1-9]\d?|100", text):
            raise UsageError(f"“{text[:40]}” is no number of papers: they go from 1 to 100")
        return int(text)
    return text.lower() if key == "empty" else text


def _bare(line: str) -> str:
    """A line without the sign of a list before it; a "-" right before a word is one of the interest language."""
    return _BULLET.sub("", line.strip(), count=1)


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
