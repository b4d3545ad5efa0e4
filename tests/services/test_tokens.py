"""A link or a bounce address that was mailed to one person never stands for another one who has their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from digest.errors import TokenError
from digest.mail.links import edition_token, subscriber_token
from digest.mail.tokens import Purpose
from digest.mail.verp import bounce_token
from digest.services.tokens import delivery_of, edition_of, subscriber_of
from digest.storage.installation import DELIVERIES_BY_NUMBER
from tests.factories import NOW
from tests.services.parts import BOTH, KEYS, enrolled, publish, put

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.storage import Store

DATABASES = BOTH
TODAY = NOW.date()
OWN = (Purpose.MANAGE, Purpose.FEED)


def opened(store: Store, reader: Subscriber) -> list[str]:
    """Which of the links that were mailed to `reader` open something."""
    found = []
    for purpose in (*OWN, Purpose.UNSUBSCRIBE):
        try:
            assert subscriber_of(store, KEYS, purpose, subscriber_token(KEYS, purpose, reader)).id == reader.id
        except TokenError:
            continue
        found.append(purpose.value)
    try:
        assert edition_of(store, KEYS, edition_token(KEYS, reader, TODAY))[0].id == reader.id
    except TokenError:
        return found
    return [*found, "edition"]


def test_each_subscriber_gets_a_salt_and_keeps_it(store: Store) -> None:
    first, second = (enrolled(store, salt="") for _ in range(2))
    assert len(first.salt) == 32
    assert first.salt != second.salt
    assert store.subscriber(first.id).salt == first.salt
    store.update_subscriber(replace(first, name="Ada", salt="else"))
    store.remove_subscriber(first.id, NOW)
    assert store.add_subscriber(replace(first, salt="")).salt == first.salt
    store.erase_subscriber(first.id, NOW)
    assert opened(store, first) == ["manage", "feed", "unsubscribe", "edition"]


def test_whoever_gets_the_number_of_another_gets_none_of_their_links(store: Store) -> None:
    """After a backup was put back, or in another installation with the same key."""
    yvonne = enrolled(store, salt="")
    xaver = replace(yvonne, salt="ten thousand other words")
    assert opened(store, yvonne) == ["manage", "feed", "unsubscribe", "edition"]
    assert opened(store, xaver) == []
    assert opened(store, replace(yvonne, salt="")) == []  # nor do links that hold a number alone


def test_who_subscribed_before_there_were_salts_keeps_their_links(store: Store) -> None:
    reader = enrolled(store)
    with store._db.writing() as connection:
        connection.exec_driver_sql("UPDATE subscribers SET salt = ''")
    for purpose in (*OWN, Purpose.UNSUBSCRIBE):
        assert subscriber_of(store, KEYS, purpose, KEYS.token(purpose, reader.id)) == reader


def test_a_new_link_ends_all_old_ones_but_those_to_unsubscribe(store: Store) -> None:
    reader, other = enrolled(store), enrolled(store)
    store.new_link(reader.id)
    renewed = store.subscriber(reader.id)
    assert renewed.link_generation == 1
    assert opened(store, reader) == ["unsubscribe"]
    assert opened(store, renewed) == opened(store, other) == ["manage", "feed", "unsubscribe", "edition"]
    store.update_subscriber(reader)  # read before the new link was made
    assert opened(store, reader) == ["unsubscribe"]


def test_a_bounce_is_of_the_very_delivery_that_was_sent(store: Store) -> None:
    put(store, 1)
    enrolled(store)
    publish(store)
    (delivery,) = store.deliveries()
    assert delivery_of(store, KEYS, bounce_token(KEYS, delivery)) == delivery
    for other in (replace(delivery, message_id="<other@digest.test>"), replace(delivery, id=2**63)):
        with pytest.raises(TokenError):
            delivery_of(store, KEYS, bounce_token(KEYS, other))


def test_bounces_of_mail_that_was_sent_before_tokens_were_bound_still_count(store: Store) -> None:
    put(store, 1)
    enrolled(store), enrolled(store)
    publish(store)
    second, first = store.deliveries()
    store.note(DELIVERIES_BY_NUMBER, str(first.id))
    assert delivery_of(store, KEYS, KEYS.token(Purpose.BOUNCE, first.id)) == first
    with pytest.raises(TokenError):
        delivery_of(store, KEYS, KEYS.token(Purpose.BOUNCE, second.id))


def test_the_same_day_has_another_message_id_for_somebody_else_with_the_same_number(store: Store) -> None:
    put(store, 1)
    reader = enrolled(store)
    ids = set()
    for salt in ("one", "two"):
        with store._db.writing() as connection:
            connection.exec_driver_sql(f"UPDATE subscribers SET salt = '{salt}', cutoff = 0")
            for table in ("picks", "deliveries", "editions"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        store.update_subscriber(reader)
        publish(store)
        ids.add(store.deliveries()[0].message_id)
    assert len(ids) == 2


@pytest.mark.parametrize("token", ["", "a" * 40, "ä" * 40, "a" * 41, "7" * 40])
@pytest.mark.parametrize("purpose", [*OWN, Purpose.UNSUBSCRIBE])
def test_what_nobody_made_stands_for_nobody(store: Store, purpose: Purpose, token: str) -> None:
    with pytest.raises(TokenError):
        subscriber_of(store, KEYS, purpose, token)
    with pytest.raises(TokenError):
        edition_of(store, KEYS, token)
    with pytest.raises(TokenError):
        delivery_of(store, KEYS, token)
