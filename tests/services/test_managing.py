"""By their link subscribers pause, mute and see what was learned; the day after is always the right one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import QueryError, StorageError, TokenError, UsageError
from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.model import InterestKind, Opinion, SubscriberStatus
from digest.ranking.query import MAX_INTERESTS, parse
from digest.services import enrol, managing, tokens
from digest.storage import open_store, scratch_store
from tests.factories import NOW
from tests.services.parts import BOTH, DAY, KEYS, RANKER, at, enrolled, key, keys, publish, put, say

DATABASES = BOTH

PAUSED, ACTIVE = SubscriberStatus.PAUSED, SubscriberStatus.ACTIVE


def interests(store, subscriber):
    return [str(one) for one in store.subscriber(subscriber.id).interests]


def subscriber_of(store, purpose, token):
    """Whom a link stands for, if they are still here."""
    return managing.present(store, tokens.subscriber_of(store, KEYS, purpose, token).id)


@pytest.mark.parametrize("purpose", [Purpose.MANAGE, Purpose.FEED, Purpose.UNSUBSCRIBE])
def test_a_link_stands_for_its_subscriber_and_for_nothing_else(store, purpose):
    reader = enrolled(store)
    assert subscriber_of(store, purpose, subscriber_token(KEYS, purpose, reader)) == reader
    for other in set(Purpose) - {purpose}:
        with pytest.raises(TokenError):
            subscriber_of(store, purpose, subscriber_token(KEYS, other, reader))


def test_a_link_of_who_left_or_never_was_says_that_it_is_over(store):
    left, erased = enrolled(store), enrolled(store)
    store.remove_subscriber(left.id, NOW)
    store.erase_subscriber(erased.id, NOW)
    for reader in (left, erased):
        with pytest.raises(UsageError, match="has ended"):
            subscriber_of(store, Purpose.MANAGE, subscriber_token(KEYS, Purpose.MANAGE, reader))
    with pytest.raises(TokenError):
        subscriber_of(store, Purpose.MANAGE, KEYS.token(Purpose.MANAGE, 10**9))


def test_a_broken_store_is_no_ended_subscription(file_url, tmp_path):
    with open_store(file_url) as store:
        reader = enrolled(store)
        (tmp_path / "digest.db").write_bytes(b"no database at all" * 1000)
        for rest in tmp_path.glob("digest.db-*"):
            rest.unlink()
    with pytest.raises(StorageError), open_store(file_url) as store:
        managing.present(store, reader.id)


def test_a_pause_stops_what_waits_and_every_day_until_its_end(store):
    put(store, 1)
    reader = enrolled(store)
    publish(store)
    put(store, 2, now=at("05-26 01:00"))
    until = at("05-28 12:00")
    paused = managing.pause(store, reader, until, NOW)
    assert (paused.status, paused.paused_until) == (PAUSED, until)
    assert paused == store.subscriber(reader.id)
    assert [publish(store, at(f"05-{day} 08:00")) for day in (26, 27, 28)] == [[], [], []]


@pytest.mark.parametrize(
    ("until", "due"),
    [
        ("05-28 00:00", "05-28 07:00"),
        ("05-28 07:00", "05-28 07:00"),
        ("05-28 07:01", "05-29 07:00"),
    ],
)
def test_the_day_after_a_pause_comes_at_its_hour_and_covers_what_was_missed(store, until, due):
    put(store, 1)
    reader = enrolled(store)
    publish(store)
    before = store.subscriber(reader.id).cutoff
    put(store, 2, now=at("05-26 01:00"))
    managing.pause(store, reader, at(until), NOW)
    assert until == due or publish(store, at(until)) == []
    edition = publish(store, at(due))[0].edition
    assert edition.edition_date.isoformat() == f"2026-{due[:5]}"
    assert (edition.from_snapshot, keys(edition)) == (before, [key(2)])
    assert store.subscriber(reader.id).next_due_at == at(due) + DAY


def test_another_hour_chosen_in_a_pause_counts_from_its_end(store):
    put(store, 1)
    reader = enrolled(store)
    publish(store)
    managing.pause(store, reader, at("05-28 12:00"), NOW)
    changed = enrol.change(store, reader.address, {"send_at": "21:00"}, at("05-26 10:00"))
    assert (changed.status, changed.next_due_at) == (PAUSED, at("05-28 21:00"))


@pytest.mark.parametrize("until", [None, at("06-20 12:00")])
@pytest.mark.parametrize(
    ("back", "due"),
    [("05-25 12:00", "05-26 07:00"), ("05-28 06:00", "05-28 07:00"), ("05-28 09:00", "")],
)
def test_who_resumes_early_gets_the_next_edition_in_its_time(store, until, back, due):
    put(store, 1)
    reader = enrolled(store)
    publish(store)
    managing.pause(store, reader, until, NOW)
    resumed = managing.unpause(store, reader, at(back))
    assert (resumed.status, resumed.paused_until) == (ACTIVE, None)
    # Late in the day, today's edition still comes if it was to come; a pause with an end has moved it on.
    late = at("05-28 07:00") if until is None else at("05-29 07:00")
    assert resumed.next_due_at == (at(due) if due else late)
    assert managing.unpause(store, reader, at(back)) == resumed


def test_a_newcomer_may_pause_before_the_first_edition(store):
    reader = enrolled(store)
    assert managing.pause(store, reader, NOW + DAY, NOW).next_due_at is None
    assert managing.unpause(store, reader, NOW).next_due_at is None


@pytest.mark.parametrize("until", [NOW, NOW - DAY, NOW + timedelta(days=367)])
def test_a_pause_ends_in_the_future_and_within_a_year(store, until):
    reader = enrolled(store)
    with pytest.raises(UsageError, match="a pause"):
        managing.pause(store, reader, until, NOW)
    assert store.subscriber(reader.id) == reader


def test_who_has_left_can_change_nothing(store):
    reader = enrolled(store)
    store.remove_subscriber(reader.id, NOW)
    for change in (
        lambda: managing.pause(store, reader, None, NOW),
        lambda: managing.unpause(store, reader, NOW),
        lambda: managing.mute(store, reader, "survey", NOW),
        lambda: managing.drop_interest(store, reader, "survey", NOW),
    ):
        with pytest.raises(UsageError):
            change()


@pytest.mark.parametrize(
    ("term", "written"),
    [
        ("survey", "-survey"),
        (" -Survey ", "-Survey"),
        ("large language models", '-"large language models"'),
        ('say "cheese" now', '-"say cheese now"'),
        ("author:Hopper", "-author:Hopper"),
        ('author:"Grace Hopper"', '-author:"Grace Hopper"'),
        ("survey^0.3", "-survey"),
        ("http://example.org/x", '-"http://example.org/x"'),
        ("a, b", '-"a, b"'),
    ],
)
def test_a_term_is_muted_once(store, term, written):
    reader = enrolled(store, interests=parse("diffusion"))
    muted = [managing.mute(store, reader, term, NOW) for _ in range(2)]
    assert [str(one) for one in muted] == [written] * 2
    assert interests(store, reader) == ["diffusion", written]
    assert all(one.hides for one in muted)


def test_a_mute_makes_a_weak_exclusion_whole_and_leaves_an_interest_as_it_is(store):
    reader = enrolled(store, interests=parse("survey, -agents^0.5"))
    for term in ("survey", "agents"):
        managing.mute(store, reader, term, NOW)
    assert interests(store, reader) == ["survey", "-agents", "-survey"]
    assert [managing.drop_interest(store, reader, "-survey", NOW) for _ in range(2)] == [True, False]
    assert interests(store, reader) == ["survey", "-agents"]


@pytest.mark.parametrize("term", ["", " ", "-", '"', "...", "x" * 300])
def test_what_cannot_be_looked_for_is_not_muted(store, term):
    reader = enrolled(store)
    with pytest.raises(QueryError):
        managing.mute(store, reader, term, NOW)
    assert interests(store, reader) == []


def test_more_than_so_many_are_not_muted(store):
    reader = enrolled(store, interests=parse(", ".join(f"word{n}" for n in range(MAX_INTERESTS))))
    with pytest.raises(QueryError, match="more than"):
        managing.mute(store, reader, "survey", NOW)


@given(st.text(max_size=250))
def test_whatever_is_muted_reads_back_as_one_exclusion(term):
    with scratch_store(None) as store:
        reader = enrolled(store)
        try:
            muted = managing.mute(store, reader, term, NOW)
        except QueryError:
            assert interests(store, reader) == []
            return
        assert parse(str(muted)) == (muted,)
        assert store.subscriber(reader.id).interests == (muted,)
        assert muted.hides


def test_what_was_learned_is_shown_by_interest_and_by_paper(store):
    put(store, *range(1, 30))
    reader = enrolled(store, interests=parse('diffusion^2, "matter at hand", author:Hopper, -survey'))
    store.keep_expansions(29, {"diffusion": {"score": 0.8, "noise": 0.6}, "survey": {"review": 1.0}})
    say(store, reader, 1, 2)
    say(store, reader, 3, opinion=Opinion.DISLIKED)
    found = managing.learned(store, RANKER, reader)
    assert [one.paper.key for one in found.liked] == [key(2), key(1)]
    assert [one.paper.key for one in found.disliked] == [key(3)]
    assert dict(found.words) == {"diffusion^2": (("score", 0.8), ("noise", 0.6))}
    assert found.by_meaning is False


def test_of_somebody_new_nothing_was_learned(store):
    reader = enrolled(store, interests=parse("diffusion"))
    assert managing.learned(store, RANKER, reader) == managing.Learned((), (), {})


def test_a_word_is_muted_as_a_word_and_several_as_a_phrase(store):
    reader = enrolled(store)
    assert managing.mute(store, reader, "survey", NOW).kind is InterestKind.WORDS
    assert managing.mute(store, reader, "case study", NOW).kind is InterestKind.PHRASE
