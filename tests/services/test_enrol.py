"""Subscribers join, change, leave, and are carried in and out; whatever people write, the answer is a sentence."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.timetable import parse_rhythm
from digest.errors import DigestError, UsageError
from digest.mail.message import build
from digest.model import EmptyPolicy, Rendered, SubscriberStatus
from digest.ranking.query import parse_all
from digest.services import managing
from digest.services.enrol import add, as_record, change, check_address, find, import_all, remove, wishes
from digest.storage import scratch_store
from tests.factories import NOW, delivery, edition, letterhead
from tests.services.parts import at, publish, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.storage import Store

READER = "reader@example.test"
ALL_WISHES: dict[str, Any] = {
    "name": "Ada",
    "zone": "europe/berlin",
    "send_at": "6:30 am",
    "rhythm": "weekly on Friday",
    "max_papers": 5,
    "min_score": 0.25,
    "empty": "note",
    "interests": ["diffusion^2, -survey", 'author:"Ada Lovelace"', 'title:"long video"'],
}


@pytest.mark.parametrize(
    "address",
    [READER, " a.b+c@xn--mnchen-3ya.example ", "o'hara@example.test", "me@münchen.example", "UPPER@Example.Test"],
)
def test_addresses_that_mail_can_be_sent_to(address: str) -> None:
    assert check_address(address) == address.strip()


@pytest.mark.parametrize(
    "pasted", ["jo\u0308rg@example.test", "j\u00f6rg\u200b@example.test\ufeff", "\u2060j\u00f6rg@exam\u00adple.test "]
)
def test_an_address_is_kept_in_its_normal_spelling(pasted: str) -> None:
    assert check_address(pasted) == "j\u00f6rg@example.test"


@pytest.mark.parametrize(
    "address",
    [
        *("", "@", "a@", "@b.test", "a b@example.test", "a@b@c.test", "a..b@example.test", ".a@example.test"),
        *("a@example..test", "a@-example.test", "a@example.test.", "a@[127.0.0.1]", '"a b"@example.test'),
        *("A <a@example.test>", "a@example.test,b@example.test", "a@example.test\r\nBcc: b@example.test"),
        *("a\x00@example.test", "x" * 65 + "@example.test", "a@" + "b" * 64 + ".test", "ä @example.test"),
        *("a@" + "bbbb." * 60 + "test", "a@\ud800.test", "mailto:a@example.test"),
    ],
)
def test_addresses_that_it_cannot(address: str) -> None:
    with pytest.raises(UsageError):
        check_address(address)


@given(st.one_of(st.text(), st.from_regex(r"\A[^@]{1,8}@[^@]{1,8}(\.[^@]{1,4})?\Z"), st.emails()))
def test_an_address_that_is_taken_stands_in_a_message(text: str) -> None:
    try:
        address = check_address(text)
    except UsageError:
        return
    sent = build(
        Rendered("Subject", "text\n", "<p>html</p>\n"),
        letterhead=letterhead(),
        delivery=delivery(recipient=address),
        edition=edition(),
    )
    assert address.rpartition("@")[0].encode() in sent


def test_wishes_become_fields() -> None:
    assert wishes(ALL_WISHES) == {
        "name": "Ada",
        "zone": "Europe/Berlin",
        "send_at": time(6, 30),
        "rhythm": parse_rhythm("weekly:fri"),
        "max_papers": 5,
        "min_score": 0.25,
        "empty": EmptyPolicy.NOTE,
        "interests": parse_all(ALL_WISHES["interests"]),
    }
    assert wishes(dict.fromkeys(ALL_WISHES)) == {}


BAD: dict[str, tuple[str, list[Any]]] = {
    "colour": ("unknown wish 'colour'", ["blue"]),
    "name": ("name must be a text", [7, ["Ada"], {}]),
    "zone": ("zone", ["Europe/Atlantis", "+02:00", 5, [], {}]),
    "send_at": ("send_at|time of day", ["25:00", "soon", 7, ["7"]]),
    "rhythm": ("rhythm|weekly", ["hourly", "weekly", 3, ["fri"], {"days": [1]}]),
    "max_papers": ("max_papers", [0, 101, -1, True, 2.0, "5", []]),
    "min_score": ("min_score", [-0.1, 1.1, True, "0.5", float("nan"), []]),
    "empty": ("empty", ["never", 1, [], {}]),
    "interests": ("interests|quote", ["diffusion", 7, [7], [["a"]], {"a": 1}, ['"open']]),
}


@pytest.mark.parametrize(
    ("wish", "words"), [({key: value}, words) for key, (words, values) in BAD.items() for value in values]
)
def test_a_wish_that_cannot_be_fulfilled_is_named(wish: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        wishes(wish)


def test_a_name_is_one_plain_line() -> None:
    assert wishes({"name": " Ada\r\nBcc: x@example.test\x00 \u202eevoL"})["name"] == "Ada Bcc: x@example.test evoL"


def test_who_joins_is_active_from_the_papers_of_the_last_day_on(store: Store) -> None:
    put(store, 1, now=NOW - timedelta(days=2))
    put(store, 2, now=NOW - timedelta(hours=1))
    added = add(store, READER, {"zone": "Europe/Berlin"}, {"zone": "UTC", "max_papers": 7}, NOW)
    assert (added.status, added.zone, added.max_papers, added.cutoff) == (
        SubscriberStatus.ACTIVE,
        "Europe/Berlin",
        7,
        1,
    )
    assert store.subscribers() == [added]
    with pytest.raises(UsageError, match="enrolled already"):
        add(store, READER.upper(), {}, {}, NOW)


def test_a_bad_wish_enrols_nobody(store: Store) -> None:
    with pytest.raises(UsageError):
        add(store, READER, {"zone": "nowhere"}, {}, NOW)
    assert store.subscribers() == []


def test_who_has_left_comes_back_only_by_name(store: Store) -> None:
    first = add(store, READER, {"max_papers": 3}, {}, NOW)
    remove(store, READER, NOW)
    calls: list[Callable[[], object]] = [
        lambda: find(store, READER),
        lambda: change(store, READER, {}, NOW),
        lambda: remove(store, READER, NOW),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="no subscriber"):
            call()
    with pytest.raises(UsageError, match="--again"):
        add(store, READER, {}, {}, NOW)
    back = add(store, READER, {}, {}, NOW, again=True)
    assert (back.id, back.status, back.max_papers) == (first.id, SubscriberStatus.ACTIVE, None)


@pytest.mark.parametrize(
    ("wish", "now", "due"),
    [
        ({"send_at": "10:00"}, "05-26 06:00", "05-26 10:00"),  # today's is to come: it comes later
        ({"send_at": "05:00"}, "05-26 06:00", "05-26 05:00"),  # the new hour is past: at once
        ({"send_at": "14:00"}, "05-25 12:00", "05-26 14:00"),  # today's has been made
        ({"send_at": "05:00"}, "05-25 12:00", "05-26 05:00"),
        ({"send_at": "05:00"}, "05-26 07:30", "05-26 05:00"),  # overdue already, and stays so
        ({"zone": "Asia/Tokyo"}, "05-25 12:00", "05-25 22:00"),
        ({"rhythm": "weekly:fri"}, "05-25 12:00", "05-29 07:00"),
        ({"max_papers": 3}, "05-25 12:00", "05-26 07:00"),
    ],
)
def test_a_change_moves_the_due_time(store: Store, wish: dict[str, Any], now: str, due: str) -> None:
    add(store, READER, {}, {}, NOW)
    publish(store, NOW)
    assert find(store, READER).next_due_at == at("05-26 07:00")
    changed = change(store, READER, wish, at(now))
    assert changed.next_due_at == at(due)
    assert find(store, READER) == changed


def test_more_days_may_begin_today(store: Store) -> None:
    add(store, READER, {"rhythm": "weekly:fri"}, {}, NOW)
    publish(store, NOW)
    assert change(store, READER, {"rhythm": "daily", "send_at": "9:00"}, NOW).next_due_at == at("05-25 09:00")


def test_the_due_time_of_a_newcomer_stays_open(store: Store) -> None:
    add(store, READER, {}, {}, NOW)
    assert change(store, READER, {"send_at": "10:00"}, NOW).next_due_at is None


def test_a_change_is_whole_or_not_at_all(store: Store) -> None:
    before = add(store, READER, {}, {}, NOW)
    with pytest.raises(UsageError):
        change(store, READER, {"max_papers": 3, "zone": "nowhere"}, NOW)
    assert find(store, READER) == before


def records(store: Store) -> list[dict[str, Any]]:
    return [as_record(subscriber) for subscriber in store.subscribers()]


def test_export_and_import_round(store: Store) -> None:
    add(store, READER, ALL_WISHES, {}, NOW)
    add(store, "plain@example.test", {}, {}, NOW)
    lines = [json.dumps(record) for record in records(store)]
    with scratch_store(None) as other:
        done = import_all(other, lines, {"zone": "Asia/Tokyo", "max_papers": 9}, NOW)
        assert (done.added, done.changed, done.skipped) == ([READER, "plain@example.test"], [], [])
        assert records(other)[0] == records(store)[0]
        again = import_all(other, lines, {}, NOW)
        assert (again.added, again.changed) == ([], [READER, "plain@example.test"])
        assert records(other)[0] == records(store)[0]


@pytest.mark.parametrize("until", [None, NOW + timedelta(days=9), datetime(2027, 1, 1, tzinfo=UTC)])
def test_who_is_paused_stays_so_in_another_house(store: Store, until: datetime | None) -> None:
    paused = managing.pause(store, add(store, READER, ALL_WISHES, {}, NOW), until, NOW)
    lines = [json.dumps(as_record(paused))]
    with scratch_store(None) as other:
        assert import_all(other, lines, {}, NOW).added == [READER]
        (moved,) = other.subscribers()
        assert (moved.status, moved.paused_until) == (SubscriberStatus.PAUSED, until)
        assert other.due(NOW) == []
        managing.unpause(other, moved, NOW)
        assert import_all(other, lines, {}, NOW).changed == [READER]
        assert other.subscribers()[0].status is SubscriberStatus.ACTIVE
    with scratch_store(None) as later:
        import_all(later, lines, {}, NOW + timedelta(days=400))
        assert (later.subscribers()[0].status is SubscriberStatus.PAUSED) == (until is None)


def test_bare_addresses_comments_and_blank_lines(store: Store) -> None:
    lines = ["\ufeffa@example.test\n", "\n", "# from the old list\n", "  b@example.test  \r\n"]
    done = import_all(store, lines, {"send_at": "05:00"}, NOW)
    assert (done.added, done.skipped) == (["a@example.test", "b@example.test"], [])
    assert [s.send_at for s in store.subscribers()] == [time(5), time(5)]


def test_a_bad_line_is_skipped_with_its_reason_and_stops_no_other(store: Store) -> None:
    add(store, "gone@example.test", {}, {}, NOW)
    remove(store, "gone@example.test", NOW)
    lines = [
        "gone@example.test",
        "no address",
        '{"address": "a@example.test"',
        '{"name": "Ada"}',
        '{"address": ["a@example.test"]}',
        '{"address": "a@example.test", "status": "gone"}',
        '{"address": "a@example.test", "status": "paused", "paused_until": "soon"}',
        '{"address": "a@example.test", "zone": 5}',
        '{"address": "a@example.test", "interests": "diffusion"}',
        '{"address": "a@example.test", "shoe_size": 42}',
        '{"a": ' * 100_000,
        "good@example.test",
    ]
    done = import_all(store, lines, {}, NOW)
    assert done.added == ["good@example.test"]
    assert [place for place, _ in done.skipped] == [f"line {n}" for n in range(1, 12)]
    no = "no address"
    reasons = ("left", "not a mail", "JSON", no, no, "gone", "moment", "zone", "interests", "shoe", "JSON")
    for (_, reason), word in zip(done.skipped, reasons, strict=True):
        assert word in reason
    gone = store.subscriber_by_address("gone@example.test")
    assert gone is not None
    assert gone.status is SubscriberStatus.GONE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
RECORD = st.dictionaries(
    st.sampled_from([*ALL_WISHES, "address", "status", "paused_until", "next_due_at"]), JSON, max_size=4
)
LINE = st.text() | st.builds(json.dumps, RECORD) | st.builds(lambda r: json.dumps({**r, "address": READER}), RECORD)


@given(st.lists(LINE, max_size=5))
def test_no_line_breaks_an_import(lines: list[str]) -> None:
    with scratch_store(None) as store:
        done = import_all(store, lines, {}, NOW)
        told = len(done.added) + len(done.changed) + len(done.skipped)
        assert told == sum(
            bool(ln.strip().lstrip("\ufeff")) and not ln.strip().lstrip("\ufeff").startswith("#") for ln in lines
        )
        assert len(store.subscribers()) == len(done.added)
        for subscriber in store.subscribers():
            with scratch_store(None) as other:
                assert import_all(other, [json.dumps(as_record(subscriber))], {}, NOW).skipped == []


@given(RECORD)
def test_wishes_never_break(raw: dict[str, Any]) -> None:
    with suppress(DigestError):
        assert set(wishes(raw)) <= set(ALL_WISHES)
