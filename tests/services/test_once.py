"""Whatever comes when: every paper reaches a subscriber once, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.editions.timetable import parse_rhythm
from digest.model import Block
from digest.ranking.query import parse_all
from digest.services import enrol
from digest.storage import scratch_store
from tests.services.parts import RULES, Clock, enrolled, key, listed, publish, put

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.storage import Store

ACTS = st.sampled_from(["leave", "back", "change", "nothing"])
NUMBERS = st.integers(1, 12)
LISTED = st.tuples(NUMBERS, st.integers(1, 3), st.integers(0, 50))
STEP = st.tuples(st.lists(LISTED, max_size=6), st.integers(0, 40), st.booleans())
"""Papers as (number, version, upvotes); hours that pass; whether the run is missed."""


def ledger(store: Store, reader: Subscriber, *blocks: Block) -> Counter[str]:
    """How often a reader got each paper in one of these blocks."""
    editions = store.editions(reader.id, 1000)
    return Counter(pick.paper.key for e in editions for pick in e.picks if pick.block in blocks)


def told(store: Store, reader: Subscriber) -> dict[str, list[int]]:
    """The revisions of each paper that a reader was sent, in the order of the editions."""
    revisions: dict[str, list[int]] = {}
    for edition in reversed(store.editions(reader.id, 1000)):
        for pick in edition.picks:
            revisions.setdefault(pick.paper.key, []).append(pick.paper.revision)
    return revisions


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, max_size=6), st.sampled_from(["daily", "weekdays", "weekly:sun+wed"]))
def test_every_paper_once(steps: list[tuple[list[tuple[int, int, int]], int, bool]], rhythm: str) -> None:
    clock, rules = Clock(), replace(RULES, replacements="sent")
    with scratch_store(None) as store:
        plain = enrolled(store)
        rare = enrolled(store, rhythm=parse_rhythm(rhythm), zone="Asia/Kathmandu")
        keen = enrolled(store, interests=parse_all(["paper", "case", "-7"]), max_papers=2)
        seen: set[int] = set()
        for papers, hours, missed in steps:
            put(store, *(listed(n, version=v, upvotes=u) for n, v, u in papers), now=clock())
            seen |= {n for n, _, _ in papers}
            if not missed:
                publish(store, clock(), rules)
            clock.turn(hours=hours)
        for days in (8, 1, 7):  # at the first tick of all, a newcomer may have to wait for the hour
            publish(store, clock.turn(days=days), rules)
        everything = dict.fromkeys((key(n) for n in seen), 1)
        assert ledger(store, plain, Block.TRENDING) == everything
        assert ledger(store, rare, Block.TRENDING) == everything
        few = ledger(store, keen, Block.RANKED)
        assert set(few.values()) <= {1}
        assert few.keys() <= everything.keys() - {key(7)}
        for reader in (plain, rare, keen):
            for revisions in told(store, reader).values():
                assert revisions == sorted(set(revisions))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sets(NUMBERS, max_size=4), st.sampled_from(["leave", "back", "pause", "tick"])), max_size=8)
)
def test_leaving_and_coming_back_brings_nothing_twice(steps: list[tuple[set[int], str]]) -> None:
    clock = Clock()
    with scratch_store(None) as store:
        reader = enrolled(store)
        for numbers, act in steps:
            put(store, *numbers, now=clock())
            known = store.subscriber_by_address(reader.address.upper())
            assert known is not None
            if act == "leave" and known.status != "gone":
                enrol.remove(store, reader.address, clock())
            if act == "back" and known.status == "gone":
                enrol.add(store, reader.address, {}, {}, clock(), again=True)
            if act == "change" and known.status == "active":
                enrol.change(store, reader.address, {"send_at": f"{len(numbers):02}:00"}, clock())
            publish(store, clock())
            clock.turn(hours=13)
        assert set(ledger(store, reader, *Block).values()) <= {1}
