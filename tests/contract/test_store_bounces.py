"""The store's contract: bad news of an address, and what a judge makes of it in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.model import Bounce, BounceKind, DeliveryStatus, Outcome, Suppression, SuppressionReason
from tests.factories import NOW
from tests.storage.steps import ACCEPTED, LEASE, current, enrol, hash_of, put_in_outbox, send

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.storage import Store

S = DeliveryStatus
K = BounceKind
R = SuppressionReason
DAY = timedelta(days=1)
REFUSED = Outcome(S.FAILED, 550, "no such user", enhanced="5.1.1", bounce=K.HARD)
FULL = Outcome(S.DEFERRED, 452, "mailbox full", enhanced="4.2.2", bounce=K.SOFT, retry_at=NOW + DAY)
NEWS = Bounce("a1", K.SOFT, NOW, "4.2.2", "dsn", "full")


@dataclass
class Judged:
    """A judge that keeps what it is asked, and always says the same."""

    verdict: SuppressionReason | None = None
    asked: list[tuple[list[Bounce], datetime | None, datetime]] = field(default_factory=list)

    def __call__(
        self, history: Sequence[Bounce], took_mail_at: datetime | None, now: datetime
    ) -> SuppressionReason | None:
        self.asked.append((list(history), took_mail_at, now))
        return self.verdict


def test_an_outcome_with_a_bounce_is_noted_and_judged(store: Store) -> None:
    judge = Judged(R.DEAD)
    waiting = put_in_outbox(store)
    store.claim(NOW, LEASE, 1, "w")
    assert store.settle(waiting.id, "w", REFUSED, NOW + DAY, judge)
    noted = Bounce(waiting.address_hash, K.HARD, NOW + DAY, "5.1.1", "smtp", "no such user", waiting.id)
    assert store.bounces(waiting.address_hash) == store.recent_bounces() == [noted]
    assert judge.asked == [([noted], None, NOW + DAY)]
    made = Suppression(waiting.address_hash, R.DEAD, NOW + DAY, "5.1.1 no such user")
    assert store.suppression(waiting.address_hash) == made
    assert current(store, waiting.id).status is S.FAILED


def test_without_a_bounce_nobody_is_judged(store: Store) -> None:
    judge = Judged(R.DEAD)
    for outcome in (ACCEPTED, Outcome(S.FAILED, 554, "policy")):
        waiting = put_in_outbox(store)
        store.claim(NOW, LEASE, 1, "w")
        store.step(waiting.id, "w", S.SENDING)
        assert store.settle(waiting.id, "w", outcome, NOW, judge)
    assert (judge.asked, store.recent_bounces(), store.suppressions()) == ([], [], [])


def test_without_a_judge_a_bounce_is_only_noted(store: Store) -> None:
    failed = send(store, outcome=REFUSED)
    assert [b.kind for b in store.bounces(failed.address_hash)] == [K.HARD]
    assert store.suppressions() == []


def test_who_does_not_hold_the_row_notes_nothing(store: Store) -> None:
    judge = Judged(R.DEAD)
    waiting = put_in_outbox(store)
    store.claim(NOW, LEASE, 1, "w")
    assert not store.settle(waiting.id, "v", REFUSED, NOW, judge)
    assert not store.settle(waiting.id + 1, "w", REFUSED, NOW, judge)
    assert (judge.asked, store.recent_bounces()) == ([], [])


def test_a_deferral_that_ends_in_a_suppression_is_not_tried_again(store: Store) -> None:
    person = enrol(store)
    waiting, next_one = (put_in_outbox(store, person=person) for _ in range(2))
    store.claim(NOW, LEASE, 1, "w")
    assert store.settle(waiting.id, "w", FULL, NOW, Judged(R.BOUNCES))
    for number in (waiting.id, next_one.id):
        given_up = current(store, number)
        assert (given_up.status, given_up.last_error) == (S.CANCELLED, "suppressed: bounces")


def test_one_delivery_bounces_once_in_one_way(store: Store) -> None:
    judge = Judged()
    waiting = put_in_outbox(store)
    for _ in range(2):
        store.claim(NOW, LEASE, 1, "w")
        assert store.settle(waiting.id, "w", replace(FULL, retry_at=NOW), NOW, judge)
    assert len(store.bounces(waiting.address_hash)) == len(judge.asked) == 1
    assert current(store, waiting.id).status is S.DEFERRED


def test_news_by_mail(store: Store) -> None:
    taken = send(store)
    news = Bounce(taken.address_hash, K.HARD, NOW + DAY, "5.1.1", "dsn", "gone", taken.id)
    judge = Judged(R.DEAD)
    made = Suppression(taken.address_hash, R.DEAD, NOW + DAY, "5.1.1 gone")
    assert store.bounced(news, NOW + DAY, judge) == made
    assert store.bounced(news, NOW + 2 * DAY, judge) is None
    assert store.bounced(replace(news, detail="again", at=NOW + 2 * DAY), NOW, judge) is None
    assert (store.bounces(taken.address_hash), store.suppressions()) == ([news], [made])
    assert len(judge.asked) == 1
    other_kind = replace(news, kind=K.COMPLAINT, origin="report", status="", detail="")
    assert store.bounced(other_kind, NOW + 2 * DAY, Judged(R.COMPLAINT)) == Suppression(
        taken.address_hash, R.COMPLAINT, NOW + 2 * DAY, ""
    )
    assert store.bounced(replace(news, origin="smtp"), NOW, Judged(R.DEAD)) is None
    assert len(store.bounces(taken.address_hash)) == 3


def test_news_of_no_known_delivery_is_never_the_same(store: Store) -> None:
    judge = Judged()
    for _ in range(2):
        assert store.bounced(NEWS, NOW, judge) is None
    assert store.bounces("a1") == [NEWS, NEWS]
    assert [len(history) for history, _, _ in judge.asked] == [1, 2]


def test_news_of_no_address_is_not_kept(store: Store) -> None:
    assert store.bounced(replace(NEWS, address_hash=""), NOW, Judged(R.DEAD)) is None
    waiting = put_in_outbox(store, address_hash="")
    store.claim(NOW, LEASE, 1, "w")
    assert store.settle(waiting.id, "w", REFUSED, NOW, Judged(R.DEAD))
    assert (store.recent_bounces(), store.suppressions()) == ([], [])


def test_the_newest_hundred_are_judged_the_oldest_first(store: Store) -> None:
    judge = Judged()
    for n in range(103):
        store.bounced(replace(NEWS, at=NOW + n * DAY), NOW, judge)
    store.bounced(replace(NEWS, at=NOW + 50 * DAY, detail="late"), NOW, judge)
    history = judge.asked[-1][0]
    assert len(history) == 100
    assert [bounce.at for bounce in history] == sorted(bounce.at for bounce in history)
    assert history[0].at == NOW + 4 * DAY
    assert "late" in [bounce.detail for bounce in history]


def last_taken(store: Store, bounce: Bounce) -> datetime | None:
    judge = Judged()
    store.bounced(bounce, NOW, judge)
    return judge.asked[0][1]


def test_when_an_address_last_took_mail(store: Store) -> None:
    person = enrol(store)
    send(store, now=NOW + 9 * DAY)  # to somebody else
    first, second, third, last = (send(store, person=person, now=NOW + n * DAY) for n in range(4))
    of = hash_of(person.address)
    assert last_taken(store, Bounce(of, K.HARD, NOW + 9 * DAY, "", "dsn", "", third.id)) == second.sent_at
    # The third has a bounce now, and so it was not taken after all.
    assert last_taken(store, Bounce(of, K.HARD, NOW + 9 * DAY, "", "dsn", "", last.id)) == second.sent_at
    assert last_taken(store, Bounce(of, K.SOFT, NOW + 9 * DAY, "", "dsn", "", first.id)) is None


def test_what_was_not_accepted_was_not_taken(store: Store) -> None:
    person = enrol(store)
    send(store, person=person, outcome=Outcome(S.FAILED, 554, "policy"))
    send(store, person=person, outcome=Outcome(S.UNKNOWN))
    failed = send(store, person=person, outcome=Outcome(S.FAILED, 550, "no such user"))
    assert last_taken(store, Bounce(failed.address_hash, K.HARD, NOW, delivery_id=failed.id)) is None


def test_without_the_delivery_mail_before_the_bounce_counts_as_taken(store: Store) -> None:
    person = enrol(store)
    send(store, person=person, now=NOW)
    send(store, person=person, now=NOW + 2 * DAY)
    assert last_taken(store, Bounce(hash_of(person.address), K.HARD, NOW + DAY, origin="dsn")) == NOW


@pytest.mark.parametrize("way", ["settle", "bounced"])
def test_a_judge_that_fails_leaves_nothing(store: Store, way: str) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no idea")

    waiting = put_in_outbox(store)
    store.claim(NOW, LEASE, 1, "w")
    calls = {
        "settle": lambda: store.settle(waiting.id, "w", REFUSED, NOW, fails),
        "bounced": lambda: store.bounced(Bounce(waiting.address_hash, K.HARD, NOW), NOW, fails),
    }
    with pytest.raises(RuntimeError, match="no idea"):
        calls[way]()
    assert (store.recent_bounces(), current(store, waiting.id).status) == ([], S.CLAIMED)
    assert store.settle(waiting.id, "w", REFUSED, NOW)


def test_bounces_are_listed_and_forgotten(store: Store) -> None:
    told = [replace(NEWS, address_hash=f"a{n % 2}", at=NOW + n * DAY) for n in range(5)]
    for bounce in told:
        store.bounced(bounce, NOW, Judged(R.BOUNCES))
    assert store.recent_bounces(3) == told[:1:-1]
    assert store.bounces("a0") == told[::2]
    assert store.purge_bounces(NOW + 2 * DAY) == 2
    assert store.recent_bounces() == told[:1:-1]
    assert len(store.suppressions()) == 2
    assert store.purge_bounces(NOW + 2 * DAY) == 0


def test_words_of_reports_are_bounded_and_storable(store: Store) -> None:
    store.bounced(replace(NEWS, detail="\x00" + "x" * 100_000), NOW, Judged(R.BOUNCES))
    assert store.bounces("a1")[0].detail == "\ufffd" + "x" * 999
    assert len(store.suppressions()[0].detail) == 1_000


def test_a_refusal_leaves_no_address_behind(store: Store) -> None:
    waiting = put_in_outbox(store)
    store.claim(NOW, LEASE, 1, "w")
    said = replace(REFUSED, text=f"<{waiting.recipient}>: no such user")
    assert store.settle(waiting.id, "w", said, NOW, Judged(R.DEAD))
    [noted], made = store.bounces(waiting.address_hash), store.suppression(waiting.address_hash)
    assert made is not None
    assert (noted.detail, made.detail) == ("<...>: no such user", "5.1.1 <...>: no such user")
