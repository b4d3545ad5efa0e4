"""Several processes let strangers in at once: no cap is passed, and of many clicks one counts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.errors import StorageError
from digest.model import DeliveryKind, DeliveryStatus, SubscriberStatus, TurnedAway
from digest.storage import open_store
from tests.factories import NOW
from tests.storage.joining import LIFE, NO_CAPS, ask, confirmation, demand, letter, newcomer
from tests.storage.steps import LEASE, enrol
from tests.storage.test_concurrency import WORKERS, at_once

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.storage import Store

MINUTE = timedelta(minutes=1)


def test_no_cap_is_passed_together(url: str) -> None:
    caps = replace(NO_CAPS, block_hour=7)

    def work(worker: int) -> list[TurnedAway | None]:
        with open_store(url) as store:
            return [_ask(store, worker * 10 + n) for n in range(5)]

    def _ask(store: Store, number: int) -> TurnedAway | None:
        address = f"a{number}@d{number}.test"
        asked = confirmation(id=number, address=address)
        return store.ask(demand(address), caps, letter(to=address, message_id=f"<{number}>"), asked)

    told = [why for share in at_once(work) for why in share]
    assert (told.count(None), told.count(TurnedAway.BLOCK)) == (7, 5 * WORKERS - 7)
    with open_store(url) as store:
        assert (store.demands_since(NOW), store.open_confirmations(NOW), len(store.deliveries())) == (7, 7, 7)
        assert store.turned_away(NOW) == [(NOW, TurnedAway.BLOCK, 5 * WORKERS - 7)]


def test_of_many_clicks_one_confirms(url: str) -> None:
    with open_store(url) as store:
        asked, _ = ask(store)

    def work(worker: int) -> Subscriber | None:
        with open_store(url) as store:
            return store.confirm(asked.id, newcomer(name=f"click {worker}"), NOW, f"place {worker}")

    [person] = [won for won in at_once(work) if won is not None]
    with open_store(url) as store:
        assert store.subscribers() == [person]
        assert [proof.confirmed_from[-1] for proof in store.consents(person.id)] == [person.name[-1]]


def test_of_many_requests_of_one_address_one_is_confirmed(url: str) -> None:
    with open_store(url) as store:
        requests = [ask(store)[0] for _ in range(WORKERS)]
        at_once(lambda n: store.confirm(requests[n].id, newcomer(), NOW, ""))
        [person] = store.subscribers()
        assert len(store.consents(person.id)) == 1
        assert store.counts()["subscribers_pending"] == 0
        assert store.claim(NOW, LEASE, 99, "w") == []


def test_the_operator_adds_somebody_who_just_says_yes(url: str) -> None:
    with open_store(url) as store:
        requests = [ask(store, f"a{n}@example.test")[0] for n in range(8)]

        def work(worker: int) -> None:
            for number, asked in enumerate(requests):
                person = newcomer(f"a{number}@example.test")
                if worker:
                    assert store.confirm(asked.id, person, NOW, "") is not None
                elif store.subscriber_by_address(person.address) is None:
                    _add(person)

        def _add(person: Subscriber) -> None:
            with suppress(StorageError):  # They said yes a moment before.
                store.add_subscriber(person)

        at_once(work, 2)
        assert len(store.subscribers()) == 8


def test_a_yes_while_requests_are_purged_is_kept_or_refused(url: str) -> None:
    with open_store(url) as store:
        requests = [ask(store, f"a{n}@example.test", expires_at=NOW + n * MINUTE)[0] for n in range(1, 13)]

        def work(worker: int) -> list[Subscriber | None]:
            if worker == 0:
                for n in range(13):
                    store.purge_joining(NOW + n * MINUTE)
                return []
            return [store.confirm(asked.id, newcomer(asked.address), NOW, "") for asked in requests]

        _, told = at_once(work, 2)
        for asked, person in zip(requests, told, strict=True):
            assert (store.confirmation(asked.id) is None) == (person is None)
        assert len(store.subscribers()) == len([person for person in told if person is not None])


def test_answers_are_counted_one_at_a_time(url: str) -> None:
    with open_store(url) as store:
        posted = at_once(lambda _: store.post(letter(DeliveryKind.ANSWER), 2, NOW - LIFE))
        assert sorted(posted) == [False] * (WORKERS - 2) + [True] * 2
        assert len(store.deliveries()) == 2


def test_erasing_somebody_who_is_written_to_and_comes_back(url: str) -> None:
    """Nobody waits for anybody in a circle, and nothing waits for who was erased."""
    with open_store(url) as store:
        people = [enrol(store, address=f"a{n}@example.test", status=SubscriberStatus.PAUSED) for n in range(6)]
        for person in people:
            store.remove_subscriber(person.id, NOW)
            ask(store, person.address)
        requests = {d.recipient: d.confirmation_id or 0 for d in store.deliveries()}

        def work(worker: int) -> None:
            for person in people:
                if worker == 0:
                    store.erase_subscriber(person.id, NOW)
                elif worker == 1:
                    store.confirm(requests[person.address], newcomer(person.address), NOW, "")
                else:
                    store.claim(NOW, LEASE, 2, "w")
                    store.purge_joining(NOW)

        at_once(work, 3)
        for person in people:
            now = store.subscriber(person.id)
            assert (now.status, now.address) in (
                (SubscriberStatus.GONE, ""),
                (SubscriberStatus.ACTIVE, person.address),
            )
        assert store.delivery_counts() == {DeliveryStatus.CANCELLED: len(people)}


def test_who_says_yes_and_who_says_no_at_once(url: str) -> None:
    with open_store(url) as store:
        requests = [ask(store, f"a{n}@example.test")[0] for n in range(12)]

        def work(worker: int) -> list[object]:
            with open_store(url) as mine:
                if worker:
                    return [mine.decline(asked.id, NOW) for asked in requests]
                return [mine.confirm(asked.id, newcomer(asked.address), NOW, "") for asked in requests]

        said_yes, said_no = at_once(work, 2)
        assert [person is None for person in said_yes] == said_no
        assert store.subscribers() == [person for person in said_yes if person is not None]
        assert store.delivery_counts() == {DeliveryStatus.CANCELLED: len(requests)}


def test_who_comes_back_while_erased_is_here_or_forgotten(url: str) -> None:
    with open_store(url) as store:
        people = [enrol(store, address=f"a{n}@example.test") for n in range(12)]
        for person in people:
            store.remove_subscriber(person.id, NOW)

        def work(worker: int) -> None:
            for person in people:
                if worker:
                    store.revive(person.id, NOW, None, NOW)
                else:
                    store.erase_subscriber(person.id, NOW)

        at_once(work, 2)
        assert {(p.address, p.status) for p in store.subscribers()} == {("", SubscriberStatus.GONE)}
