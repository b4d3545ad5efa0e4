"""Days, weeks and months, as they stand in addresses and headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from digest.mail import phrases
from digest.mail.cards import long_date
from digest.services import browse
from digest.web import views

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.services.browse import Shelf
    from digest.storage import Store

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """One kind of stretch of days: how its addresses are read and written, its titles, and its papers.

    The functions of a day take any day of the stretch; `title` is for headings, `short` for links.
    """

    kind: str
    parse: Callable[[str], date | None]
    name: Callable[[date], str]
    title: Callable[[date], str]
    short: Callable[[date], str]
    shelf: Callable[[Store, date, int], Shelf]

    def place(self, on: date) -> str:
        """The path of the one that holds a day."""
        return f"/{self.kind}/{self.name(on)}"


def on_day(text: str) -> date | None:
    """ "2026-05-25" as a day; None for what is none."""
    found = _DAY.fullmatch(text)
    return _made(date, *map(int, found.groups())) if found else None


def _week(text: str) -> date | None:
    """The Monday of "2026-W22"."""
    found = _WEEK.fullmatch(text)
    return _made(date.fromisocalendar, *map(int, found.groups()), 1) if found else None


def _month(text: str) -> date | None:
    """The first of "2026-05"."""
    found = _MONTH.fullmatch(text)
    return _made(date, *map(int, found.groups()), 1) if found else None


def _made(make: Callable[..., date], *numbers: int) -> date | None:
    try:
        return make(*numbers)
    except ValueError:
        return None


def _week_title(on: date) -> str:
    monday = date.fromordinal(on.toordinal() - on.weekday())
    sunday = date.fromordinal(min(monday.toordinal() + 6, date.max.toordinal()))
    return f"{_week_short(on)}: {long_date(monday)} to {long_date(sunday)}"


def _week_short(on: date) -> str:
    return f"Week {on.isocalendar().week}"


PERIODS = {
    "day": Period("day", on_day, date.isoformat, phrases.weekday, phrases.weekday, browse.day),
    "week": Period("week", _week, views.week, _week_title, _week_short, browse.week),
    "month": Period("month", _month, lambda on: on.isoformat()[:7], views.month, views.month, browse.month),
}
