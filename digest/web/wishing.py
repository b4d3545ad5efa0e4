"""The form of wishes on one's own page: as they are stored, as they were typed, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import request

from digest.errors import QueryError, UsageError
from digest.model import WEEKDAYS
from digest.ranking.query import MAX_TEXT, parse
from digest.services.enrol import wishes
from digest.web import request as asked
from digest.web.forms import MOST_PAPERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.model import Interest, Subscriber

_AROUND = 40
"""So many characters are shown on either side of a mistake."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interest stops making sense: what stands before and behind it on its line (from 1)."""

    line: int
    before: str
    rest: str


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the fields, `days` being those of `WEEKDAYS` that are ticked.

    `mistakes` tells what is wrong, by field; `place` where in the interests. `wishes` are those that were understood
    (see `enrol.wishes`), `understood` the interests.
    """

    interests: str
    days: tuple[str, ...]
    send_at: str
    zone: str
    max_papers: str
    empty: str
    mistakes: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    wishes: Mapping[str, Any] = field(default_factory=dict)
    understood: tuple[Interest, ...] | None = None

    def mistake(self, name: str) -> str:
        """What is wrong with a field, or ""."""
        return self.mistakes.get(name, "")


def stored(subscriber: Subscriber, most: int) -> Form:
    """The form as it is shown first; `most` is how many papers they get who wished for no number."""
    return Form(
        interests="\n".join(map(str, subscriber.interests)),
        days=tuple(WEEKDAYS[day] for day in sorted(subscriber.rhythm.days)),
        send_at=f"{subscriber.send_at:%H:%M}",
        zone=subscriber.zone,
        max_papers=str(subscriber.max_papers or most),
        empty=subscriber.empty.value,
        understood=subscriber.interests,
    )


def typed(subscriber: Subscriber, most: int) -> Form:
    """The form as it came with this request, read."""
    line = asked.fields("send_at", "zone", "max_papers", "empty")
    text = asked.text("interests", MAX_TEXT + 1)
    ticked = set(request.form.getlist("day"))
    days = tuple(day for day in WEEKDAYS if day in ticked)
    mistakes: dict[str, str] = {}
    found, place = _interests(text, mistakes)
    wanted: dict[str, str | int] = {
        "rhythm": f"weekly:{'+'.join(days)}" if days else "",
        "send_at": line["send_at"],
        "zone": line["zone"],
        "empty": line["empty"] or subscriber.empty.value,
    }
    if subscriber.max_papers is not None or line["max_papers"] != str(most):
        wanted["max_papers"] = _number(line["max_papers"])
    read = _read(wanted, mistakes) | {"interests": [str(interest) for interest in found or ()]}
    return Form(text, days, **line, mistakes=mistakes, place=place, wishes=read, understood=found)


def _read(wanted: Mapping[str, Any], mistakes: dict[str, str]) -> dict[str, Any]:
    """Those of the wishes that can be fulfilled; the others are told in `mistakes`."""
    fine = {}
    for name, value in wanted.items():
        try:
            if not value:
                raise UsageError(_MISSING[name])
            wishes({name: value})
            fine[name] = value
        except UsageError as error:
            mistakes[name] = sentence(error)
    return fine


def sentence(error: UsageError) -> str:
    """A mistake as a sentence."""
    told = str(error)
    return f"{told[:1].upper()}{told[1:]}" + ("" if told.endswith((".", "?", "…")) else ".")


_MISSING = {
    "rhythm": "Tick at least one day. To get nothing for a while, pause below.",
    "send_at": "Write a time of day, like 07:00.",
    "zone": "Write the name of your time zone, like Europe/Berlin.",
    "max_papers": f"Write a whole number from 1 to {MOST_PAPERS}.",
    "empty": "Choose one of the two.",
}


def _number(text: str) -> int:
    """The number in `text`, or 0 where it is none that may be wished for."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return number if number <= MOST_PAPERS else 0


def _interests(text: str, mistakes: dict[str, str]) -> tuple[tuple[Interest, ...] | None, Place | None]:
    """The interests of `text`; None, and where it stops making sense, where it does."""
    if len(text) > MAX_TEXT:
        mistakes["interests"] = f"These are too many: {MAX_TEXT:,} characters at most."
        return None, None
    try:
        return parse(text), None
    except QueryError as error:
        place = _place(text, error.position)
        mistakes["interests"] = f"Line {place.line}: {error.reason}."
        return None, place


def _place(text: str, position: int) -> Place:
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].partition("\n")[0]
    at = position - start
    return Place(text.count("\n", 0, position) + 1, line[max(at - _AROUND, 0) : at], line[at : at + _AROUND])
