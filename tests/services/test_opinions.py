"""A reader says what they think of a pick by the links in their mail, and takes it back."""

from __future__ import annotations

import pytest

from digest.errors import TokenError, UsageError
from digest.mail.links import edition_token
from digest.mail.tokens import Purpose
from digest.model import Opinion
from digest.services import opinions
from tests.factories import NOW, subscriber
from tests.services.parts import BOTH, DAY, KEYS, enrolled, publish, put

DATABASES = BOTH

DAY_BEFORE = (NOW - DAY).date()


@pytest.fixture
def mine(store):
    """An edition with two papers, its reader and its token."""
    put(store, 1, 2)
    enrolled(store)
    (made,) = publish(store)
    return made.edition, edition_token(KEYS, made.subscriber, made.edition.edition_date)


def said(store, edition):
    return {
        one.paper.key: one.opinion for one in store.feedback([edition.subscriber_id]).get(edition.subscriber_id, [])
    }


def test_the_last_word_on_a_paper_holds_and_can_be_taken_back(store, mine):
    edition, token = mine
    first, second = (pick.paper.key for pick in edition.picks)
    one = opinions.give(store, KEYS, token, 1, "more", NOW)
    assert (one.subscriber_id, one.paper.key, one.opinion, one.origin) == (edition.subscriber_id, first, "liked", "web")
    opinions.give(store, KEYS, token, 1, "less", NOW + DAY, origin="mail")
    opinions.give(store, KEYS, token, 2, "more", NOW)
    assert said(store, edition) == {first: Opinion.DISLIKED, second: Opinion.LIKED}
    assert opinions.said_of(store, edition) == said(store, edition)
    assert [opinions.take_back(store, KEYS, token, 1) for _ in range(2)] == [True, False]
    assert opinions.said_of(store, edition) == {second: Opinion.LIKED}


@pytest.mark.parametrize(("rank", "opinion"), [(0, "more"), (3, "more"), (-1, "less"), (1, "most"), (1, "")])
def test_there_is_no_such_pick_or_opinion(store, mine, rank, opinion):
    with pytest.raises(UsageError):
        opinions.give(store, KEYS, mine[1], rank, opinion, NOW)
    assert said(store, mine[0]) == {}


def test_only_the_token_of_an_edition_opens_it(store, mine):
    for purpose in set(Purpose) - {Purpose.EDITION}:
        with pytest.raises(TokenError):
            opinions.give(store, KEYS, KEYS.token(purpose, mine[0].id), 1, "more", NOW)
    with pytest.raises(TokenError):
        opinions.give(store, KEYS, edition_token(KEYS, subscriber(id=10**9), NOW.date()), 1, "more", NOW)
    with pytest.raises(UsageError, match="not kept"):
        opinions.give(
            store, KEYS, edition_token(KEYS, subscriber(id=mine[0].subscriber_id), DAY_BEFORE), 1, "more", NOW
        )
    with pytest.raises(TokenError, match="any day"):
        opinions.give(store, KEYS, KEYS.token(Purpose.EDITION, 1 << 24), 1, "more", NOW)


@pytest.mark.parametrize("go", ["remove_subscriber", "erase_subscriber"])
def test_nothing_is_kept_of_who_has_left(store, mine, go):
    getattr(store, go)(mine[0].subscriber_id, NOW)
    with pytest.raises(UsageError):
        opinions.give(store, KEYS, mine[1], 1, "more", NOW)
    with pytest.raises(UsageError):
        opinions.take_back(store, KEYS, mine[1], 1)
    assert said(store, mine[0]) == {}
