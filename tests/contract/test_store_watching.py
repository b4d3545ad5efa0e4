"""The store's contract: what an operator looks at beyond single rows."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.model import DeliveryStatus, Look, Outcome, SourceState, Suppression, SuppressionReason, Verdict
from digest.storage import LookDay, SnapshotRow
from tests.factories import NOW, paper, snapshot
from tests.storage.steps import change, enrol, ingest, put_in_outbox, send

if TYPE_CHECKING:
    from datetime import datetime

    from digest.storage import Store

V, R = Verdict, SuppressionReason
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def look(store: Store, source: str, at: datetime, verdict: Verdict, new: int = 0) -> None:
    store.save_look(Look(source, at, verdict, new=new), SourceState(source))


def test_looks_are_counted_by_source_day_and_verdict(store: Store) -> None:
    look(store, "hf", NOW - 2 * DAY, V.NEW, 9)
    look(store, "hf", NOW - DAY, V.NEW, 3)
    look(store, "hf", NOW - DAY + HOUR, V.NEW, 4)
    look(store, "hf", NOW - DAY + 2 * HOUR, V.UNREACHABLE)
    look(store, "arxiv", NOW - DAY, V.QUIET_EXPECTED)
    look(store, "arxiv", NOW, V.PARTIAL, 1)
    yesterday, today = (NOW - DAY).date(), NOW.date()
    assert store.looks_by_day(NOW - DAY) == [
        LookDay("arxiv", yesterday, V.QUIET_EXPECTED, 1, 0),
        LookDay("hf", yesterday, V.NEW, 2, 7),
        LookDay("hf", yesterday, V.UNREACHABLE, 1, 0),
        LookDay("arxiv", today, V.PARTIAL, 1, 1),
    ]
    assert store.looks_by_day(NOW + HOUR) == []


def test_the_last_snapshots_come_first(store: Store) -> None:
    assert store.last_snapshots() == []
    ingest(store, change(paper()), taken=snapshot(source="hf", taken_at=NOW))
    ingest(store, taken=snapshot(source="arxiv", taken_at=NOW + HOUR))
    newest, oldest = SnapshotRow("arxiv", NOW + HOUR, 0, 0), SnapshotRow("hf", NOW, 1, 0)
    assert store.last_snapshots() == [newest, oldest]
    assert store.last_snapshots(1) == [newest]


def test_what_waits_longest_is_what_is_due_first_and_still_to_be_sent(store: Store) -> None:
    assert store.longest_due() is None
    put_in_outbox(store, due_at=NOW + HOUR)
    assert store.longest_due() == NOW + HOUR
    send(store, outcome=Outcome(DeliveryStatus.DEFERRED, 451, "later", retry_at=NOW + HOUR / 2))
    assert store.longest_due() == NOW + HOUR / 2
    send(store)
    assert store.longest_due() == NOW + HOUR / 2


def test_suppressions_are_counted_by_reason(store: Store) -> None:
    for number, reason in enumerate((R.DEAD, R.COMPLAINT, R.DEAD)):
        store.suppress(Suppression(f"hash {number}", reason, NOW))
    assert store.suppressions_by_reason() == Counter({R.DEAD: 2, R.COMPLAINT: 1})


def test_who_came_and_who_left_is_counted_by_the_day(store: Store) -> None:
    for at in (NOW - 9 * DAY, NOW - DAY, NOW - DAY, NOW):
        gone = enrol(store, created_at=at)
    store.remove_subscriber(gone.id, NOW)
    came, left = store.comings_and_goings(NOW - 2 * DAY)
    assert came == Counter({(NOW - DAY).date(): 2, NOW.date(): 1})
    assert left == Counter({NOW.date(): 1})
