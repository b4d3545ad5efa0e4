"""``digest run``: one tick."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import echo_json, json_option, log_to_stderr, minute, progress, say, told
from digest.cli.records import look_record
from digest.cli.status import next_edition
from digest.model import iso

if TYPE_CHECKING:
    from digest.services.round import Delivered
    from digest.services.tick import TickSummary


def moment(value: str) -> datetime:
    """An instant in ISO 8601 with a zone, such as 2026-05-25T07:00:00+02:00, in UTC.

    Raises:
        click.BadParameter: it is none, or names no zone.
    """
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no ISO 8601 time; write it like 2026-05-25T07:00:00Z") from None
    if found.tzinfo is None:
        raise click.BadParameter(f"{value!r} names no zone; end it with Z or an offset such as +02:00")
    return found.astimezone(UTC)


@click.command(short_help="One tick: fetch, publish, deliver what is due.")
@click.option("--now", type=moment, metavar="TIME", help="Tick at this ISO 8601 time instead of the clock's.")
@json_option
@click.pass_obj
def command(obj: dict[str, Any], now: datetime | None, as_json: bool) -> int:
    """One tick: fetch what is due, ingest, publish for the subscribers due, deliver."""
    from digest.app import App
    from digest.services.tick import tick

    log_to_stderr(obj["verbose"])
    app = App.load(obj["config"])
    clock = (lambda: now) if now is not None else app.clock
    with app.store() as store, progress(obj["verbose"]) as step:
        summary = tick(app.line(store, deliver_for=None), clock, step)
        following = store.next_due()
    if as_json:
        echo_json(as_record(summary))
    else:
        show(summary)
        if following and not summary.published:
            say(next_edition(following[0].address, iso(following[1])))
    return 1 if summary.failed else 0


def as_record(summary: TickSummary) -> dict[str, Any]:
    """The summary for programs."""
    return {
        "sources": [look_record(result) for result in summary.looks],
        "not_due": summary.waiting,
        "editions": [
            {
                "subscriber": published.subscriber.address,
                "edition_date": published.edition.edition_date.isoformat(),
                "picks": len(published.edition.picks),
                "mailed": published.delivery is not None,
                "created_at": iso(published.edition.created_at),
            }
            for published in summary.published
        ],
        "held": [{"subscriber": who.address, "waits_for": wait.value} for who, wait in summary.held],
        **_mail_record(summary.delivered),
        "template_faults": summary.template_faults,
        "failures": summary.guard.failures,
    }


def _mail_record(done: Delivered) -> dict[str, Any]:
    return {
        "deliveries": {status.value: count for status, count in sorted(done.outcomes.items())},
        "freed": done.freed,
        "resent": done.resent,
        "unknown": done.unknown,
        "expired": done.expired,
        "outage": done.outage,
        "left": done.left,
        "alarms": done.alarms,
        "paused": [
            {"domain": p.domain, "until": iso(p.until), "strikes": p.strikes, "reason": p.reason} for p in done.paused
        ],
        "suppressed": [
            {"recipient": delivery.recipient, "reason": reason.value} for delivery, reason in done.suppressed
        ],
    }


def show(summary: TickSummary) -> None:
    """The summary for people: a line a source, a line for editions, a line for mail, and every failure."""
    for result in summary.looks:
        say(told(result.look))
        for reject in result.rejects[:5]:
            say(f"  rejected {reject.place}: {reject.reason}", err=True)
        for problem in result.problems[1:]:
            say(f"  {problem}", err=True)
    if summary.waiting:
        say(f"not due yet: {', '.join(summary.waiting)}")
    mailed = sum(published.delivery is not None for published in summary.published)
    quiet = len(summary.published) - mailed
    say(f"editions: {mailed} to mail" + (f", {quiet} empty and not mailed" if quiet else ""))
    if summary.held:
        say(f"editions that wait for sources: {len(summary.held)} (editions.wait)", err=True)
    _show_mail(summary.delivered)
    for fault in summary.template_faults:
        say(f"  template: {fault} (the built-in one was used)", err=True)
    for failure in summary.guard.failures:
        say(f"  failed: {failure}", err=True)


def _show_mail(done: Delivered) -> None:
    outcomes = ", ".join(f"{n} {status.value}" for status, n in sorted(done.outcomes.items()))
    say(f"deliveries: {outcomes or 'none due'}")
    for delivery, outcome in done.failures:
        code = f"{outcome.code} " if outcome.code else ""
        say(f"  {delivery.recipient}: {outcome.status.value}: {code}{outcome.text}", err=True)
    for delivery, reason in done.suppressed:
        say(f"  {delivery.recipient}: given up ({reason.value}); `digest suppressions` takes it back", err=True)
    if done.resent:
        say(
            f"  {done.resent} that a dead process may have sent already went out once more, as the same message",
            err=True,
        )
    if done.unknown:
        say(f"  {done.unknown} that a dead process may have sent are left as unknown", err=True)
    if done.expired:
        say(f"  {done.expired} not delivered before their edition's life ended", err=True)
    for pause in done.paused:
        say(f"  {pause.domain}: paused until {minute(iso(pause.until))}: {pause.reason}", err=True)
    if done.left:
        say(f"  more waits for the next run: {done.left}", err=True)
    for alarm in done.alarms:
        say(f"  ALARM: {alarm}", err=True)
    if done.outage:
        say(f"  no mail could be sent: {done.outage}", err=True)
