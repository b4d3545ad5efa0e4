"""Polls beside each other, and what of a tick waits for them."""

from __future__ import annotations

import threading
import time
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest

from digest.errors import Unreachable
from digest.model import DeliveryKind, EmptyPolicy, Snapshot, SourceSpec, Verdict
from digest.services.polling import AT_ONCE, SourcePolling, lane_of
from digest.services.tick import tick
from digest.sources.bounds import Bounds
from digest.sources.polite import Politeness
from tests.factories import NOW
from tests.services.guests import ask, writer
from tests.services.parts import Clock, Relay, as_json, at, drop, enrolled, key, keys, line, spool
from tests.sources.server import Reply, WebServer, serving, source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from digest.model import SourceState
    from digest.services.tick import Line
    from digest.storage import Store


class Scripted:
    """A source whose answer is changed at will: papers by their numbers, or an error; `gate` holds its poll."""

    def __init__(self, name: str, answer: list[int] | Exception, host: str = "") -> None:
        self.spec = SourceSpec(name, url=f"https://{host or name}.test/feed", every=3600)
        self.validators: dict[str, object] = {}
        self.answer = answer
        self.gate = threading.Event()
        self.gate.set()
        self.begun: list[datetime] = []

    def fetch(self, _state: SourceState, now: datetime) -> Iterator[Snapshot]:
        """The answer, when the gate is open."""
        self.begun.append(now)
        assert self.gate.wait(10)
        if isinstance(self.answer, Exception):
            raise self.answer
        yield Snapshot(self.spec.name, now, as_json(self.answer), self.spec.url)


def down() -> Unreachable:
    return Unreachable("https://x.test/feed", "no answer")


def until(happened: Any) -> None:
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


# beside each other


def test_sources_of_different_hosts_are_polled_beside_each_other_and_those_of_one_in_turn(store: Store) -> None:
    held = Scripted("held", [1])
    held.gate.clear()
    sources = [held, Scripted("behind", [2], host="held"), *(Scripted(f"other-{n}", [n]) for n in range(3, 6))]
    polls = SourcePolling(lambda: NOW)
    polls.start(store, sources)
    until(lambda: len(polls.in_hand()) == 2)
    assert sorted(result.look.source for result in polls.ended().looks) == ["other-3", "other-4", "other-5"]
    assert sources[1].begun == []
    polls.start(store, sources[:2])  # in hand already: not begun again
    held.gate.set()
    until(lambda: not polls.in_hand())
    assert [result.look.source for result in polls.ended().looks] == ["held", "behind"]
    assert (len(held.begun), polls.ended().looks) == (1, ())


def test_so_many_hosts_are_asked_at_a_time_and_all_in_the_end(store: Store) -> None:
    sources = [Scripted(f"s{n}", [n]) for n in range(3 * AT_ONCE)]
    for one in sources:
        one.gate.clear()
    polls = SourcePolling(lambda: NOW)
    polls.start(store, sources)
    until(lambda: sum(len(one.begun) for one in sources) == AT_ONCE)
    time.sleep(0.1)
    assert sum(len(one.begun) for one in sources) == AT_ONCE
    for one in sources:
        one.gate.set()
    until(lambda: not polls.in_hand())
    assert len(polls.ended().looks) == len(sources)


def test_the_hosts_of_arxiv_are_one() -> None:
    urls = [
        "https://rss.arxiv.org/rss/cs.CL",
        "https://export.arxiv.org/api/query",
        "https://x.test/",
        "http://X.test./",
    ]
    assert [lane_of(SourceSpec("s", url=url)) for url in urls] == ["arxiv.org", "arxiv.org", "x.test", "x.test"]
    assert lane_of(SourceSpec("s", path="a")) == lane_of(SourceSpec("s", path="b"))


def test_a_look_that_cannot_be_stored_is_named_and_stops_no_other(
    store: Store, spool_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.save_look

    def save(look: Any, state: Any) -> None:
        if look.source == "cursed":
            raise ValueError("what is that?")
        real(look, state)

    monkeypatch.setattr(store, "save_look", save)
    drop(spool_folder, "2026-05-25.json", 1)
    enrolled(store)
    relay = Relay()
    sources = [Scripted("cursed", [2]), spool(spool_folder)]
    summary = tick(line(store, spool_folder, sources=sources, transport=relay), Clock())
    assert summary.guard.failures == ["source cursed: ValueError: what is that?"]
    assert (len(relay.taken), summary.failed) == (1, True)


# a slow source, on a real server


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as server:
        yield server


def drip(web: WebServer, name: str, deadline: float = 1.5) -> Any:
    """A source that sends a byte a while, for minutes."""
    web.replies[f"/{name}"] = Reply(b" " * 3000, drip=0.1)
    bounds = Bounds(deadline=deadline)
    return source(f"{web.url}/{name}", Politeness(), bounds, name=name)


def test_a_source_that_drips_is_cut_off_at_the_deadline_and_the_edition_goes_out(
    store: Store, spool_folder: Path, web: WebServer
) -> None:
    drop(spool_folder, "2026-05-25.json", 1)
    enrolled(store)
    relay = Relay()
    sources = [drip(web, "drip"), spool(spool_folder, "good")]
    summary = tick(line(store, spool_folder, sources=sources, transport=relay), Clock())
    assert [(r.look.source, r.look.verdict) for r in summary.looks] == [
        ("drip", Verdict.UNREACHABLE),
        ("good", Verdict.PARTIAL),
    ]
    assert "given up after 1.5 seconds" in summary.looks[0].look.detail
    assert len(relay.taken) == 1
    assert store.source_state("drip").failures == 1


def test_messages_to_people_leave_while_a_source_drips(store: Store, spool_folder: Path, web: WebServer) -> None:
    ask(store)
    relay, moments = Relay(), {}
    relay.before_dot = lambda _envelope: moments.setdefault("sent", time.monotonic())
    whole = line(store, spool_folder, sources=[drip(web, "drip", 3)], transport=relay, letters=writer(store))
    begun = time.monotonic()
    summary = tick(whole, Clock(), progress=lambda _step: None)
    ended = time.monotonic()
    assert [delivery.kind for delivery in store.deliveries()] == [DeliveryKind.CONFIRMATION]
    assert summary.looks[0].look.verdict is Verdict.UNREACHABLE
    assert moments["sent"] < ended - 1
    assert ended - begun > 2.5


def test_with_a_source_that_failed_before_the_edition_does_not_wait_for_it(
    store: Store, spool_folder: Path, web: WebServer
) -> None:
    """It drips again; the edition is on its way before that poll is given up, and late papers are in the next one."""
    clock, relay, order = Clock(), Relay(), []
    slow = drip(web, "drip")
    whole = line(store, spool_folder, sources=[slow, spool(spool_folder, "good")], transport=relay)
    tick(whole, clock)
    drop(spool_folder, "2026-05-26.json", 1)
    enrolled(store)
    clock.turn(days=1)
    relay.before_dot = lambda _envelope: order.append(store.source_state("drip").begun_at)
    summary = tick(whole, clock)
    assert order == [clock()]  # the poll was in hand
    assert [r.look.source for r in summary.looks] == ["drip", "good"]


def test_in_a_service_a_tick_waits_for_no_poll(store: Store, spool_folder: Path) -> None:
    slow, relay, nudged = Scripted("slow", [1]), Relay(), threading.Event()
    slow.gate.clear()
    enrolled(store)
    ask(store)
    clock = Clock()
    polls = SourcePolling(clock, ended=nudged.set)
    whole = line(store, spool_folder, sources=[slow], transport=relay, letters=writer(store))
    first = tick(whole, clock, polling=polls)
    assert (first.looks, first.published, len(first.held), len(relay.taken)) == ([], [], 1, 1)
    assert tick(whole, clock, polling=polls).looks == []
    slow.gate.set()
    assert nudged.wait(30)
    until(lambda: not polls.in_hand())
    second = tick(whole, clock, polling=polls)
    assert [r.look.new for r in second.looks] == [1]
    assert (len(second.published), len(relay.taken)) == (1, 2)


def test_in_a_service_an_edition_waits_a_minute_for_a_slow_poll_and_no_more(store: Store, spool_folder: Path) -> None:
    slow, relay, clock = Scripted("slow", [9]), Relay(), Clock()
    slow.gate.clear()
    drop(spool_folder, "2026-05-25.json", 1)
    reader = enrolled(store)
    polls = SourcePolling(clock)
    whole = line(store, spool_folder, sources=[slow, spool(spool_folder, "good")], transport=relay)
    try:
        tick(whole, clock, polling=polls)
        until(lambda: list(polls.in_hand()) == ["slow"])
        clock.turn(seconds=30)
        assert tick(whole, clock, polling=polls).published == []
        until(lambda: list(polls.in_hand()) == ["slow"])
        clock.turn(seconds=31)
        (made,) = tick(whole, clock, polling=polls).published
        assert keys(made.edition) == [key(1)]
        assert made.edition.unreached == (("slow", NOW),)
    finally:
        slow.gate.set()
    until(lambda: not polls.in_hand())
    clock.turn(days=1)
    tick(whole, clock, polling=polls)
    until(lambda: not polls.in_hand())
    tick(whole, clock, polling=polls)
    assert keys(store.editions(reader.id)[0]) == [key(9)]


# a source that is down at the hour


class Day:
    """One reader, one source, and a run every quarter of an hour from 06:00 on."""

    def __init__(self, store: Store, folder: Path, **reader: Any) -> None:
        self.source, self.relay, self.clock = Scripted("hf", [1]), Relay(), Clock(at("05-25 06:00"))
        self.store, self.reader = store, enrolled(store, **reader)
        store.schedule(self.reader.id, at("05-25 07:00"))
        self.line: Line = line(store, folder, sources=[self.source], transport=self.relay)

    def go_on(self, until: str) -> None:
        """Tick until then."""
        while self.clock() < at(until):
            tick(self.line, self.clock)
            self.clock.turn(minutes=15)

    @property
    def mails(self) -> list[tuple[str, str]]:
        """When and with which subject something was taken."""
        sent = sorted((d.sent_at, d.id) for d in self.store.deliveries() if d.sent_at)
        subjects = [str(message_from_bytes(message)["Subject"]) for _, message in self.relay.taken]
        return [(f"{moment:%m-%d %H:%M}", subject) for (moment, _), subject in zip(sent, subjects, strict=True)]

    def text(self, number: int) -> str:
        """The words of a message that was taken."""
        message = message_from_bytes(self.relay.taken[number][1])
        part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        return " ".join(content.decode().split())


def test_a_source_that_is_back_within_the_hour_costs_minutes(store: Store, spool_folder: Path) -> None:
    day = Day(store, spool_folder)
    day.source.answer = down()
    day.go_on("05-25 07:20")
    assert day.mails == []
    day.source.answer = [1, 2]
    day.go_on("05-26 06:50")
    ((moment, subject),) = day.mails
    assert "05-25 07:20" <= moment < "05-25 08:00"
    assert subject.startswith("2 trending papers")


def test_what_comes_late_goes_out_the_same_day_where_nothing_was_mailed(store: Store, spool_folder: Path) -> None:
    day = Day(store, spool_folder, empty=EmptyPolicy.SKIP)
    day.source.answer = down()
    day.go_on("05-25 11:00")
    assert (day.mails, store.editions(day.reader.id)) == ([], [])
    day.source.answer = [1, 2]
    day.go_on("05-26 06:50")
    ((moment, subject),) = day.mails
    assert "05-25 11:00" <= moment < "05-25 12:05"
    assert subject.startswith("2 trending papers")


def test_a_note_says_that_the_source_could_not_be_reached_and_the_papers_come_next_day(
    store: Store, spool_folder: Path
) -> None:
    day = Day(store, spool_folder, empty=EmptyPolicy.NOTE, zone="UTC")
    day.source.answer = down()
    day.go_on("05-25 11:00")
    assert day.mails == [("05-25 08:00", "No papers for you: a source could not be reached (25 May)")]
    assert "hf could not be reached since 25 May 2026, 06:00 (UTC)." in day.text(0)
    assert "no new papers" not in day.text(0).lower()
    day.source.answer = [1, 2]
    day.go_on("05-26 07:30")
    assert [moment for moment, _ in day.mails] == ["05-25 08:00", "05-26 07:00"]
    assert day.mails[1][1].startswith("2 trending papers")


def test_what_is_there_goes_out_after_the_wait(store: Store, spool_folder: Path) -> None:
    day = Day(store, spool_folder)
    day.go_on("05-25 06:30")
    day.source.answer = down()
    day.go_on("05-25 11:00")
    assert [moment for moment, _ in day.mails] == ["05-25 08:00"]
    assert keys(store.editions(day.reader.id)[0]) == [key(1)]


def test_a_source_that_is_down_for_days_loses_no_date_and_no_paper(store: Store, spool_folder: Path) -> None:
    day = Day(store, spool_folder, empty=EmptyPolicy.SKIP)
    day.go_on("05-25 07:10")
    day.source.answer = down()
    day.go_on("05-27 09:30")
    day.source.answer = [1, 2, 3]
    day.go_on("05-28 07:10")
    day.source.answer = [1, 2, 3, 4]
    day.go_on("05-29 07:10")
    dates = [edition.edition_date.day for edition in store.editions(day.reader.id)[::-1]]
    picks = [keys(edition) for edition in store.editions(day.reader.id)[::-1]]
    assert dates == [25, 27, 28, 29]
    assert picks == [[key(1)], [key(3), key(2)], [], [key(4)]]


def test_one_source_that_answers_is_enough(store: Store, spool_folder: Path) -> None:
    day = Day(store, spool_folder, empty=EmptyPolicy.NOTE, zone="UTC")
    drop(spool_folder, "2026-05-24.json", 7)
    day.line.sources.append(spool(spool_folder, "folder"))  # type: ignore[attr-defined]
    day.source.answer = down()
    day.go_on("05-26 07:05")
    assert [moment for moment, _ in day.mails] == ["05-25 07:00", "05-26 07:00"]
    assert day.mails[0][1].startswith("1 trending paper")
    assert "hf could not be reached since 25 May 2026, 06:00 (UTC)." in day.text(1)


def test_nobody_waits_where_the_operator_does_not_want_it(store: Store, spool_folder: Path) -> None:
    from dataclasses import replace
    from datetime import timedelta

    day = Day(store, spool_folder, empty=EmptyPolicy.NOTE)
    day.line = replace(day.line, publish_rules=replace(day.line.publish_rules, patience=timedelta(0)))
    day.source.answer = down()
    day.go_on("05-25 07:05")
    assert [moment for moment, _ in day.mails] == ["05-25 07:00"]
