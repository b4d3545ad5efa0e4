"""The forms by which strangers ask for a letter: whether a person filled one in, and what they wrote.

A form bears a token that says when it was shown; nobody fills one in within `LEAST`, and after `MOST` it is shown
anew. One of its fields is hidden from people: what is in there, a robot wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from digest.errors import QueryError, TokenError, UsageError
from digest.mail.text import cut, one_line
from digest.mail.tokens import Purpose
from digest.ranking.query import parse
from digest.services.enrol import check_address, wishes
from digest.services.joining import LONGEST_INTERESTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.mail.tokens import Keyring
    from digest.model import Interest

LEAST, MOST = timedelta(seconds=2), timedelta(hours=24)
TRAP = "homepage"
"""The field that people do not see."""
MOST_PAPERS = 100
RHYTHMS = (
    ("daily", "every day"),
    ("weekdays", "on weekdays"),
    ("weekly:mon", "on Mondays"),
    ("weekly:tue", "on Tuesdays"),
    ("weekly:wed", "on Wednesdays"),
    ("weekly:thu", "on Thursdays"),
    ("weekly:fri", "on Fridays"),
    ("weekly:sat", "on Saturdays"),
    ("weekly:sun", "on Sundays"),
)
"""The rhythms to choose from, and how they read."""
_AREAS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
)


class Filler(Enum):
    """Who filled in a form, by what it shows."""

    PERSON = auto()
    HASTY = auto()
    LATE = auto()
    ROBOT = auto()


def form_token(keys: Keyring, now: datetime) -> str:
    """The token of a form that is shown at `now`."""
    return keys.token(Purpose.FORM, int(now.timestamp()))


def filler(keys: Keyring, token: str, trap: str, now: datetime) -> Filler:
    """Who sent a form with this token and that in its hidden field; one without a token of ours comes late."""
    if trap:
        return Filler.ROBOT
    try:
        age = now - datetime.fromtimestamp(keys.number(Purpose.FORM, token), UTC)
    except (TokenError, ValueError, OverflowError, OSError):
        return Filler.LATE
    if age < LEAST:
        return Filler.HASTY
    return Filler.PERSON if age <= MOST else Filler.LATE


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came.

    `typed` is what stood in each field, `mistakes` what is wrong with it for people to read, `wishes` what a
    subscriber with these would wish (see `enrol.wishes`) as JSON values; those with mistakes are absent.
    """

    typed: Mapping[str, str]
    mistakes: dict[str, str] = field(default_factory=dict)
    wishes: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address as typed."""
        return self.typed["address"]


def read(typed: Mapping[str, str]) -> Filled:
    """What was wished for in the fields address, interests, send_at, zone, rhythm and max_papers; "" is no wish."""
    filled = Filled(typed)
    _try(filled, "address", lambda: checked_address(typed["address"]))
    interests = _try(filled, "interests", lambda: _interests(typed["interests"]))
    filled.wishes["interests"] = [str(interest) for interest in interests or ()]
    for name in ("send_at", "zone", "rhythm", "max_papers"):
        if typed[name] and _try(filled, name, lambda name=name: _checked(name, typed[name])):
            filled.wishes[name] = int(typed[name]) if name == "max_papers" else typed[name]
    return filled


def checked_address(address: str) -> str:
    """`address` if mail can be sent to it.

    Raises:
        UsageError: it cannot, in words for whoever typed it.
    """
    if not address:
        raise UsageError("Your mail address is missing.")
    try:
        return check_address(address)
    except UsageError:
        raise UsageError(f"Mail cannot be sent to “{cut(one_line(address), 60)}”. Please look it over.") from None


def explained(error: UsageError) -> str:
    """A mistake in words for a page: on one line, and for an interest where it is."""
    if not isinstance(error, QueryError):
        return str(error)
    around = error.text[max(error.position - 20, 0) : error.position + 20]
    place = " ".join(around.split())
    return f"{error.reason[:1].upper()}{error.reason[1:]}" + (f", near “{place}”." if place else ".")


@cache
def zones() -> tuple[str, ...]:
    """The time zones to choose from: UTC, and those named after a place."""
    return ("UTC", *sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _AREAS and "/" in zone))


def zones_by_area() -> dict[str, list[tuple[str, str]]]:
    """(zone, the place as people write it) by the area; that of UTC is ""."""
    found: dict[str, list[tuple[str, str]]] = {}
    for zone in zones():
        area, _, place = zone.partition("/")
        found.setdefault(area if place else "", []).append((zone, (place or zone).replace("_", " ")))
    return found


def _try(filled: Filled, name: str, read: Any) -> Any:
    """What `read` gives, or None and a mistake with the field `name`."""
    try:
        return read()
    except UsageError as error:
        filled.mistakes[name] = explained(error)
        return None


def _interests(text: str) -> tuple[Interest, ...]:
    found = parse(text)
    if sum(len(str(interest)) for interest in found) > LONGEST_INTERESTS:
        raise UsageError(f"More than {LONGEST_INTERESTS:,} characters: begin with fewer, and add to them later.")
    return found


def _checked(name: str, text: str) -> bool:
    """Whether it is a wish that can be fulfilled.

    Raises:
        UsageError: it is not, in words for whoever typed it.
    """
    if name != "max_papers":
        return bool(wishes({name: text}))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST_PAPERS):
        raise UsageError(f"Choose a whole number from 1 to {MOST_PAPERS}.")
    return True
