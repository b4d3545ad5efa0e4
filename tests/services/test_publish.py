"""Publishing: when an edition is made, what is in it, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from digest.editions.compose import Limits
from digest.editions.timetable import parse_rhythm
from digest.model import Block, DeliveryStatus, Edition, EmptyPolicy, Snapshot, SubscriberStatus
from digest.ranking.query import parse_all
from digest.services import enrol
from digest.services.look import ingest
from digest.services.publish import Batches, draft, left_out
from tests.factories import NOW, subscriber
from tests.services.parts import (
    RANKER,
    RULES,
    Clock,
    Relay,
    at,
    deliver,
    enrolled,
    key,
    keys,
    listed,
    publish,
    put,
)

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.storage import Store


REPLACED = (
    b"<?xml version='1.0'?><rss xmlns:arxiv='http://arxiv.org/schemas/atom' version='2.0'><channel>"
    b"<title>cs.AI updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.AI</link>"
    b"<item><title>Paper number 1</title><link>https://arxiv.org/abs/2605.00001</link>"
    b"<guid isPermaLink='false'>oai:arXiv.org:2605.00001v2</guid>"
    b"<description>arXiv:2605.00001v2 Announce Type: replace \nAbstract: Short.</description>"
    b"<arxiv:announce_type>replace</arxiv:announce_type></item></channel></rss>"
)


def after(store: Store, subscriber: Subscriber) -> Subscriber:
    """The subscriber as stored now."""
    return store.subscriber(subscriber.id)


def made(store: Store, subscriber: Subscriber) -> list[Edition]:
    """All editions of a subscriber, oldest first."""
    return store.editions(subscriber.id)[::-1]


def test_the_first_edition_is_made_at_once_if_the_hour_is_past(store: Store) -> None:
    put(store, 1, 2)
    reader = enrolled(store, send_at=time(7, 0))
    (one,) = publish(store, NOW)
    assert (one.edition.edition_date, keys(one.edition)) == (date(2026, 5, 25), [key(2), key(1)])
    assert after(store, reader).next_due_at == at("05-26 07:00")
    assert after(store, reader).cutoff == 1
    assert publish(store, NOW) == []


def test_the_first_edition_waits_for_the_hour_of_today(store: Store) -> None:
    put(store, 1)
    reader = enrolled(store, send_at=time(9, 30))
    assert publish(store, NOW) == []
    assert after(store, reader).next_due_at == at("05-25 09:30")
    assert publish(store, at("05-25 09:29")) == []
    (one,) = publish(store, at("05-25 09:30"))
    assert one.edition.edition_date == date(2026, 5, 25)


def test_the_edition_and_its_delivery_belong_together(store: Store) -> None:
    put(store, 1)
    reader = enrolled(store)
    (one,) = publish(store, NOW)
    (delivery,) = store.deliveries()
    assert one.delivery is not None
    assert (delivery.edition_id, delivery.recipient, delivery.status) == (
        one.edition.id,
        reader.address,
        DeliveryStatus.PENDING,
    )
    assert (delivery.due_at, delivery.expires_at) == (NOW, NOW + RULES.life)
    assert delivery.message_id == one.delivery.message_id
    assert delivery.message_id.endswith("@digest.test>")
    assert store.edition(one.edition.id) == one.edition


def test_the_date_is_that_of_the_subscriber(store: Store) -> None:
    put(store, 1)
    enrolled(store, zone="Pacific/Auckland", send_at=time(7, 0))
    enrolled(store, zone="America/Los_Angeles", send_at=time(7, 0))
    dates = [p.edition.edition_date for p in publish(store, at("05-25 20:00"))]
    assert dates == [date(2026, 5, 26), date(2026, 5, 25)]


def test_a_weekly_reader_gets_the_whole_week_on_that_day(store: Store) -> None:
    reader = enrolled(store, rhythm=parse_rhythm("weekly:fri"))
    for day in range(25, 32):
        put(store, day, now=at(f"05-{day} 06:00"))
        publish(store, at(f"05-{day} 08:00"))
    (edition,) = made(store, reader)
    assert edition.edition_date == date(2026, 5, 29)
    assert sorted(keys(edition)) == [key(n) for n in range(25, 30)]
    assert after(store, reader).next_due_at == at("06-05 07:00")


def test_missed_days_give_one_edition(store: Store) -> None:
    reader = enrolled(store)
    put(store, 1)
    publish(store, NOW)
    for day in range(26, 30):
        put(store, day, now=at(f"05-{day} 06:00"))
    (one,) = publish(store, at("05-29 22:00"))
    assert one.edition.edition_date == date(2026, 5, 29)
    assert sorted(keys(one.edition)) == [key(n) for n in range(26, 30)]
    assert after(store, reader).next_due_at == at("05-30 07:00")


def test_a_run_before_the_hour_makes_up_for_yesterday(store: Store) -> None:
    reader = enrolled(store)
    put(store, 1)
    publish(store, NOW)
    put(store, 2, now=at("05-26 06:00"))
    dates = [p.edition.edition_date for now in ("05-27 06:59", "05-27 07:00") for p in publish(store, at(now))]
    assert dates == [date(2026, 5, 26), date(2026, 5, 27)]
    assert [keys(e) for e in made(store, reader)] == [[key(1)], [key(2)], []]


@pytest.mark.parametrize(("empty", "mails"), [(EmptyPolicy.SKIP, 0), (EmptyPolicy.NOTE, 1)])
def test_an_empty_day_moves_the_cutoff_all_the_same(store: Store, empty: EmptyPolicy, mails: int) -> None:
    reader = enrolled(store, empty=empty, interests=parse_all(["zeppelins"]))
    put(store, 1)
    (one,) = publish(store, NOW)
    assert (one.edition.picks, one.edition.looked_at, one.edition.left_out) == ((), 1, 1)
    assert (one.delivery is not None, len(store.deliveries())) == (mails == 1, mails)
    assert (after(store, reader).cutoff, after(store, reader).next_due_at) == (1, at("05-26 07:00"))


def test_a_day_without_snapshots_is_an_empty_day(store: Store) -> None:
    enrolled(store, empty=EmptyPolicy.NOTE)
    assert [p.edition.looked_at for p in publish(store, NOW)] == [0]
    assert [p.edition.looked_at for p in publish(store, at("05-26 08:00"))] == [0]


def test_the_wishes_of_the_subscriber_go_before_the_defaults(store: Store) -> None:
    fields = ("France", "Japan", "Brazil", "Kenya", "Norway")
    words = [{"title": f"Zeppelins over zeppelin fields of {field}", "summary": "Zeppelins."} for field in fields]
    put(
        store,
        *(listed(n, **told) for n, told in enumerate(words, 1)),
        listed(6, summary="Once a zeppelin is named in passing."),
    )
    interests = parse_all(["zeppelins"])
    few = enrolled(store, max_papers=2, interests=interests)
    none = enrolled(store, min_score=1.0, interests=parse_all(["zeppelins", "dirigibles"]))
    all_of_them = enrolled(store, min_score=0.0, interests=interests)
    counts = {p.subscriber.id: len(p.edition.picks) for p in publish(store)}
    assert counts == {few.id: 2, none.id: 0, all_of_them.id: 6}


def test_an_excluded_paper_is_in_no_edition(store: Store) -> None:
    put(store, listed(1, title="A survey of surveys"), listed(2, title="A method"))
    reader = enrolled(store, interests=parse_all(["-survey"]))
    publish(store)
    assert [keys(e) for e in made(store, reader)] == [[key(2)]]


def replaced(store: Store, mode: str, **fields: Any) -> list[tuple[Block, str, int]]:
    """The picks of the day on which paper 1 (sent) and 2 (not sent) have new versions and paper 3 is new."""
    rules = replace(RULES, replacements=mode)
    reader = enrolled(store, **{"max_papers": 1, **fields})
    put(store, listed(1, version=1, upvotes=9), listed(2, version=1, upvotes=1))
    publish(store, NOW, rules)
    put(store, listed(1, version=2, upvotes=9), listed(2, version=2, upvotes=1), 3, now=at("05-26 06:00"))
    publish(store, at("05-26 08:00"), rules)
    latest = made(store, reader)[-1]
    return [(pick.block, pick.paper.key, pick.paper.revision) for pick in latest.picks]


@pytest.mark.parametrize(("mode", "told"), [("never", []), ("sent", [1]), ("always", [1, 2])])
def test_new_versions_are_told_by_the_rule_of_the_house(store: Store, mode: str, told: list[int]) -> None:
    versions = [(Block.REVISED, key(n), 2) for n in told]
    assert replaced(store, mode) == [(Block.TRENDING, key(3), 0), *versions]


def test_a_version_is_told_once(store: Store) -> None:
    assert replaced(store, "sent")[1:] == [(Block.REVISED, key(1), 2)]
    put(store, listed(1, version=2, upvotes=12), now=at("05-27 06:00"))
    (one,) = publish(store, at("05-27 08:00"))
    assert one.edition.picks == ()


def test_a_version_that_went_out_at_the_operators_word_is_not_told_again(store: Store) -> None:
    rules, clock = replace(RULES, replacements="always"), Clock(at("05-26 08:00"))
    put(store, listed(1, version=1))
    reader = enrolled(store)
    publish(store, NOW, rules)
    deliver(store, Relay(), Clock(NOW))
    put(store, listed(1, version=2), now=at("05-26 06:00"))
    publish(store, clock(), rules)
    second = store.deliveries(limit=1)[0]
    assert store.expire(second.expires_at) == 1
    assert store.requeue(second.id, second.expires_at, second.expires_at + timedelta(hours=20))
    clock.now = second.expires_at
    relay = Relay()
    deliver(store, relay, clock)
    assert relay.recipients == [reader.address]
    (third,) = publish(store, at("05-27 08:00"), rules)
    assert third.edition.picks == ()


def test_a_new_version_of_an_excluded_paper_is_not_told(store: Store) -> None:
    put(store, listed(1, version=1, title="A survey"), listed(2, version=1, title="A method"))
    reader = enrolled(store)
    publish(store)
    enrol.change(store, reader.address, {"interests": ["-survey"]}, NOW)
    put(store, listed(1, version=2, title="A survey"), listed(2, version=2, title="A method"), now=at("05-26 06:00"))
    for mode in ("always", "sent"):
        again, ours = after(store, reader), replace(RULES, replacements=mode)
        scored = draft(store, Batches(store, RANKER), ours, again, again.profile, 2, NOW)
        assert keys(scored) == [key(2)], mode


def test_what_is_listed_again_is_not_new(store: Store) -> None:
    put(store, listed(1, version=1))
    reader = enrolled(store)
    publish(store)
    put(store, listed(1, version=1, upvotes=40), 2, now=at("05-26 06:00"))
    publish(store, at("05-26 08:00"))
    assert [keys(e) for e in made(store, reader)] == [[key(1)], [key(2)]]


def test_a_paper_known_by_its_replacement_only_is_new_when_it_is_listed(store: Store) -> None:
    reader = enrolled(store)
    ingest(store, Snapshot("arxiv", NOW, REPLACED, "rss.xml"))
    publish(store)
    put(store, 1, now=at("05-26 06:00"))
    publish(store, at("05-26 08:00"))
    assert [keys(e) for e in made(store, reader)] == [[], [key(1)]]


def test_who_joins_late_gets_the_last_day_and_no_more(store: Store) -> None:
    for day in (22, 23, 24):
        put(store, day, now=at(f"05-{day} 09:00"))
    put(store, 25, now=at("05-25 06:00"))
    enrol.add(store, "late@example.test", {}, {}, NOW)
    (one,) = publish(store)
    assert sorted(keys(one.edition)) == [key(24), key(25)]


def test_a_pause_ends_by_itself_and_loses_nothing(store: Store) -> None:
    clock = Clock()
    reader = enrolled(store)
    put(store, 1)
    publish(store, clock())
    away = replace(after(store, reader), status=SubscriberStatus.PAUSED, paused_until=at("05-28 00:00"))
    store.update_subscriber(away)
    for n in (2, 3, 4):
        put(store, n, now=clock.turn(days=1))
        publish(store, clock())
    assert [(e.edition_date.day, sorted(keys(e))) for e in made(store, reader)] == [
        (25, [key(1)]),
        (28, [key(n) for n in (2, 3, 4)]),
    ]
    assert after(store, reader).status is SubscriberStatus.ACTIVE


@pytest.mark.parametrize("status", [SubscriberStatus.PENDING, SubscriberStatus.PAUSED])
def test_only_active_subscribers_get_editions(store: Store, status: SubscriberStatus) -> None:
    put(store, 1)
    enrolled(store, status=status)
    assert publish(store) == []


def test_who_has_left_gets_nothing_and_what_waits_is_cancelled(store: Store) -> None:
    reader = enrolled(store)
    put(store, 1)
    publish(store)
    enrol.remove(store, reader.address, NOW)
    put(store, 2, now=at("05-26 06:00"))
    assert publish(store, at("05-26 08:00")) == []
    assert [d.status for d in store.deliveries()] == [DeliveryStatus.CANCELLED]


def test_who_comes_back_is_not_sent_the_same_again(store: Store) -> None:
    reader = enrolled(store)
    put(store, 1, now=at("05-25 06:00"))
    publish(store)
    assert deliver(store, Relay(), Clock()).outcomes == {DeliveryStatus.ACCEPTED: 1}
    enrol.remove(store, reader.address, NOW)
    enrol.add(store, reader.address, {}, {}, NOW + timedelta(minutes=1), again=True)
    assert publish(store, NOW + timedelta(minutes=2)) == []  # the edition of today was made before
    put(store, 2, now=at("05-26 06:00"))
    publish(store, at("05-26 08:00"))
    assert [keys(e) for e in made(store, reader)] == [[key(1)], [key(2)]]


def test_what_nobody_could_deliver_is_in_the_next_edition(store: Store) -> None:
    reader = enrolled(store)
    put(store, 1, now=at("05-25 06:00"))
    publish(store)
    assert store.expire(NOW + RULES.life) == 1
    put(store, 2, now=at("05-26 06:00"))
    publish(store, at("05-26 08:00"))
    assert [keys(e) for e in made(store, reader)] == [[key(1)], [key(2), key(1)]]


def test_what_was_left_out_is_told_best_first(store: Store) -> None:
    put(store, *range(1, 6))
    reader = enrolled(store, max_papers=2)
    batches = Batches(store, RANKER)
    edition = draft(store, batches, RULES, reader, reader.profile, store.last_snapshot(), NOW)
    scored = batches.index((0, 1)).rank(reader.profile)
    assert keys(edition) == [key(5), key(4)]
    assert [s.paper.key for s in left_out(scored, edition)] == [key(3), key(2), key(1)]


def test_the_limits_of_the_house_hold_where_a_reader_has_no_wish() -> None:
    house = Limits(max_papers=7, min_score=0.25, also_trending=2, max_revised=3)
    rules = replace(RULES, limits=house)
    assert rules.limits_for(subscriber()) == house
    assert rules.limits_for(subscriber(max_papers=1, min_score=0.0)) == replace(house, max_papers=1, min_score=0.0)
