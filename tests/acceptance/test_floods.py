"""Floods: thousands of sign-ups that nobody meant. Letters stay under the caps, the store and the memory stay small,
and somebody who means it still gets through, on the web and by mail.
"""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from digest.model import SHARES, DeliveryKind, Origin, TurnedAway
from digest.services.joining import Place, ask_to_join, place_of
from digest.storage import create_store
from digest.web import create_app, door
from digest.web.forms import form_token
from digest.web.work import Proofs
from tests.factories import NOW
from tests.services.parts import Clock
from tests.services.test_trial import dump
from tests.web.conftest import site_of
from tests.web.test_work import FEW, proof_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from digest.storage import Store
    from digest.web.site import Site

MANY = 10_000
MOST_ROWS = 400
LARGEST_FILE = 800_000
TRACED, MOST_GROWTH = 200, 200_000
"""The last sign-ups, and how many bytes half of those may add to the memory in use."""
EVERY = timedelta(milliseconds=100)
"""A flood lasts 17 minutes."""

pytestmark = pytest.mark.slow


@dataclass
class House:
    """An installation under attack: its site, the time, and where its file lies."""

    site: Site
    clock: Clock
    file: Path
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = create_app(self.site).test_client()

    @property
    def store(self) -> Store:
        return self.site.store

    def post(self, address: str, ip: str, *, proof: bool = False) -> TestResponse:
        """The form, shown ten seconds ago."""
        token = form_token(self.site.keys, self.clock.now - timedelta(seconds=10))
        data = {"address": address, "interests": "graphs", "token": token}
        if proof:
            data["proof"] = proof_for(token, address)
        return self.client.post("/subscribe", data=data, environ_base={"REMOTE_ADDR": ip})

    def ask(self, address: str, place: Place, origin: Origin = Origin.WEB) -> TurnedAway | None:
        """The service beneath the form, without its guards."""
        asked = (self.store, self.site.join_rules, address, {"interests": ["graphs"]}, origin, place, self.clock.now)
        return ask_to_join(*asked)

    def letters(self) -> Counter[str]:
        """How many letters of each address are in the outbox, of whatever kind."""
        return Counter(one.recipient for one in self.store.deliveries(limit=100_000))

    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(map(len, dump(self.store).values()))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An installation with the usual caps, that asks for little work."""
    monkeypatch.setattr(door, "Proofs", partial(Proofs, FEW))
    file, clock = tmp_path / "digest.db", Clock()
    with create_store(f"sqlite:///{file}") as store:
        yield House(replace(site_of(store, tmp_path), clock=clock), clock, file)


def flooded(house: House, one: Callable[[int], object]) -> Counter[object]:
    """`MANY` sign-ups, one after the other, and what became of them; they leave little behind."""
    answers: Counter[object] = Counter()
    for n in range(MANY - TRACED):
        answers[one(n)] += 1
        house.clock.now += EVERY
    tracemalloc.start()
    try:
        for n in range(MANY - TRACED, MANY):
            answers[one(n)] += 1
            house.clock.now += EVERY
            if n == MANY - TRACED // 2:
                before = tracemalloc.get_traced_memory()[0]
        assert tracemalloc.get_traced_memory()[0] < before + MOST_GROWTH
    finally:
        tracemalloc.stop()
    assert house.rows() < MOST_ROWS
    assert house.file.stat().st_size < LARGEST_FILE
    return answers


def network(number: int) -> str:
    """An address in a network of its own."""
    return f"10.{number // 256 % 256}.{number % 256}.{number % 250}"


def test_one_network_gets_its_few_letters_and_others_theirs(house: House):
    answers = flooded(house, lambda n: house.post(f"victim{n}@host{n}.example", f"192.0.2.{n % 256}").status_code)
    caps = house.site.join_rules.caps
    assert answers == {200: caps.block_hour, 429: MANY - caps.block_hour}
    assert house.letters().total() == caps.block_hour
    assert house.post("ada@example.org", "198.51.100.1").status_code == 200
    assert house.letters()["ada@example.org"] == 1


def test_one_victim_gets_few_letters_however_many_ask_for_it(house: House):
    answers = flooded(house, lambda n: house.ask("victim@example.org", place_of(network(n))))
    assert answers == {None: SHARES, TurnedAway.ADDRESS: MANY - SHARES}
    assert house.letters() == {"victim@example.org": SHARES}
    assert house.ask("neighbour@example.org", place_of("198.51.100.1")) is None
    for _ in range(40):
        house.clock.turn(days=1)
        house.ask("victim@example.org", place_of("198.51.100.2"))
    assert house.letters()["victim@example.org"] == SHARES + 2 * house.site.join_rules.caps.address_month


def test_many_domains_from_many_networks_leave_half_of_the_letters_to_who_does_some_work(house: House):
    answers = flooded(house, lambda n: house.post(f"victim{n}@host{n}.example", network(n)).status_code)
    caps = house.site.join_rules.caps
    assert answers == {200: caps.hour // 2, 429: MANY - caps.hour // 2}
    assert house.letters().total() == caps.hour // 2
    for number in range(5):
        assert house.post(f"ada{number}@example.org", f"198.51.{number}.1", proof=True).status_code == 200
    assert house.ask("by-mail@example.org", Place(), Origin.MAIL) is None
    house.clock.turn(hours=2)
    assert house.post("bob@example.org", "198.51.100.9").status_code == 200
    kinds = {one.kind for one in house.store.deliveries(limit=100_000)}
    assert kinds == {DeliveryKind.CONFIRMATION}
    house.store.purge_joining(house.clock.turn(days=40))
    assert house.store.demands_since(NOW - timedelta(days=1)) == 0
    assert house.store.open_confirmations(NOW) == 0
