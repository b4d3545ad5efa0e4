"""Alarms: what in an overview somebody should see to, and what it means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.mail.text import cut, without_addresses
from digest.model import TurnedAway, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.services.overview import Overview, SourceReport

FAILURES = 3
"""So many failed looks in a row are no accident."""
STUCK = timedelta(hours=1)
"""A delivery that is due should have left within that time."""
LATE = timedelta(hours=2)
"""A source that is due should have been looked at within that time."""
FEW = 5
"""Fewer failed deliveries in a day prove nothing."""
SHARE = 0.1
"""The share of failed deliveries in a day that is too high."""
JUMP, LEAST = 5.0, 20
"""Demands in an hour are a flood from so many times the usual number on, and from this number on."""
MAX_WORDS = 300


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to see to: what it is about, and a sentence. A `grave` one keeps mail from readers, or harms others."""

    about: str
    words: str
    grave: bool = True


def alarms(overview: Overview, faults: Sequence[str] = ()) -> list[Alarm]:
    """Everything to see to, grave things first; `faults` are those of the operator's own templates."""
    found = [
        *_of_deliveries(overview),
        *_of_sources(overview),
        *_of_strangers(overview),
        *(Alarm("Templates", f"The built-in ones are used: {_safe(fault)}", False) for fault in faults),
    ]
    return sorted(found, key=lambda alarm: not alarm.grave)


def _of_deliveries(overview: Overview) -> Iterator[Alarm]:
    if overview.longest_due and overview.longest_due < overview.at - STUCK:
        waited = _span(overview.at - overview.longest_due)
        yield Alarm(
            "Outbox", f"A delivery has been due for {waited}: does the scheduler run, and does the relay answer?"
        )
    failed, all_of_them = overview.failed_last_day, overview.failed_last_day + overview.accepted_last_day
    if failed >= FEW and failed > SHARE * all_of_them:
        yield Alarm("Deliveries", f"{failed} of the {all_of_them} deliveries of the last day failed for good.")
    for pause in overview.pauses:
        words = f"Nothing is sent to {pause.domain} before {pause.until:%H:%M} UTC: {_safe(pause.reason)}"
        yield Alarm("Deliveries", words, False)


def _of_sources(overview: Overview) -> Iterator[Alarm]:
    late = [source for source in overview.sources if _is_late(source, overview)]
    if late and len(late) == len(overview.sources):
        yield Alarm("Scheduler", "No source has been looked at when it was due: does the scheduler run?")
    else:
        yield from (Alarm(source.name, "It has not been looked at when it was due.") for source in late)
    for source in overview.sources:
        if source.last and source.state.failures >= FAILURES:
            words = f"{source.state.failures} looks in a row failed ({source.last.verdict.value})"
            yield Alarm(source.name, f"{words}: {_safe(source.last.detail)}")
        elif source.last and source.last.verdict is Verdict.QUIET_UNEXPECTED:
            yield Alarm(
                source.name, f"New papers were expected, and there are none: {_safe(source.last.detail)}", False
            )


def _of_strangers(overview: Overview) -> Iterator[Alarm]:
    asked = overview.strangers
    if asked.hour >= LEAST and asked.hour > JUMP * asked.usual:
        usual = f"{asked.usual:.1f} are usual"
        yield Alarm("Sign-ups", f"{asked.hour} confirmations were asked for in the last hour, where {usual}.")
    over = asked.turned_away.get(TurnedAway.HOUR, 0) + asked.turned_away.get(TurnedAway.DOMAIN, 0)
    if over:
        words = "requests to subscribe met a cap that all share (joining.hour, joining.domain_hour)"
        yield Alarm("Sign-ups", f"{over} {words} in the last day: honest ones may be among them.")
    alone = sum(asked.turned_away.values()) - over
    if alone >= LEAST:
        yield Alarm("Sign-ups", f"{alone} requests met the cap of their network or address in the last day.", False)


def _is_late(source: SourceReport, overview: Overview) -> bool:
    due = source.state.next_poll_at
    return due is not None and due + max(LATE, timedelta(seconds=source.every)) < overview.at


def _span(waited: timedelta) -> str:
    hours = int(waited / timedelta(hours=1))
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hour{'' if hours == 1 else 's'}"


def _safe(words: str) -> str:
    return cut(without_addresses(" ".join(words.split())), MAX_WORDS)
