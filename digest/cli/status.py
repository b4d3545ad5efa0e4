"""``digest status``: is everything well?"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import echo_json, json_option, minute, say
from digest.model import SubscriberStatus, iso
from digest.services.timekeeping import JUMP, LAST_TICK, last_jump, still_ahead

if TYPE_CHECKING:
    from datetime import datetime

    from digest.storage import Store


@click.command(short_help="What is stored, seen last, due next and waiting to be sent.")
@json_option
@click.pass_obj
def command(obj: dict[str, Any], as_json: bool) -> None:
    """Counts, the last look at each source, who is next, what waits in the outbox, and what keeps it from leaving."""
    from digest.app import App

    app = App.load(obj["config"])
    with app.store() as store:
        record = as_record(store, [spec.name for spec in app.config.sources], app.clock(), app.config.pages_url)
    echo_json(record) if as_json else show(record)


def as_record(store: Store, names: list[str], now: datetime, pages: str = "") -> dict[str, Any]:
    """The state of an installation for programs; `pages` is the address of the pages, if it is known."""
    following = store.next_due()
    looks = [look for name in names for look in store.looks(name, 1)]
    return {
        "counts": store.counts(),
        "sources": [
            {"name": k.source, "verdict": k.verdict.value, "at": iso(k.at), "new": k.new, "detail": k.detail}
            for k in looks
        ],
        "failing_since": {name: iso(since) for name in names if (since := store.source_state(name).failing_since)},
        "never_looked_at": [name for name in names if name not in {look.source for look in looks}],
        "next_due": {"subscriber": following[0].address, "at": iso(following[1])} if following else None,
        "deliveries": {status.value: n for status, n in sorted(store.delivery_counts().items())},
        "failed_last_day": store.failed_since(now - timedelta(days=1)),
        "paused_domains": [
            {"domain": p.domain, "until": iso(p.until), "since": iso(p.since), "strikes": p.strikes, "reason": p.reason}
            for p in store.pauses(now)
        ],
        "open_confirmations": store.open_confirmations(now),
        "turned_away_last_day": _turned_away(store, now),
        "pages": pages or None,
        "clock": _clock({name: store.noted(name) for name in (LAST_TICK, JUMP)}, now),
    }


def _clock(noted: dict[str, str], now: datetime) -> dict[str, Any]:
    """When it ticked last, when the clock was seen to jump, and how far the last tick is still to come."""
    jump = last_jump(noted)
    return {
        "last_tick": noted[LAST_TICK] or None,
        "jump": {"at": iso(jump.at), "by": int(jump.ahead.total_seconds())} if jump else None,
        "ahead": int(still_ahead(noted, now).total_seconds()),
    }


def _turned_away(store: Store, now: datetime) -> dict[str, int]:
    """How many requests of strangers met which cap within the last 24 hours, to the hour."""
    counted = Counter[str]()
    for _, why, number in store.turned_away(now - timedelta(days=1)):
        counted[why.value] += number
    return dict(sorted(counted.items()))


def show(record: dict[str, Any]) -> None:
    """The same for people: a line for each thing."""
    counts = record["counts"]
    others = [status for status in SubscriberStatus if status is not SubscriberStatus.PENDING]
    enrolled = {status.value: counts[f"subscribers_{status.value}"] for status in others}
    say(f"papers: {counts['papers']}")
    say(f"snapshots: {counts['snapshots']}")
    say(f"subscribers: {_listed(enrolled)}")
    for look in record["sources"]:
        since = record["failing_since"].get(look["name"])
        failing = f" (nothing since {minute(since)})" if since else ""
        say(f"source {look['name']}: {look['verdict']} at {minute(look['at'])}{failing}: {look['detail']}")
    for name in record["never_looked_at"]:
        say(f"source {name}: not looked at yet")
    say(f"editions: {counts['editions']}")
    say(f"deliveries: {_listed(record['deliveries'])}")
    if record["failed_last_day"]:
        say(f"failed within a day: {record['failed_last_day']} (`digest deliveries --status failed`)")
    for pause in record["paused_domains"]:
        say(f"paused domain {pause['domain']}: until {minute(pause['until'])}: {pause['reason']}")
    if counts["suppressions"]:
        say(f"suppressed addresses: {counts['suppressions']}")
    if record["open_confirmations"]:
        say(f"open confirmations: {record['open_confirmations']}")
    if record["turned_away_last_day"]:
        say(f"turned away within a day: {_listed(record['turned_away_last_day'])} (see [joining])")
    if record["pages"]:
        say(f"pages: {record['pages']}")
    for line in _clock_lines(record["clock"]):
        say(line)
    if record["next_due"]:
        say(next_edition(**record["next_due"]))


def _clock_lines(clock: dict[str, Any]) -> list[str]:
    ahead, jump = timedelta(seconds=clock["ahead"]), clock["jump"]
    told = [f"clock: the last tick lies {ahead} ahead: it was wrong then, or is now"] if ahead else []
    if jump:
        by = timedelta(seconds=abs(jump["by"]))
        told.append(f"clock: jumped {'ahead' if jump['by'] > 0 else 'back'} by {by}, noticed at {minute(jump['at'])}")
    return told


def next_edition(subscriber: str, at: str | None) -> str:
    """Who is due next, and when (as `iso` writes it)."""
    return f"next edition: {subscriber} at {minute(at)}"


def _listed(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items() if number) or "none"
