"""A look at a source: what it stores, and that one bad snapshot stops nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import NotAFeed, StorageError, Throttled, Unreachable
from digest.model import Freshness, Snapshot, SourceSpec, SourceState, Verdict
from digest.services.look import FIRST_RETRY, LONGEST_RETRY, LookResult, ingest, look_at
from digest.sources import NotModified
from tests.factories import NOW
from tests.services.parts import as_json, at, drop, enrolled, key, listed, spool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from digest.storage import Store

PAGE = b"<html><title>Sign in</title><body>Please sign in</body></html>"


class Scripted:
    """A working source that yields or raises what it is given, and remembers how many looks there were."""

    def __init__(self, *answers: bytes | Exception | NotModified, url: str = "https://feeds.test/f") -> None:
        self.spec = SourceSpec("hf", url=url, every=3600)
        self.answers = answers
        self.validators: Mapping[str, object] = {}

    def fetch(self, state: SourceState, now: datetime) -> Iterator[Snapshot | NotModified]:
        self.validators = dict(state.validators)
        for answer in self.answers:
            if isinstance(answer, Exception):
                raise answer
            yield answer if isinstance(answer, NotModified) else Snapshot("hf", now, answer, self.spec.url)
        self.validators = {"looked": now.isoformat()}


def titles(store: Store) -> list[str]:
    return [row.paper.title for row in store.papers()]


def test_the_look_and_its_verdict_are_stored(store: Store, spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1, 2, {"paper": {"id": "2605.00009"}})
    result = look_at(store, spool(spool_folder), at("05-25 14:00"))
    assert store.looks() == [result.look]
    assert (result.look.verdict, result.look.at) == (Verdict.PARTIAL, at("05-25 14:00"))
    assert (result.look.entries, result.look.new, result.look.revised, result.look.rejects) == (2, 2, 0, 1)
    assert [reject.reason for reject in result.rejects] == ["no title"]
    assert sorted(titles(store)) == ["Paper number 1", "Paper number 2"]
    state = store.source_state("hf")
    assert (state.last_verdict, state.last_new_on, state.failures) == (Verdict.PARTIAL, date(2026, 5, 25), 0)
    assert state.next_poll_at == at("05-25 15:00")


def test_an_empty_folder_is_a_look_too(store: Store, spool_folder: Path) -> None:
    result = look_at(store, spool(spool_folder), NOW)
    assert (result.look.entries, result.problems) == (0, ())
    assert not result.look.verdict.failed
    assert store.last_snapshot() == 0


def test_a_bad_file_among_good_ones_stops_nothing_and_is_said_once(store: Store, spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-23.json", 1)
    (spool_folder / "2026-05-24.json").write_bytes(PAGE)
    drop(spool_folder, "2026-05-25.json", 2)
    first = look_at(store, spool(spool_folder), NOW)
    assert sorted(titles(store)) == ["Paper number 1", "Paper number 2"]
    assert first.look.verdict is Verdict.NOT_A_FEED
    assert [type(problem) for problem in first.problems] == [NotAFeed]
    assert "Sign in" in first.look.detail
    assert first.look.new == 2
    second = look_at(store, spool(spool_folder), at("05-25 08:10"))
    assert second.problems == ()
    assert not second.look.verdict.failed
    assert store.source_state("hf").failures == 0


def test_a_saved_refusal_in_a_folder_blocks_no_later_file(store: Store, spool_folder: Path) -> None:
    (spool_folder / "2026-05-24.txt").write_bytes(b"Rate exceeded.")
    drop(spool_folder, "2026-05-25.json", 1)
    first = look_at(store, spool(spool_folder), NOW)
    assert (first.look.verdict, first.look.new) == (Verdict.THROTTLED, 1)
    assert look_at(store, spool(spool_folder), at("05-25 08:10")).problems == ()


def test_a_web_source_that_throttles_is_asked_for_nothing_more(store: Store) -> None:
    source = Scripted(b"Rate exceeded.", as_json([1]))
    assert look_at(store, source, NOW).look.verdict is Verdict.THROTTLED
    assert store.papers() == []


def test_the_same_bytes_are_ingested_once(store: Store, spool_folder: Path) -> None:
    drop(spool_folder, "a.json", 1, 2)
    look_at(store, spool(spool_folder), NOW)
    drop(spool_folder, "b.json", 1, 2)
    again = look_at(store, spool(spool_folder), NOW + timedelta(minutes=5))
    assert store.last_snapshot() == 1
    assert (again.look.entries, again.look.new, again.look.verdict) == (2, 0, Verdict.UNCHANGED)
    snapshot = Snapshot("hf", NOW, (spool_folder / "a.json").read_bytes(), "c.json")
    repeated = ingest(store, snapshot)
    assert (repeated.snapshot_id, repeated.repeated, repeated.changes) == (1, True, ())


def test_ingest_tells_new_from_revised_and_known(store: Store) -> None:
    ingest(store, Snapshot("hf", NOW, as_json([listed(1, version=1), listed(2, version=1)]), "a"))
    second = ingest(store, Snapshot("hf", NOW, as_json([listed(1, version=2), listed(2, version=1), 3]), "b"))
    counts = {freshness: second.count(freshness) for freshness in Freshness}
    assert counts == {Freshness.NEW: 1, Freshness.REVISED: 1, Freshness.KNOWN: 1}


def test_nothing_of_a_snapshot_is_stored_if_it_is_no_feed(store: Store) -> None:
    with pytest.raises(NotAFeed):
        ingest(store, Snapshot("hf", NOW, PAGE, "page.html"))
    assert (store.last_snapshot(), store.papers()) == (0, [])


def test_what_came_before_a_failure_stays(store: Store) -> None:
    source = Scripted(as_json([1]), Unreachable("https://feeds.test/f?page=2", "status 503"))
    result = look_at(store, source, NOW)
    assert (result.look.verdict, result.look.new) == (Verdict.UNREACHABLE, 1)
    assert "status 503" in result.look.detail
    paper = store.paper(key(1))
    assert paper is not None
    assert paper.title == "Paper number 1"
    state = store.source_state("hf")
    assert (state.failures, state.last_new_on) == (1, date(2026, 5, 25))
    assert state.last_error == "https://feeds.test/f?page=2: status 503"


def test_validators_are_kept_from_the_last_good_look(store: Store) -> None:
    look_at(store, Scripted(as_json([1])), NOW)
    good = store.source_state("hf").validators
    assert good == {"looked": NOW.isoformat()}
    look_at(store, Scripted(PAGE), NOW + timedelta(hours=1))
    assert store.source_state("hf").validators == good


def waits(store: Store, results: list[LookResult]) -> list[timedelta]:
    state = store.source_state("hf")
    assert state.next_poll_at is not None
    return [state.next_poll_at - results[-1].look.at]


def test_failures_are_asked_again_soon_and_then_less_often(store: Store) -> None:
    source = Scripted(Unreachable("https://feeds.test/f", "no answer"))
    pauses, now = [], NOW
    for n in range(1, 7):
        result = look_at(store, source, now)
        pauses += waits(store, [result])
        assert store.source_state("hf").failures == n
        now += pauses[-1]
    assert pauses == [timedelta(minutes=m) for m in (5, 10, 20, 40, 60, 60)]
    look_at(store, Scripted(as_json([1])), now)
    assert (store.source_state("hf").failures, store.source_state("hf").last_error) == (0, "")


@pytest.mark.parametrize(
    ("every", "failures", "pause"),
    [
        (60, 0, FIRST_RETRY),
        (60, 5, FIRST_RETRY),
        (7 * 86_400, 10, LONGEST_RETRY),
        (7 * 86_400, 10_000, LONGEST_RETRY),
    ],
)
def test_the_pause_after_failures_has_bounds(store: Store, every: int, failures: int, pause: timedelta) -> None:
    source = Scripted(Unreachable("https://feeds.test/f", "no answer"))
    source.spec = SourceSpec("hf", url="https://feeds.test/f", every=every)
    result = look_at(store, source, NOW)
    store.save_look(result.look, SourceState("hf", failures=failures))
    assert waits(store, [look_at(store, source, NOW)]) == [pause]


@pytest.mark.parametrize(("allowed", "expected"), [("05-25 08:01", "05-25 08:05"), ("05-26 08:00", "05-26 08:00")])
def test_a_source_is_not_asked_before_it_allows_it(store: Store, allowed: str, expected: str) -> None:
    source = Scripted(Throttled("https://feeds.test/f", "status 429", at(allowed)))
    result = look_at(store, source, NOW)
    assert result.look.verdict is Verdict.THROTTLED
    assert store.source_state("hf").next_poll_at == at(expected)


def test_not_modified_is_unchanged(store: Store) -> None:
    source = Scripted(NotModified("https://feeds.test/f"))
    result = look_at(store, source, NOW)
    assert (result.look.verdict, result.look.detail) == (Verdict.UNCHANGED, "not modified")


RSS = (
    b"<?xml version='1.0'?><rss xmlns:arxiv='http://arxiv.org/schemas/atom' version='2.0'><channel>"
    b"<title>cs.AI updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.AI</link>"
    b"<item><title>A Paper</title><link>https://arxiv.org/abs/2605.11111</link>"
    b"<guid isPermaLink='false'>oai:arXiv.org:2605.11111v1</guid>"
    b"<description>arXiv:2605.11111v1 Announce Type: new \nAbstract: Short.</description>"
    b"<arxiv:announce_type>new</arxiv:announce_type></item></channel></rss>"
)


def test_the_day_of_the_last_news_is_the_day_of_the_source(store: Store) -> None:
    source = Scripted(RSS, url="https://rss.arxiv.org/rss/cs.AI")
    look_at(store, source, at("05-27 01:00"))  # still the evening of the 26th in the East
    assert store.source_state("hf").last_new_on == date(2026, 5, 26)
    quiet = look_at(store, source, at("05-27 16:00"))
    assert quiet.look.verdict is Verdict.QUIET_UNEXPECTED


BUGS = [TypeError("an int is no str"), RecursionError("too deep"), MemoryError(), UnicodeError("odd"), KeyError("key")]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
def test_whatever_a_fetch_raises_ends_in_a_stored_look_with_back_off(store: Store, bug: Exception) -> None:
    result = look_at(store, Scripted(as_json([1]), bug), NOW)
    assert (result.look.verdict, result.look.new) == (Verdict.UNREACHABLE, 1)
    assert f"cannot be fetched, by an error in digest: {type(bug).__name__}" in result.look.detail
    assert store.looks() == [result.look]
    assert waits(store, [result]) == [FIRST_RETRY]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
def test_whatever_reading_raises_ends_in_a_stored_look_too(
    store: Store, bug: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_snapshot: Snapshot, _limits: object) -> None:
        raise bug

    monkeypatch.setattr("digest.services.look.read_within", read)
    result = look_at(store, Scripted(as_json([1])), NOW)
    assert (result.look.verdict, waits(store, [result])) == (Verdict.NOT_A_FEED, [FIRST_RETRY])
    assert f"cannot be read, by an error in digest: {type(bug).__name__}" in result.look.detail


def test_what_the_store_does_not_take_is_a_failure_of_that_source_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise StorageError("value out of range")

    with monkeypatch.context() as patched:
        patched.setattr(store, "ingesting", refuse)
        result = look_at(store, Scripted(as_json([1]), as_json([2])), NOW)
    assert (result.look.verdict, len(result.problems)) == (Verdict.UNREACHABLE, 1)
    assert "cannot be stored: value out of range" in result.look.detail
    assert waits(store, [result]) == [FIRST_RETRY]


class Deadly(Scripted):
    """A source whose bytes end the process."""

    def fetch(self, state: SourceState, now: datetime) -> Iterator[Snapshot | NotModified]:
        raise SystemExit("killed")


def test_a_source_of_which_the_process_dies_is_polled_again_at_once_and_then_backs_off(store: Store) -> None:
    now, pauses = NOW, []
    for _ in range(12):
        with pytest.raises(SystemExit):
            look_at(store, Deadly(), now)
        state = store.source_state("hf")
        assert state.begun_at == now
        assert state.next_poll_at is not None
        pauses.append(state.next_poll_at - now)
        now = state.next_poll_at
    minutes = [0, 5, 10, 20, 40, 80, 160, 320, 360, 360, 360, 360]
    assert pauses == [timedelta(minutes=m) for m in minutes]
    look_at(store, Scripted(as_json([1])), now)
    state = store.source_state("hf")
    assert (state.begun_at, state.failures, state.failing_since) == (None, 0, None)


def test_since_when_a_source_fails_is_remembered_until_it_answers(store: Store) -> None:
    def failing(*answers: bytes | Exception | NotModified) -> datetime | None:
        look_at(store, Scripted(*answers), moments.pop(0))
        return store.source_state("hf").failing_since

    moments = [NOW + timedelta(hours=n) for n in range(10)]
    down, gone = Unreachable("https://feeds.test/f", "no answer"), NotModified("https://feeds.test/f")
    assert [failing(as_json([1])), failing(down), failing(PAGE), failing(down)] == [
        None,
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=1),
    ]
    assert [failing(gone), failing(down), failing(as_json([2]), down)] == [None, NOW + timedelta(hours=5), None]


@pytest.mark.parametrize(
    ("fresh", "due", "pause"),
    [
        (None, None, 60),
        (30, None, 60),
        (180, None, 180),
        (180, 240, 180),
        (180, 120, 110),  # an edition is due before: polled once more just in time
        (180, 65, 60),
        (180, -30, 180),
    ],
)
def test_what_an_answer_says_of_its_time_is_a_lower_bound(
    store: Store, fresh: int | None, due: int | None, pause: int
) -> None:
    """All in minutes; the source is polled every hour."""
    if due is not None:
        reader = enrolled(store)
        store.schedule(reader.id, NOW + timedelta(minutes=due))
    until = NOW + timedelta(minutes=fresh) if fresh else None
    result = look_at(store, Scripted(NotModified("https://feeds.test/f", until)), NOW)
    assert waits(store, [result]) == [timedelta(minutes=pause)]


def test_of_several_answers_the_one_that_ends_first_counts(store: Store) -> None:
    places = [NotModified("a", NOW + timedelta(hours=3)), NotModified("b", NOW + timedelta(hours=2))]
    assert waits(store, [look_at(store, Scripted(*places), NOW)]) == [timedelta(hours=2)]
    assert waits(store, [look_at(store, Scripted(*places, NotModified("c")), NOW)]) == [timedelta(hours=1)]


def test_the_time_that_a_feed_asks_for_is_kept(store: Store) -> None:
    feed = RSS.replace(b"<item>", b"<ttl>120</ttl><item>")
    assert waits(store, [look_at(store, Scripted(feed), NOW)]) == [timedelta(hours=2)]


def test_back_off_is_short_while_an_edition_waits(store: Store) -> None:
    """From half an hour before it is due; every five minutes while it waits, and then as usual."""
    reader, source = enrolled(store), Scripted(Unreachable("https://feeds.test/f", "no answer"))
    store.schedule(reader.id, NOW)
    pauses, now = [], NOW - timedelta(minutes=42)
    for _ in range(18):
        pauses += waits(store, [look_at(store, source, now)])
        now += pauses[-1]
    minutes = [pause // timedelta(minutes=1) for pause in pauses]
    assert minutes == [5, 10, 20, 7, *[5] * 12, 60, 60]
