"""How people write zones, times of day and rhythms, and what they are told when it does not parse."""

from __future__ import annotations

import re
from datetime import time
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from digest.errors import UsageError
from digest.model import DAILY, Rhythm

if TYPE_CHECKING:
    from collections.abc import Mapping

WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NO_PLACES = frozenset({"Factory", "localtime"})
"""Names in the zone database that mean nothing, or what the machine happens to be set to."""

_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))? ?([ap]m)?")
_OFFSET = re.compile(r"(utc|gmt)?[+-]?[0-9:]+")
_LONGEST = 100


def check_zone(name: str) -> str:
    """The IANA name of a zone ("Europe/Berlin"), spelled as the zone database does.

    Case, blanks for "_" and a bare city are forgiven, the last only where it can mean one zone.

    Raises:
        UsageError: there is no such zone, with the nearest names.
    """
    wanted = name.strip().replace(" ", "_").casefold()
    found = _zones().get(wanted) or _cities().get(wanted)
    if not found:
        raise UsageError(f"no time zone is called {_shown(name)}{_near_zone(wanted)}")
    return found


@cache
def _zones() -> Mapping[str, str]:
    """Every name in the zone database by its casefolded form."""
    return {name.casefold(): name for name in sorted(available_timezones() - NO_PLACES)}


@cache
def _cities() -> Mapping[str, str]:
    """Zones by the last part of their name, "" where several share it."""
    cities: dict[str, str] = {}
    for folded, name in _zones().items():
        city = folded.rpartition("/")[2]
        cities[city] = "" if city in cities else name
    return cities


def _near_zone(wanted: str) -> str:
    """What to write instead, as the end of a message."""
    if _OFFSET.fullmatch(wanted):
        return '; an offset knows no summer time: write the IANA name of your zone, like "Europe/Berlin"'
    same_city = sorted(name for folded, name in _zones().items() if folded.endswith("/" + wanted))
    near = same_city or [_zones()[folded] for folded in get_close_matches(wanted[:_LONGEST], _zones(), 1)]
    if not near:
        near_cities = get_close_matches(wanted[:_LONGEST], [city for city, name in _cities().items() if name], 3)
        near = [_cities()[city] for city in near_cities]
    if not near:
        return '; write its IANA name, like "Europe/Berlin"'
    return "; did you mean " + " or ".join(f'"{n}"' for n in near[:3]) + "?"


def parse_send_at(text: str) -> time:
    """The local time of day in "07:00", "7:30", "7", "7am" or "7:30 pm".

    Raises:
        UsageError: anything else, and times that no clock shows.
    """
    found = _TIME.fullmatch(text.strip().lower())
    if not found:
        raise UsageError(f'{_shown(text)} is no time of day; write it like "07:00"')
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and not 1 <= hour <= 12:
        raise UsageError(f"{_shown(text)} is no time of day: with {half} the hour is 1 to 12")
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    if hour > 23 or minute > 59:
        raise UsageError(f"{_shown(text)} is no time of day: they go from 00:00 to 23:59")
    return time(hour, minute)


def parse_rhythm(text: str) -> Rhythm:
    """The rhythm in "daily", "weekdays", "weekly:fri", "weekly on Friday", "friday" or "mon+thu".

    Several days are joined by "+", "," or "and". A day is an English weekday or its first three letters or more.

    Raises:
        UsageError: anything else, with the day or word that was not understood.
    """
    words = [w for w in re.split(r"[\s:+,]+", text.strip().lower()[:_LONGEST]) if w]
    if words in (["daily"], ["every", "day"]):
        return DAILY
    if words in (["weekdays"], ["every", "weekday"]):
        return Rhythm(frozenset(range(5)))
    if words == ["weekly"]:
        raise UsageError('"weekly" needs a day: write it like "weekly:fri"')
    if words and words[0] in ("weekly", "every"):
        del words[0]
    days = [w for w in words if w not in ("on", "and")]
    if not days:
        raise UsageError(f'{_shown(text)} is no rhythm; write "daily", "weekdays" or "weekly:fri"')
    return Rhythm(frozenset(_weekday(day, text) for day in days))


def _weekday(word: str, text: str) -> int:
    """The number of a weekday (0 = Monday) from "fri", "Friday" or "fridays"."""
    if len(word) >= 3:
        for number, name in enumerate(WEEKDAY_NAMES):
            if name.startswith(word) or word == name + "s":
                return number
    near = get_close_matches(word, ("daily", "weekdays", "weekly", *WEEKDAY_NAMES), 1)
    hint = f'did you mean "{near[0]}"?' if near else 'write "daily", "weekdays" or "weekly:fri"'
    raise UsageError(f"{_shown(text)} is no rhythm: {_shown(word)} is no day of the week; {hint}")


def _shown(text: str) -> str:
    """`text` quoted for a message: one line, printable, not too long."""
    short = text if len(text) <= 40 else text[:39] + "…"
    mark = "'" if '"' in short else '"'
    return mark + "".join(c if c.isprintable() else "?" for c in short) + mark
