"""A database knows its keys: with others nothing runs, and taking others on purpose keeps what can be kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.mail.tokens import Keyring
from digest.model import Suppression, SuppressionReason
from digest.services.keys import KEYS as NOTED
from digest.services.keys import REFUSED_KEYS, adopt, is_used, mistake, prove
from tests.factories import NOW
from tests.services.parts import BOTH, KEYS, enrolled, publish, put

if TYPE_CHECKING:
    from digest.storage import Store

DATABASES = BOTH
OTHER = Keyring(b"another secret of the tests")


@pytest.mark.parametrize(
    ("known", "here", "words"),
    [
        ("", "A", ""),
        ("A", "A", ""),
        ("A", "B A", ""),
        ("B A", "C B A", ""),
        ("C B A", "C A", ""),
        ("A", "B", "not the secret"),
        ("B A", "C D", "not the secret"),
        ("A", "A B", "stays the last line"),
        ("B A", "B", "stays the last line"),
        ("B A", "A", "the key that signs"),
        ("B A", "C A", "the key that signs"),
    ],
)
def test_new_keys_come_first_and_the_last_one_stays(known: str, here: str, words: str) -> None:
    found = mistake(known.split(), here.split())
    assert words in found
    assert bool(found) == bool(words)


def test_a_fingerprint_is_the_same_each_time_and_holds_nothing_of_the_key() -> None:
    assert KEYS.fingerprints == Keyring(KEYS.keys[0]).fingerprints != OTHER.fingerprints
    assert KEYS.keys[0].hex()[:8] not in KEYS.fingerprints[0]
    assert len(Keyring(b"a\nb\n").fingerprints) == 2


def test_the_first_keys_are_remembered_and_others_refused(store: Store) -> None:
    assert is_used(store) is False
    assert prove(store, KEYS, NOW) == ""
    assert is_used(store) is True
    assert "not the secret" in prove(store, OTHER, NOW)
    assert store.noted(REFUSED_KEYS) == NOW.isoformat()
    assert prove(store, KEYS, NOW) == ""
    both = Keyring(OTHER.keys[0] + b"\n" + KEYS.keys[0])
    assert prove(store, both, NOW) == ""
    assert store.noted(NOTED).split() == list(both.fingerprints)
    assert "the key that signs" in prove(store, KEYS, NOW)


def test_a_database_of_before_knows_its_keys_by_an_address_and_its_hash(store: Store) -> None:
    put(store, 1)
    enrolled(store)
    publish(store)
    assert is_used(store) is True
    assert "not the secret" in prove(store, OTHER, NOW)
    assert store.noted(NOTED) == ""
    assert prove(store, KEYS, NOW) == ""


def test_taking_other_keys_keeps_the_suppressions_whose_addresses_are_known(store: Store) -> None:
    put(store, 1)
    reader = enrolled(store)
    publish(store)
    prove(store, KEYS, NOW)
    for address in (reader.address, "nowhere@example.test"):
        store.suppress(Suppression(KEYS.address_hash(address), SuppressionReason.COMPLAINT, NOW))
    done = adopt(store, OTHER)
    assert (done.kept, done.lost) == (1, 1)
    assert store.suppression(OTHER.address_hash(reader.address)) is not None
    assert store.deliveries()[0].address_hash == OTHER.address_hash(reader.address)
    assert prove(store, OTHER, NOW) == ""
    assert (adopt(store, OTHER).kept, adopt(store, OTHER).lost) == (2, 0)


def test_two_hashes_of_one_address_become_one(store: Store) -> None:
    for keys, age in ((KEYS, 1), (OTHER, 0)):
        name = keys.address_hash("ada@example.test")
        store.suppress(Suppression(name, SuppressionReason.OPERATOR, NOW - timedelta(days=age)))
    store.rehash({KEYS.address_hash("ada@example.test"): OTHER.address_hash("ada@example.test")})
    assert [one.since for one in store.suppressions()] == [NOW]
