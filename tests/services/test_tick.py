"""One tick: looks, editions and deliveries, in this order and each by itself."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from time import sleep
from typing import TYPE_CHECKING, ClassVar

import pytest

from digest.errors import Deferral, Outage, Refusal
from digest.mail.templates import environment
from digest.mail.transports.maildir import MaildirTransport
from digest.model import Bounce, BounceKind, DeliveryStatus, SourceSpec, Verdict
from digest.services.letters import LetterWriter
from digest.services.tick import KEEP_BOUNCES, TickSummary, tick
from digest.sources.http import HttpSource
from digest.sources.polite import Politeness
from digest.storage import create_store
from tests.factories import letterhead
from tests.services.parts import Clock, Relay, at, drop, enrolled, key, line, spool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.model import Snapshot
    from digest.storage import Store

READER = "reader@example.test"


def test_from_a_file_in_a_folder_to_a_message_in_a_maildir(file_url: str, spool_folder: Path, tmp_path: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1, 2)
    with create_store(file_url) as store:
        enrolled(store, address=READER)
        whole = line(store, spool_folder, transport=MaildirTransport(tmp_path / "maildir"))
        summary = tick(whole, Clock())
        assert [(r.look.verdict, r.look.new) for r in summary.looks] == [(Verdict.PARTIAL, 2)]
        assert [p.edition.looked_at for p in summary.published] == [2]
        assert summary.delivered.outcomes == {DeliveryStatus.ACCEPTED: 1}
        assert not summary.failed
        again = tick(whole, Clock())
        assert (again.published, again.delivered.outcomes, again.failed) == ([], {}, False)
    (mail,) = (tmp_path / "maildir" / "new").iterdir()
    message = message_from_bytes(mail.read_bytes())
    assert message["To"] == READER
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.index(b"Paper number 2") < text.index(b"Paper number 1")


def test_the_steps_are_told_in_order(store: Store, spool_folder: Path) -> None:
    steps: list[str] = []
    sources = [spool(spool_folder, "one"), spool(spool_folder, "two")]
    tick(line(store, spool_folder, sources=sources), Clock(), progress=steps.append)
    assert steps == ["looking at one", "looking at two", "publishing", "delivering"]


@pytest.mark.parametrize("last", ["looking at one", "looking at two", "publishing", "delivering"])
def test_stop_ends_the_tick_between_steps_and_the_next_one_goes_on(store: Store, spool_folder: Path, last: str) -> None:
    drop(spool_folder, "2026-05-25.json", 1)
    enrolled(store)
    steps: list[str] = []
    relay = Relay()
    sources = [spool(spool_folder, "one"), spool(spool_folder, "two")]
    whole = line(store, spool_folder, sources=sources, transport=relay)
    tick(whole, Clock(), progress=steps.append, stop=lambda: last in steps)
    assert steps[-1] == last
    assert relay.taken == []
    tick(whole, Clock())
    assert len(relay.taken) == 1
    assert [pick.paper.sources for pick in store.editions(1)[0].picks] == [("one", "two")]


def test_a_source_that_fails_stops_no_edition(store: Store, spool_folder: Path, tmp_path: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1)
    enrolled(store)
    sources = [spool(tmp_path / "missing", "gone"), spool(spool_folder)]
    summary = tick(line(store, spool_folder, sources=sources), Clock())
    assert [r.look.verdict for r in summary.looks] == [Verdict.UNREACHABLE, Verdict.PARTIAL]
    assert len(summary.published) == 1
    assert summary.failed


def test_a_source_on_the_web_waits_for_its_time_and_a_folder_does_not(store: Store, spool_folder: Path) -> None:
    nobody = HttpSource(SourceSpec("web", url="http://127.0.0.1:9/feed", every=3600, private=True), Politeness())
    whole = line(store, spool_folder, sources=[nobody, spool(spool_folder)])
    clock = Clock()
    first = tick(whole, clock)
    assert [r.look.source for r in first.looks] == ["web", "hf"]
    clock.turn(minutes=4)
    second = tick(whole, clock)
    assert ([r.look.source for r in second.looks], second.waiting) == (["hf"], ["web"])
    clock.turn(minutes=1)
    assert [r.look.source for r in tick(whole, clock).looks] == ["web", "hf"]


@pytest.mark.parametrize(
    ("word", "failed"),
    [(None, False), (Deferral("busy", 451), True), (Refusal("no", 550), True), (Outage("down"), True)],
)
def test_what_failed_on_the_way_out_shows_in_the_summary(
    store: Store, spool_folder: Path, word: Exception | None, failed: bool
) -> None:
    drop(spool_folder, "2026-05-25.json", 1)
    enrolled(store, address=READER)
    relay = Relay({READER: [word] if word else []})
    assert tick(line(store, spool_folder, transport=relay), Clock()).failed is failed


def test_one_bad_file_makes_the_tick_a_failure_once(store: Store, spool_folder: Path) -> None:
    (spool_folder / "bad.json").write_text("{")
    whole = line(store, spool_folder)
    assert [tick(whole, Clock()).failed for _ in range(2)] == [True, False]


def test_what_an_outage_left_goes_out_with_the_next_tick(store: Store, spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1)
    readers = [enrolled(store).address for _ in range(3)]
    relay = Relay({readers[1]: [Outage("down")]})
    whole = line(store, spool_folder, transport=relay)
    clock = Clock()
    assert tick(whole, clock).delivered.outage == "down"
    clock.turn(minutes=1)
    assert not tick(whole, clock).failed
    assert sorted(relay.recipients) == sorted(readers)  # whose turn is first changes by the day


def test_an_alarm_makes_the_tick_a_failure_and_a_pause_that_runs_on_does_not(store: Store, spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1)
    enrolled(store, address=READER)
    whole = line(store, spool_folder, transport=Relay({READER: [Refusal("5.7.1 no", 550, "5.7.1", "rcpt")]}))
    clock = Clock()
    assert tick(whole, clock).failed
    clock.turn(minutes=10)
    quiet = tick(whole, clock)
    assert (quiet.failed, [pause.domain for pause in quiet.delivered.paused]) == (False, ["example.test"])


def test_a_fault_of_ones_own_templates_is_a_failure_once_and_the_mail_goes_out(
    store: Store, spool_folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own" / "mail"
    own.mkdir(parents=True)
    (own / "digest.txt").write_text("{{ nonsense.of.mine }}")
    writer = LetterWriter(store, letterhead(), environment(own.parent), spare=environment())
    drop(spool_folder, "2026-05-25.json", 1)
    relay, clock = Relay(), Clock()
    whole = line(store, spool_folder, transport=relay, letters=writer)
    enrolled(store)
    first = tick(whole, clock)
    assert (len(relay.taken), len(first.template_faults), first.failed) == (1, 1, True)
    enrolled(store)
    second = tick(whole, clock)
    assert (len(relay.taken), second.template_faults, second.failed) == (2, [], False)


def test_a_tick_delivers_for_so_long_and_the_next_one_goes_on(store: Store, spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1)
    for _ in range(20):
        enrolled(store)
    relay, clock = Relay(before_dot=lambda _envelope: sleep(0.2)), Clock()
    whole = line(store, spool_folder, transport=relay, deliver_for=timedelta(seconds=1))
    assert not tick(whole, clock).failed
    assert 1 <= len(relay.taken) < 20
    for _ in range(20):
        tick(whole, clock)
    assert len(relay.taken) == len(set(relay.recipients)) == 20


def test_old_bytes_are_forgotten_when_new_ones_come(store: Store, spool_folder: Path) -> None:
    clock = Clock()
    whole = line(store, spool_folder)
    for day in (25, 26, 27):
        drop(spool_folder, f"2026-05-{day}.json", day)
        tick(whole, clock)
        clock.turn(days=1)
    assert store.forget_bytes(at("05-26 00:00")) == 1
    drop(spool_folder, "2026-06-30.json", 30)
    clock.now = at("06-30 08:00")
    tick(whole, clock)
    assert store.forget_bytes(at("06-01 00:00")) == 0


def test_a_week_of_ticks(store: Store, spool_folder: Path) -> None:
    clock, relay = Clock(at("05-25 08:00")), Relay()
    whole = line(store, spool_folder, transport=relay)
    reader = enrolled(store, address=READER)
    summaries: list[TickSummary] = []
    for day in range(25, 32):
        if day < 30:
            drop(spool_folder, f"2026-05-{day}.json", day, day + 1)
        summaries += [tick(whole, clock) for _ in range(3)]
        clock.turn(days=1)
    editions = store.editions(reader.id)[::-1]
    assert [[pick.paper.key for pick in e.picks] for e in editions] == [
        [key(26), key(25)],
        *([key(day + 1)] for day in range(26, 30)),
        [],
        [],
    ]
    assert len(relay.taken) == 5
    assert not any(summary.failed for summary in summaries)


class _Buggy:
    """A source with a bug."""

    spec = SourceSpec(name="buggy", path="-")
    validators: ClassVar[dict[str, object]] = {}

    def fetch(self, _state: object, _now: object) -> Iterator[Snapshot]:
        """Never gets anywhere."""
        raise ZeroDivisionError
        yield


def test_a_bug_in_one_source_stops_no_other(store: Store, spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1)
    enrolled(store)
    relay = Relay()
    sources = [_Buggy(), spool(spool_folder, "good")]
    summary = tick(line(store, spool_folder, sources=sources, transport=relay), Clock())
    assert [(r.look.source, r.look.verdict) for r in summary.looks] == [
        ("buggy", Verdict.UNREACHABLE),
        ("good", Verdict.PARTIAL),
    ]
    assert "by an error in digest: ZeroDivisionError" in summary.looks[0].look.detail
    assert summary.failed
    assert len(relay.recipients) == 1


def test_a_day_without_a_mail_server_is_late_and_not_lost_with_one_run_a_day(store: Store, spool_folder: Path) -> None:
    reader, clock = enrolled(store, address=READER), Clock(at("05-25 08:00"))
    relay = Relay({READER: [Deferral("4.3.0 out", 451, "4.3.0", "rcpt")]})
    whole = line(store, spool_folder, transport=relay)
    for day in (25, 26):
        drop(spool_folder, f"2026-05-{day}.json", day)
        summary = tick(whole, clock)
        clock.turn(days=1)
    assert (summary.delivered.expired, relay.recipients) == (1, [READER])
    assert {pick.paper.key for pick in store.editions(reader.id)[0].picks} == {key(25), key(26)}


def test_bounces_of_last_year_are_forgotten(store: Store, spool_folder: Path) -> None:
    clock = Clock()
    for days in (KEEP_BOUNCES.days + 1, KEEP_BOUNCES.days - 1):
        store.bounced(Bounce("hash", BounceKind.SOFT, clock() - timedelta(days=days)), clock(), lambda *_: None)
    drop(spool_folder, "2026-05-25.json", 1)
    tick(line(store, spool_folder), clock)
    assert [bounce.at for bounce in store.bounces("hash")] == [clock() - KEEP_BOUNCES + timedelta(days=1)]
