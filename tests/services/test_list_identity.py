"""What a list is known by stays when its sender moves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest.mail.fields import feedback_id
from digest.services.list_identity import lasting, note, noted_by
from tests.factories import letterhead

if TYPE_CHECKING:
    from digest.storage import Store

OLD = letterhead(sender="digest@old.test", list_id="digest.old.test")
NEW = letterhead(sender="papers@new.test", list_id="digest.new.test")


def test_the_first_mail_decides_and_a_new_sender_changes_nothing(store: Store) -> None:
    assert lasting(OLD, noted_by(store), "") == OLD
    note(store, OLD)
    kept = lasting(NEW, noted_by(store), "")
    assert (kept.sender, kept.list_id, kept.feedback_domain) == ("papers@new.test", "digest.old.test", "old.test")
    note(store, kept)
    assert lasting(NEW, noted_by(store), "") == kept


def test_what_the_configuration_chooses_is_taken_and_stays(store: Store) -> None:
    note(store, OLD)
    chosen = replace(NEW, list_id="papers.lab.test")
    kept = lasting(chosen, noted_by(store), "papers.lab.test")
    assert (kept.list_id, kept.feedback_domain) == ("papers.lab.test", "old.test")
    note(store, kept)
    assert lasting(NEW, noted_by(store), "").list_id == "papers.lab.test"


def test_the_feedback_id_is_made_of_the_domain_that_stays() -> None:
    moved = replace(NEW, list_id="digest.old.test", feedback_domain="old.test")
    assert feedback_id(moved, "2026-05-25") == feedback_id(OLD, "2026-05-25")
