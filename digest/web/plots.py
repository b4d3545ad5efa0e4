"""Numbers as small pictures: SVG whose colours are the style sheet's, each with the same in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.web.views import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

WIDTH, HEIGHT = 360, 120
_LEFT, _RIGHT, _TOP, _FOOT = 36, 8, 10, 20
MOST_DOTS = 60


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle, or a point of the curve with `width` and `height` of 0; `words` say what it stands for."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place; `anchor` is "start", "middle" or "end"."""

    x: float
    y: float
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture for the macro `plot`: `line` and `area` are paths ("" for none), `told` says it all in a sentence."""

    told: str
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    line: str = ""
    area: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    floor: int = HEIGHT - _FOOT


def curve(points: Sequence[tuple[datetime, int]], noun: str) -> Plot | None:
    """Counts over time; None where there are fewer than two moments.

    Args:
        points: moments with counts of 0 or more, oldest first.
        noun: what is counted, in the singular.
    """
    kept = _thinned(points)
    if len(kept) < 2 or kept[0][0] == kept[-1][0]:
        return None
    top = max(max(count for _, count in kept), 1)
    name = _day if kept[0][0].date() != kept[-1][0].date() else _minute
    begin, length = kept[0][0], (kept[-1][0] - kept[0][0]).total_seconds()
    places = [
        (_LEFT + (at - begin).total_seconds() / length * (WIDTH - _LEFT - _RIGHT), _y(count, top)) for at, count in kept
    ]
    line = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    area = f"{line} L{places[-1][0]:.1f} {_floor()} L{places[0][0]:.1f} {_floor()} Z"
    marks = tuple(
        Mark(round(x, 1), round(y, 1), 0, 0, f"{name(at)}: {count:,}")
        for (x, y), (at, count) in zip(places, kept, strict=True)
    )
    (first, before), (last, after) = kept[0], kept[-1]
    told = f"{counted(before, noun)} on {name(first)}, {after:,} on {name(last)}"
    return Plot(told, marks, (*_heights(top), *_ends(name(first), name(last))), line, area)


def bars(values: Sequence[tuple[str, int]], noun: str) -> Plot | None:
    """One bar for each (label, count), in order; None without any.

    Args:
        values: counts of 0 or more.
        noun: what is counted, in the singular.
    """
    if not values:
        return None
    top = max(max(count for _, count in values), 1)
    step = (WIDTH - _LEFT - _RIGHT) / len(values)
    marks = tuple(
        Mark(round(_LEFT + at * step + step * 0.1, 1), y := round(_y(count, top), 1), round(step * 0.8, 1),
             round(_floor() - y, 1), f"{label}: {count:,}")
        for at, (label, count) in enumerate(values)
    )  # fmt: skip
    most = max(values, key=lambda value: value[1])
    total = sum(count for _, count in values)
    told = f"{counted(total, noun)} from {values[0][0]} to {values[-1][0]}, most on {most[0]}: {most[1]:,}"
    return Plot(told, marks, (*_heights(top), *_ends(values[0][0], values[-1][0])))


def _thinned(points: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """At most about `MOST_DOTS` of the points, evenly, with the last."""
    step = max(1, -(-len(points) // MOST_DOTS))
    kept = list(points[::step])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def _y(count: int, top: int) -> float:
    return _floor() - max(count, 0) / top * (_floor() - _TOP)


def _floor() -> int:
    return HEIGHT - _FOOT


def _heights(top: int) -> tuple[Label, ...]:
    return Label(_LEFT - 6, _TOP + 4, f"{top:,}", "end"), Label(_LEFT - 6, _floor() + 4, "0", "end")


def _ends(first: str, last: str) -> tuple[Label, ...]:
    low = HEIGHT - 6
    return Label(_LEFT, low, first, "start"), Label(WIDTH - _RIGHT, low, last, "end")


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b}"


def _minute(at: datetime) -> str:
    return f"{_day(at)}, {at:%H:%M}"
