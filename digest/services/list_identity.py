"""What mail filters and Gmail know the list by: it stays when the sender moves to another domain.

A List-Id identifies the list whatever host serves it (RFC 2919 section 2), and readers' filters go by it; the last part
of Gmail's Feedback-ID must be the same from mail to mail to be counted by. Both are made of the sender's domain, so
they are noted in the database when mail is first sent; an option says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.model import Letterhead
    from digest.storage import Store

LIST_ID = "list_id"
"""The List-Id of the last mail that was sent."""
FEEDBACK_DOMAIN = "feedback_domain"
"""The domain of the first sender, of which Feedback-ID is made."""


def lasting(letterhead: Letterhead, noted: Mapping[str, str], chosen: str) -> Letterhead:
    """`letterhead` with what the list was known by before; `chosen` is the List-Id of the configuration, or ""."""
    return replace(
        letterhead,
        list_id=chosen or noted.get(LIST_ID) or letterhead.list_id,
        feedback_domain=noted.get(FEEDBACK_DOMAIN) or letterhead.feedback_domain,
    )


def noted_by(store: Store) -> dict[str, str]:
    """What the list is known by, as far as it was noted."""
    return {name: value for name in (LIST_ID, FEEDBACK_DOMAIN) if (value := store.noted(name))}


def note(store: Store, letterhead: Letterhead) -> None:
    """Note what the list is known by from now on; nothing is written where nothing changes."""
    known = {LIST_ID: letterhead.list_id, FEEDBACK_DOMAIN: letterhead.sender.rpartition("@")[2]}
    before = noted_by(store)
    for name, value in known.items():
        if value and before.get(name) != value and (name == LIST_ID or name not in before):
            store.note(name, value)
