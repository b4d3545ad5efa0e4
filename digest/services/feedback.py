"""Feedback: a subscriber says what they think of single papers, takes it back, and sees what they said.

A paper may be named by its key or any other alias, by an arXiv id, or by a URL or DOI under which it is known. One
that nobody knows is told, and the others are taken all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.model import Entry, Feedback, Links, Opinion, iso
from digest.papers.identity import identify, is_strong

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from digest.model import Paper, Subscriber
    from digest.storage import Store

LONGEST_NAME = 2_048
"""No paper has a longer name."""


@dataclass(slots=True)
class Said:
    """What became of each paper that was named: `done` as it is stored now (or was), and why others were skipped."""

    done: list[Feedback] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def like(
    store: Store,
    subscriber: Subscriber,
    names: Iterable[str],
    now: datetime,
    *,
    opinion: Opinion = Opinion.LIKED,
    origin: str = "cli",
) -> Said:
    """Note that `subscriber` liked these papers, or disliked them by `opinion`; the last word on a paper holds.

    Args:
        names: one for each paper, see `find_paper`.
        origin: where it was said: "cli", "web" or "mail".
    """
    said = Said()
    for name in names:
        paper = find_paper(store, name)
        if paper is None:
            said.skipped.append((name, "no such paper is stored: `digest papers` lists them"))
            continue
        one = Feedback(subscriber.id, paper, opinion, now, origin)
        store.set_feedback(one)
        said.done.append(one)
    return said


def drop(store: Store, subscriber: Subscriber, names: Iterable[str]) -> Said:
    """Take back what `subscriber` said of these papers; also of one that was imported and is not stored."""
    said = Said()
    known = {alias: one for one in listed(store, subscriber) for alias in (one.paper.key, *one.paper.aliases)}
    for name in names:
        one = next((known[alias] for alias in aliases(name) if alias in known), None)
        if one is not None and store.drop_feedback(subscriber.id, one.paper.key):
            said.done.append(one)
        else:
            said.skipped.append((name, f"{subscriber.address} said nothing of such a paper"))
    return said


def listed(store: Store, subscriber: Subscriber) -> list[Feedback]:
    """What `subscriber` said of papers, the latest first."""
    return store.feedback([subscriber.id]).get(subscriber.id, [])[::-1]


def find_paper(store: Store, name: str) -> Paper | None:
    """The stored paper of that name: a key, an alias, an arXiv id (with a version or without), a DOI or a URL."""
    found = (store.paper(alias) for alias in aliases(name))
    return next(filter(None, found), None)


def aliases(name: str) -> list[str]:
    """What a paper that somebody calls `name` may go by, the name itself first; none for what can be no name."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        return []
    # Read as an entry of no source that says nothing else: its guid and text are nobody's.
    names = identify(Entry(title="", id=name, links=Links(abstract=name)), "").lookups
    return [name, *(alias for alias in names if is_strong(alias) or alias.startswith("url:"))]


def as_record(said: Feedback) -> dict[str, Any]:
    """An opinion for programs."""
    return {
        "key": said.paper.key,
        "title": said.paper.title,
        "opinion": said.opinion.value,
        "at": iso(said.at),
        "origin": said.origin,
    }
