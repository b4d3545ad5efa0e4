"""Values for tests: every field has a default, every argument is a keyword."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from digest.model import (
    Delivery,
    DeliveryStatus,
    Edition,
    Entry,
    Letterhead,
    Links,
    Paper,
    Pick,
    Reading,
    Snapshot,
    Subscriber,
)

NOW = datetime(2026, 5, 25, 8, 0, tzinfo=UTC)
SALT = "salt"
"""What the links of every made-up subscriber are bound to."""
_serial = itertools.count(1)


def entry(**fields: Any) -> Entry:
    """An entry with a title and an abstract of its own."""
    n = next(_serial)
    return Entry(
        **{"title": f"Entry number {n} of the day", "abstract": f"We study case {n}.", "place": f"item {n}", **fields}
    )


def paper(**fields: Any) -> Paper:
    """A paper with an arXiv id of its own."""
    n = next(_serial)
    arxiv_id = fields.get("arxiv_id", f"2605.{n:05d}")
    key = fields.get("key", f"arxiv:{arxiv_id}")
    defaults: dict[str, Any] = {
        "key": key,
        "title": f"Paper number {n}",
        "aliases": frozenset({key}),
        "abstract": f"We study case {n} of the matter at hand. It works well.",
        "authors": ("Ada Lovelace", "Alan Turing"),
        "arxiv_id": arxiv_id,
        "links": Links(abstract=f"https://arxiv.org/abs/{arxiv_id}", pdf=f"https://arxiv.org/pdf/{arxiv_id}"),
        "published": datetime(2026, 5, 24, tzinfo=UTC),
        "upvotes": 3,
        "sources": ("hf",),
    }
    return Paper(**{**defaults, **fields})


def snapshot(**fields: Any) -> Snapshot:
    """A snapshot with bytes of its own."""
    n = next(_serial)
    return Snapshot(
        **{"source": "hf", "taken_at": NOW, "content": f"bytes {n}".encode(), "place": f"day-{n}.json", **fields}
    )


def reading(*entries: Entry, **fields: Any) -> Reading:
    """A reading of the given entries."""
    return Reading(**{"kind": "huggingface-json", "entries": entries, **fields})


def subscriber(**fields: Any) -> Subscriber:
    """A daily subscriber at 07:00 UTC."""
    n = next(_serial)
    return Subscriber(**{"id": n, "address": f"reader{n}@example.test", "created_at": NOW, "salt": SALT, **fields})


def edition(*papers: Paper, **fields: Any) -> Edition:
    """An edition whose ranked picks are the given papers, in order."""
    picks = tuple(Pick(rank=i, paper=p, score=1 / (i + 1)) for i, p in enumerate(papers, 1))
    defaults: dict[str, Any] = {
        "subscriber_id": 1,
        "edition_date": date(2026, 5, 25),
        "picks": picks,
        "looked_at": len(papers) + 5,
        "left_out": 5,
        "from_snapshot": 0,
        "through_snapshot": 1,
        "created_at": NOW,
        "id": 1,
    }
    return Edition(**{**defaults, **fields})


def delivery(**fields: Any) -> Delivery:
    """A pending delivery that is due now."""
    n = next(_serial)
    defaults: dict[str, Any] = {
        "id": n,
        "edition_id": 1,
        "recipient": "reader@example.test",
        "message_id": f"<{n}.edition@digest.test>",
        "status": DeliveryStatus.PENDING,
        "due_at": NOW,
        "expires_at": NOW.replace(day=NOW.day + 1),
        "created_at": NOW,
    }
    return Delivery(**{**defaults, **fields})


def letterhead(**fields: Any) -> Letterhead:
    """A sender with every address set."""
    defaults: dict[str, Any] = {
        "title": "Paper Digest",
        "sender": "digest@example.test",
        "sender_name": "Paper Digest",
        "reply_to": "help@example.test",
        "list_id": "papers.example.test",
        "unsubscribe": "unsubscribe@example.test",
        "help": "help@example.test",
    }
    return Letterhead(**{**defaults, **fields})
