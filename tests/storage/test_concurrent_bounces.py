"""Suppressions, bounces and pauses under several threads, and a process killed in the middle of them."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.model import Bounce, BounceKind, DeliveryStatus, Outcome, Suppression, SuppressionReason
from digest.storage import open_store
from tests.factories import NOW
from tests.storage.steps import LEASE, current, enrol, hash_of, put_in_outbox
from tests.storage.test_concurrency import at_once

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.storage import Store

S = DeliveryStatus
R = SuppressionReason
HOUR = timedelta(hours=1)
FULL = Outcome(S.FAILED, 552, "mailbox full", enhanced="5.2.2", bounce=BounceKind.SOFT)


def five(history: Sequence[Bounce], _taken: datetime | None, _now: datetime) -> SuppressionReason | None:
    """A judge that counts."""
    return R.BOUNCES if len(history) >= 5 else None


def test_claims_of_a_mixed_outbox_are_disjoint_and_complete(url: str) -> None:
    with open_store(url) as store:
        kinds = [_mixed(store, n) for n in range(40)]
        store.strike("refusing.test", "no", NOW, lambda _: HOUR)

    def work(number: int) -> list[int]:
        taken: list[int] = []
        with open_store(url) as store:
            while batch := store.claim(NOW, LEASE, 2, f"w{number}", {"busy.test"}):
                taken += [d.id for d in batch]
        return taken

    taken = [number for share in at_once(work) for number in share]
    assert sorted(taken) == [number for kind, number in kinds if kind == "open"]
    with open_store(url) as store:
        found = {kind: {current(store, number).status for k, number in kinds if k == kind} for kind, _ in kinds}
        assert found == {"open": {S.CLAIMED}, "suppressed": {S.CANCELLED}, "paused": {S.PENDING}, "busy": {S.PENDING}}


def _mixed(store: Store, number: int) -> tuple[str, int]:
    kind = ("open", "suppressed", "paused", "busy")[number % 4]
    domain = {"paused": "refusing.test", "busy": "busy.test"}.get(kind, "example.test")
    person = enrol(store, address=f"reader-{number}@{domain}")
    if kind == "suppressed":
        store.suppress(Suppression(hash_of(person.address), R.DEAD, NOW))
    return kind, put_in_outbox(store, person=person).id


def test_ten_strikes_at_once_are_one(url: str) -> None:
    with open_store(url) as store:
        for round_ in range(3):
            now = NOW + round_ * 9 * HOUR
            struck = at_once(lambda n, now=now: store.strike("a.test", f"no {n}", now, lambda k: k * HOUR), 10)
            assert len(set(struck)) == 1
            assert (struck[0].strikes, struck[0].until) == (round_ + 1, now + (round_ + 1) * HOUR)
            assert store.pauses(now) == struck[:1]


def test_strikes_and_mail_that_gets_through_at_once(url: str) -> None:
    with open_store(url) as store:

        def work(number: int) -> None:
            for n in range(5):
                if number % 2:
                    store.strike("a.test", "no", NOW + n * HOUR, lambda _: HOUR)
                else:
                    store.clear_strikes("a.test") or store.resume_domain("a.test")

        at_once(work, 4)
        store.resume_domain("a.test")
        assert store.pauses(NOW) == []


@pytest.mark.parametrize("way", ["settle", "report"])
def test_bounces_at_once_are_judged_together(url: str, way: str) -> None:
    """The fifth sees the other four, in whichever order they come."""
    with open_store(url) as store:
        person = enrol(store)
        made = [put_in_outbox(store, person=person).id for _ in range(5)]
        store.claim(NOW, LEASE, 5, "w")

        def work(n: int) -> None:
            if way == "settle":
                assert store.settle(made[n], "w", FULL, NOW, five)
            else:
                store.bounced(Bounce(hash_of(person.address), BounceKind.SOFT, NOW, delivery_id=made[n]), NOW, five)

        at_once(work, 5)
        assert [s.reason for s in store.suppressions()] == [R.BOUNCES]
        assert len(store.bounces(hash_of(person.address))) == 5


def test_settling_claiming_suppressing_and_lifting_at_once_wait_for_nobody_for_ever(url: str) -> None:
    with open_store(url) as store:
        people = [enrol(store) for _ in range(3)]
        made = [put_in_outbox(store, person=person).id for person in people for _ in range(6)]
        hashes = [hash_of(person.address) for person in people]

        def work(n: int) -> None:
            for batch in iter(lambda: store.claim(NOW, LEASE, 2, f"w{n}"), []):
                for delivery in batch:
                    store.settle(delivery.id, f"w{n}", FULL, NOW, lambda *_: R.DEAD)
                store.lift(hashes[n % 3])
                store.suppress(Suppression(hashes[(n + 1) % 3], R.OPERATOR, NOW))

        at_once(work, 6)
        ended = {current(store, number).status for number in made}
        assert ended <= {S.FAILED, S.CANCELLED}


_KILLED = """
import os, sys
from digest.model import BounceKind, DeliveryStatus, Outcome
from digest.storage import open_store
from tests.factories import NOW
def judge(history, taken, now):
    assert len(history) == 1
    os.kill(os.getpid(), 9)
outcome = Outcome(DeliveryStatus.FAILED, 550, "no such user", bounce=BounceKind.HARD)
open_store(sys.argv[1]).settle(int(sys.argv[2]), "w", outcome, NOW, judge)
"""


def test_a_kill_in_the_middle_of_settling_leaves_nothing(url: str) -> None:
    with open_store(url) as store:
        number = put_in_outbox(store).id
        before = store.claim(NOW, LEASE, 1, "w")[0]
    killed = subprocess.run([sys.executable, "-c", _KILLED, url, str(number)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with open_store(url) as store:
        assert current(store, number) == before
        assert (store.recent_bounces(), store.suppressions()) == ([], [])
        assert store.settle(number, "w", FULL, NOW, lambda *_: R.DEAD)
        assert len(store.bounces(before.address_hash)) == len(store.suppressions()) == 1
