"""Letters survive what people do to templates: readers get their day, the operator gets the reason."""

from __future__ import annotations

import logging
from dataclasses import replace
from email import message_from_bytes
from itertools import product
from typing import TYPE_CHECKING

import pytest

from digest.errors import MessageError, TemplateError
from digest.mail.dkim import load_signer, make_key
from digest.mail.templates import environment
from digest.mail.tokens import Purpose
from digest.mail.verp import token_in
from digest.model import DeliveryStatus
from digest.services.deliver import deliver_due
from digest.services.letters import MAX_FAULTS, LetterWriter
from digest.services.tokens import subscriber_of
from tests.factories import letterhead
from tests.mail.reading import Page, part
from tests.services.parts import KEYS, SENDING, Clock, Relay

if TYPE_CHECKING:
    from pathlib import Path

    from digest.model import Delivery
    from digest.storage import Store

EXTENDED = '{% extends "default:mail/digest.html" %}'
FAULTS = {
    "does not parse": "{% if %}",
    "has an unknown name": "\n{{ colour }}",
    "builds on itself": '{% extends "mail/digest.html" %}',
    "is not there": '{% extends "mail/other.html" %}',
    "divides by zero": "{{ 1 // 0 }}",
    "is empty": "  ",
    "has lost the way out": EXTENDED + "{% block footer %}Bye{% endblock %}",
    "is too large": EXTENDED + "{% block header %}" + "words " * 20_000 + "{% endblock %}",
}


def spoil(folder: Path, source: str, name: str = "digest.html") -> Path:
    (folder / "mail").mkdir(exist_ok=True)
    place = folder / "mail" / name
    place.write_text(source, encoding="utf-8")
    return place


def writer(store: Store, folder: Path | None = None, **fields) -> LetterWriter:
    spare = environment() if folder else None
    return LetterWriter(store, letterhead(), environment(folder), **{"spare": spare, **fields})


def deliveries(store: Store) -> list[Delivery]:
    return sorted(store.deliveries(), key=lambda delivery: delivery.id)


NAMES = ("digest.html", "digest.txt", "subject.txt")
# A subject needs no way out, and is cut when it is too long.
HARMLESS = {("subject.txt", "has lost the way out"), ("subject.txt", "is too large")}


@pytest.mark.parametrize(("name", "fault"), [case for case in product(NAMES, FAULTS) if case not in HARMLESS])
def test_what_an_override_fails_at_is_sent_with_the_built_in_templates(full, tmp_path, fault, name):
    spoil(tmp_path, FAULTS[fault].replace("digest.html", name), name)
    letters = writer(full, tmp_path)
    assert [letters(d) for d in deliveries(full)] == [writer(full)(d) for d in deliveries(full)]
    (said,) = letters.faults
    assert f"mail/{name}" in said


def test_an_override_that_works_is_used_and_no_fault(full, tmp_path):
    spoil(tmp_path, EXTENDED + "{% block header %}{{ super() }}<p>Room 4</p>{% endblock %}")
    letters = writer(full, tmp_path)
    assert "Room 4" in part(letters(deliveries(full)[0]), "text/html")
    assert letters.faults == []


def test_only_the_messages_that_fail_are_made_anew(full, tmp_path):
    spoil(tmp_path, EXTENDED + '{% block header %}{{ 1 // (address != "b@example.test") }}Mine{% endblock %}')
    letters = writer(full, tmp_path)
    shown = {d.recipient: "Mine" in part(letters(d), "text/html") for d in deliveries(full)}
    assert shown == {"a@example.test": True, "b@example.test": False, "c@example.test": True}


def test_each_fault_is_told_once_with_file_and_line(full, tmp_path, caplog):
    place = spoil(tmp_path, "\n{{ colour }}")
    letters = writer(full, tmp_path)
    with caplog.at_level(logging.ERROR, "digest.letters"):
        for delivery in deliveries(full) * 2:
            letters(delivery)
    assert letters.faults == [f"{place}:2: 'colour' is undefined"]
    assert [(r.levelname, "'colour' is undefined" in r.getMessage()) for r in caplog.records] == [("ERROR", True)]


def test_faults_without_end_are_cut_off(full, tmp_path):
    letters = writer(full, tmp_path)
    for n in range(MAX_FAULTS + 5):
        spoil(tmp_path, "\n" * n + "{% if %}")
        letters._environment.cache.clear()
        letters(deliveries(full)[0])
    assert len(letters.faults) == MAX_FAULTS


def test_no_day_is_lost_to_a_broken_template(full, tmp_path):
    spoil(tmp_path, "{% if %}")
    relay = Relay()
    done = deliver_due(full, lambda: relay, writer(full, tmp_path), SENDING, Clock())
    assert done.outcomes[DeliveryStatus.ACCEPTED] == 3
    assert sorted(relay.recipients) == ["a@example.test", "b@example.test", "c@example.test"]


def test_without_a_spare_a_broken_template_is_an_error(full, tmp_path):
    spoil(tmp_path, "{% if %}")
    letters = writer(full, tmp_path, spare=None)
    with pytest.raises(TemplateError, match="Expected an expression"):
        letters(deliveries(full)[0])


def test_what_is_no_fault_of_the_template_is_none(full, tmp_path):
    spoil(tmp_path, EXTENDED)
    letters = writer(full, tmp_path)
    with pytest.raises(MessageError):
        letters(replace(deliveries(full)[0], recipient="nobody"))
    assert letters.faults == []


def test_when_the_spare_fails_as_well_its_error_counts(full, tmp_path):
    spoil(tmp_path, "{% if %}")
    with pytest.raises(TemplateError, match="Expected an expression"):
        writer(full, tmp_path, spare=environment(tmp_path))(deliveries(full)[0])


def test_preview_and_message_are_the_same_words(full, tmp_path):
    spoil(tmp_path, FAULTS["has lost the way out"])
    letters = writer(full, tmp_path, keys=KEYS)
    delivery = deliveries(full)[0]
    rendered = letters.rendered(full.edition(delivery.edition_id))
    message = letters(delivery)
    assert part(message, "text/html") == rendered.html
    assert part(message, "text/plain") == rendered.text


def test_each_reader_leaves_by_a_way_of_their_own(full):
    head = letterhead(web_url="https://digest.example.test")
    letters = LetterWriter(full, head, environment(), keys=KEYS, plus=True)
    for delivery in deliveries(full):
        message = letters(delivery)
        web, mail = Page(part(message, "text/html")).links[-3:-1]
        reader = full.edition(delivery.edition_id).subscriber_id
        for token in (web.rpartition("/")[2], token_in(mail.removeprefix("mailto:").partition("?")[0]) or ""):
            assert subscriber_of(full, KEYS, Purpose.UNSUBSCRIBE, token).id == reader
        assert f"\n{web}\n" in part(message, "text/plain")
        fields = message_from_bytes(message)
        listed = "".join((fields["List-Unsubscribe"] or "").split())
        assert listed == f"<{web}>,<{mail}>"
        assert fields["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_keys_there_is_one_way_for_all(full):
    links = [Page(part(writer(full)(d), "text/html")).links for d in deliveries(full)]
    assert all("mailto:unsubscribe@example.test?subject=unsubscribe" in found for found in links)


def test_messages_are_signed_by_all_signers_and_the_same_on_every_try(full):
    signers = [
        load_signer(make_key("rsa"), "example.test", "s1"),
        load_signer(make_key("ed25519"), "example.test", "s2"),
    ]
    letters = LetterWriter(full, letterhead(), environment(), keys=KEYS, signers=signers)
    first = letters(deliveries(full)[0])
    assert first.count(b"DKIM-Signature:") == 2
    assert letters(deliveries(full)[0]) == first
