"""The operator's pictures: a calendar of verdicts for each source, deliveries by the day, subscribers over time. Pure.

Each is the geometry of an SVG, in its own units, with a sentence that says what is to be seen. Colours are the style
sheet's; nothing is told by colour alone: verdicts have a sign each, kinds of deliveries a texture.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from digest.model import Verdict
from digest.services.overview import WEEKS, first_day
from digest.web.plots import Label, Mark
from digest.web.views import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.services.overview import MemberDay, SourceDay, VolumeDay

CELL, GAP = 18, 3
_SIDE, _HEAD = 30, 17
WIDTH, HEIGHT = 360, 170
_LEFT, _RIGHT, _TOP, _FOOT = 36, 6, 10, 24
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)

VERDICTS = (
    (Verdict.NEW, "new papers"),
    (Verdict.PARTIAL, "the day’s list has only begun"),
    (Verdict.UNCHANGED, "nothing changed"),
    (Verdict.QUIET_EXPECTED, "nothing new, as expected"),
    (Verdict.QUIET_UNEXPECTED, "nothing new, though expected"),
    (Verdict.THROTTLED, "asked to wait"),
    (Verdict.NOT_A_FEED, "not readable"),
    (Verdict.UNREACHABLE, "unreachable"),
)
"""Every verdict in words, in the order of the legend."""
WORDS = dict(VERDICTS)


@dataclass(frozen=True, slots=True)
class Cell:
    """One day in a calendar: its upper left corner, the verdict ("" without a look), and what happened in words.

    `flawed` marks a day on which looks failed although another one did not.
    """

    x: int
    y: int
    verdict: str
    flawed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """`WEEKS` weeks of a source: a column a week, a row a weekday. `told` sums them up."""

    told: str
    cells: tuple[Cell, ...]
    labels: tuple[Label, ...]
    width: int = _SIDE + WEEKS * (CELL + GAP)
    height: int = _HEAD + 7 * (CELL + GAP)


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row with one verdict: when, what, and how many looks, failed looks and new papers in all."""

    when: str
    words: str
    looks: int
    failures: int
    new: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day's bar; `kind` is "accepted", "failed" or "waiting"."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Something by the day: `bars` or a `line` (a path) over `floor`; `days` are what a pointer finds there."""

    told: str
    days: tuple[Mark, ...]
    labels: tuple[Label, ...]
    grid: tuple[float, ...]
    bars: tuple[Bar, ...] = ()
    line: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    floor: int = HEIGHT - _FOOT


def calendar(days: Iterable[SourceDay], today: date) -> Calendar:
    """The weeks up to the one of `today`."""
    start, found = first_day(today), {day.day: day for day in days}
    shown = [start + offset * _DAY for offset in range((today - start).days + 1)]
    return Calendar(
        told=_told(found.values()),
        cells=tuple(_cell(day, found.get(day), start) for day in shown),
        labels=(*_weekdays(), *_months(start)),
    )


def runs(days: Sequence[SourceDay]) -> tuple[Run, ...]:
    """The same for a table: days that follow each other with one verdict as one row, the last first."""
    groups: list[list[SourceDay]] = []
    for day in days:
        last = groups[-1][-1] if groups else None
        if last and last.verdict is day.verdict and day.day - last.day == _DAY:
            groups[-1].append(day)
        else:
            groups.append([day])
    return tuple(map(_run, reversed(groups)))


def volume(days: Sequence[VolumeDay]) -> Chart:
    """A bar for each day, of what was accepted, what failed and what waits, one upon the other."""
    top = _nice(max((day.accepted + day.failed + day.waiting for day in days), default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)
    bars = [bar for at, day in enumerate(days) for bar in _stack(day, _LEFT + at * step, step, top)]
    words = (f"{day_words(day.day)}: {_volume_words(day)}" for day in days)
    accepted, failed = sum(day.accepted for day in days), sum(day.failed for day in days)
    told = f"{accepted:,} accepted and {failed:,} failed in {len(days)} days; {sum(d.waiting for d in days):,} wait."
    return Chart(told, _columns(words, step), _axis([day.day for day in days], step, top), _grid(), tuple(bars))


def members(days: Sequence[MemberDay]) -> Chart:
    """The number of subscribers at the end of each day."""
    top = _nice(max((day.total for day in days), default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)
    places = [(_LEFT + (at + 0.5) * step, _y(day.total, top)) for at, day in enumerate(days)]
    line = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in places) if len(places) > 1 else ""
    words = (f"{day_words(day.day)}: {day.total:,}; {day.came} came, {day.left} left" for day in days)
    came, left = sum(day.came for day in days), sum(day.left for day in days)
    told = f"{days[-1].total:,} now; {came:,} came and {left:,} left in {WEEKS} weeks." if days else ""
    return Chart(told, _columns(words, step), _axis([day.day for day in days], step, top), _grid(), line=line)


def day_words(day: date) -> str:
    """ "Mon 25 May"."""
    return f"{day:%a} {day.day} {day:%b}"


def _cell(day: date, found: SourceDay | None, start: date) -> Cell:
    weeks = (day - start) // _WEEK
    x, y = _SIDE + weeks * (CELL + GAP), _HEAD + day.weekday() * (CELL + GAP)
    if found is None:
        return Cell(x, y, "", False, f"{day_words(day)}: no look")
    flawed = bool(found.failures) and not found.verdict.failed
    new = f", {counted(found.new, 'new paper')}" if found.new else ""
    failed = f", {found.failures} of them failed" if found.failures else ""
    looks = counted(sum(found.looks.values()), "look")
    return Cell(x, y, found.verdict.value, flawed, f"{day_words(day)}: {WORDS[found.verdict]}; {looks}{failed}{new}")


def _told(days: Iterable[SourceDay]) -> str:
    looked = list(days)
    with_new = sum(day.verdict is Verdict.NEW for day in looked)
    missing = sum(day.verdict is Verdict.QUIET_UNEXPECTED for day in looked)
    failed = sum(day.verdict.failed for day in looked)
    told = [f"New papers on {with_new} of {counted(len(looked), 'day')}"]
    told += [f"missing on {missing}"] if missing else []
    told += [f"failed on {failed}"] if failed else []
    return f"{', '.join(told)}."


def _weekdays() -> list[Label]:
    middle = _HEAD + CELL * 0.7
    return [Label(_SIDE - 6, round(middle + n * (CELL + GAP), 1), "MTWTFSS"[n], "end") for n in range(7)]


def _months(start: date) -> list[Label]:
    """The name of a month above the first week that begins in it; none where two would touch."""
    mondays = [start + week * _WEEK for week in range(WEEKS)]
    firsts = [week for week, day in enumerate(mondays) if not week or mondays[week - 1].month != day.month]
    apart = [week for n, week in enumerate(firsts) if n + 1 == len(firsts) or firsts[n + 1] - week > 1]
    return [Label(_SIDE + week * (CELL + GAP), _HEAD - 5, f"{mondays[week]:%b}", "start") for week in apart]


def _run(days: Sequence[SourceDay]) -> Run:
    first, last = days[0].day, days[-1].day
    return Run(
        when=day_words(first) if first == last else f"{day_words(first)} to {day_words(last)}",
        words=WORDS[days[0].verdict],
        looks=sum(sum(day.looks.values()) for day in days),
        failures=sum(day.failures for day in days),
        new=sum(day.new for day in days),
    )


def _stack(day: VolumeDay, x: float, step: float, top: int) -> list[Bar]:
    bars, below = [], 0
    for kind, number in (("accepted", day.accepted), ("failed", day.failed), ("waiting", day.waiting)):
        if number:
            y = _y(below + number, top)
            bars.append(Bar(kind, round(x + step * 0.12, 1), y, round(step * 0.76, 1), round(_y(below, top) - y, 1)))
            below += number
    return bars


def _volume_words(day: VolumeDay) -> str:
    parts = [f"{number:,} {name}" for name, number in (("failed", day.failed), ("waiting", day.waiting)) if number]
    return ", ".join([f"{day.accepted:,} accepted", *parts])


def _columns(words: Iterable[str], step: float) -> tuple[Mark, ...]:
    height = HEIGHT - _FOOT - _TOP
    return tuple(Mark(round(_LEFT + at * step, 1), _TOP, round(step, 1), height, said) for at, said in enumerate(words))


def _axis(days: Sequence[date], step: float, top: int) -> tuple[Label, ...]:
    heights = [Label(_LEFT - 6, _y(value, top) + 4, f"{value:,}", "end") for value in (0, top // 2, top)]
    mondays = [(at, day) for at, day in enumerate(days) if not day.weekday()]
    every = -(-len(mondays) // 4)
    named = [_below(day, _LEFT + at * step) for at, day in mondays[:: every or 1]]
    return (*heights, *named)


def _below(day: date, x: float) -> Label:
    """The name of a day where its column begins; what would run over ends at the edge."""
    words = f"{day.day} {day:%b}"
    near = x > WIDTH - _LEFT
    return Label(WIDTH if near else round(x, 1), HEIGHT - 6, words, "end" if near else "start")


def _grid() -> tuple[float, ...]:
    return tuple(_y(half, 2) for half in (1, 2))


def _nice(most: int) -> int:
    """The next even number for a scale to end at: 2, 4, 10, 20, 40, 100 ..."""
    size = 1
    while True:
        for head in (2, 4, 10):
            if head * size >= most:
                return head * size
        size *= 10


def _y(value: float, top: int) -> float:
    return round(HEIGHT - _FOOT - value / top * (HEIGHT - _FOOT - _TOP), 1)
