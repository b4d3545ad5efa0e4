"""Whoever enrols an address: what is suppressed stays so until somebody says otherwise on purpose."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import UsageError
from digest.model import SubscriberStatus, Suppression, SuppressionReason
from digest.services.enrol import add, as_record, import_all, remove
from tests.factories import NOW
from tests.services.parts import KEYS

if TYPE_CHECKING:
    from digest.storage import Store

R = SuppressionReason
READER = "reader@example.test"
LIFTED = [R.DEAD, R.BOUNCES, R.OPERATOR]


def suppress(store: Store, reason: SuppressionReason) -> None:
    assert store.suppress(Suppression(KEYS.address_hash(READER), reason, NOW - timedelta(days=3)))


def is_suppressed(store: Store) -> bool:
    return store.suppression(KEYS.address_hash(READER)) is not None


@pytest.mark.parametrize("reason", LIFTED)
def test_a_suppressed_address_is_refused_and_enrolled_with_again(store: Store, reason: SuppressionReason) -> None:
    suppress(store, reason)
    with pytest.raises(UsageError, match=r"reader@example.test is suppressed since 2026-05-22 \(.+ --again` lifts"):
        add(store, READER, {}, {}, NOW, keys=KEYS)
    assert store.subscribers() == []
    assert add(store, READER, {}, {}, NOW, again=True, keys=KEYS).status is SubscriberStatus.ACTIVE
    assert not is_suppressed(store)


@pytest.mark.parametrize("again", [False, True])
def test_who_complained_is_enrolled_only_after_the_operator_has_lifted_it(store: Store, again: bool) -> None:
    suppress(store, R.COMPLAINT)
    with pytest.raises(UsageError, match=f"called the mail unwanted.*`digest suppressions lift {READER}` first"):
        add(store, READER, {}, {}, NOW, again=again, keys=KEYS)
    assert (store.subscribers(), is_suppressed(store)) == ([], True)
    store.lift(KEYS.address_hash(READER))
    assert add(store, READER, {}, {}, NOW, keys=KEYS).address == READER


def test_another_spelling_is_the_same_address(store: Store) -> None:
    suppress(store, R.DEAD)
    with pytest.raises(UsageError, match="is suppressed since"):
        add(store, " Reader@EXAMPLE.test", {}, {}, NOW, keys=KEYS)


def test_who_left_and_is_suppressed_comes_back_with_one_again(store: Store) -> None:
    before = add(store, READER, {}, {}, NOW)
    remove(store, READER, NOW)
    suppress(store, R.BOUNCES)
    with pytest.raises(UsageError, match="is suppressed since"):
        add(store, READER, {}, {}, NOW, keys=KEYS)
    assert add(store, READER, {}, {}, NOW, again=True, keys=KEYS).id == before.id
    assert not is_suppressed(store)


@pytest.mark.parametrize("wanted", [{"zone": "Mars/Olympus"}, {"shoe_size": 42}])
def test_a_bad_wish_lifts_nothing(store: Store, wanted: dict[str, object]) -> None:
    suppress(store, R.BOUNCES)
    with pytest.raises(UsageError):
        add(store, READER, wanted, {}, NOW, again=True, keys=KEYS)
    assert is_suppressed(store)


def test_who_is_enrolled_already_stays_suppressed(store: Store) -> None:
    add(store, READER, {}, {}, NOW)
    suppress(store, R.BOUNCES)
    with pytest.raises(UsageError, match="is enrolled already"):
        add(store, READER, {}, {}, NOW, again=True, keys=KEYS)
    assert is_suppressed(store)


@pytest.mark.parametrize("reason", list(R))
def test_an_import_skips_the_suppressed_with_the_reason(store: Store, reason: SuppressionReason) -> None:
    suppress(store, reason)
    done = import_all(store, [READER, json.dumps({"address": READER}), "good@example.test"], {}, NOW, KEYS)
    assert done.added == ["good@example.test"]
    assert [place for place, _ in done.skipped] == ["line 1", "line 2"]
    assert {reason.startswith(f"{READER} is suppressed since 2026-05-22 (") for _, reason in done.skipped} == {True}
    assert is_suppressed(store)


def test_an_import_changes_the_wishes_of_the_suppressed_and_lifts_nothing(store: Store) -> None:
    known = add(store, READER, {}, {}, NOW)
    suppress(store, R.DEAD)
    done = import_all(store, [json.dumps({**as_record(known), "name": "Ada"})], {}, NOW, KEYS)
    assert (done.changed, done.skipped, is_suppressed(store)) == ([READER], [], True)


def test_without_keys_nothing_is_looked_for(store: Store) -> None:
    suppress(store, R.DEAD)
    assert add(store, READER, {}, {}, NOW).address == READER
    assert is_suppressed(store)
