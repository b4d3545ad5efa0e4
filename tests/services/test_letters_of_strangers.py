"""The letters that are no editions, from their rows in the outbox to the bytes that leave."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DigestError, MessageError, QueryError, UsageError
from digest.mail.check import check
from digest.mail.message import message_id
from digest.mail.templates import environment
from digest.mail.tokens import Purpose
from digest.mail.transports.console import ConsoleTransport
from digest.mail.transports.maildir import MaildirTransport
from digest.mail.transports.smtp import SmtpSettings, SmtpTransport
from digest.mail.verp import bounce_token, token_in
from digest.model import Delivery, DeliveryKind, DeliveryStatus, Envelope
from digest.services import joining
from digest.services.deliver import deliver_due
from digest.services.round import DeliveryRules
from digest.storage import scratch_store
from tests.factories import NOW, delivery, letterhead
from tests.mail.reading import field, fields, header, part
from tests.services.guests import ADDRESS, LINKS, RULES, WEB, ask, joined, letters_to, token, writer
from tests.services.parts import KEYS, Clock, enrolled, publish, put

RULES_OF_SENDING = DeliveryRules("bounces@example.test", "worker", keys=KEYS, verp=True)


def answer(**fields) -> Delivery:
    content = {"subject": "Re: show", "lines": ["You get it."], "in_reply_to": "<1@x.test>", "references": ""}
    return Delivery(
        **{
            "id": 0,
            "edition_id": None,
            "recipient": ADDRESS,
            "message_id": message_id(KEYS.keys[0], "digest.test", "answer", 1),
            "status": DeliveryStatus.PENDING,
            "due_at": NOW,
            "expires_at": NOW + timedelta(hours=20),
            "created_at": NOW,
            "kind": DeliveryKind.ANSWER,
            "address_hash": KEYS.address_hash(ADDRESS),
            "content": content,
            **fields,
        }
    )


def test_a_confirmation_carries_its_token_in_its_links_alone(store):
    ask(store)
    (letter,) = letters_to(store)
    message = writer(store)(letter)
    word = token(store)
    assert header(message, "Subject") == "Please confirm: Paper Digest"
    assert word not in message.partition(b"\r\n\r\n")[0].decode()
    assert LINKS.confirm(letter.confirmation_id) in part(message, "text/plain")
    assert f"mailto:digest+{word}@example.test?subject=confirm" in part(message, "text/html")
    assert word != KEYS.token(Purpose.UNSUBSCRIBE, letter.confirmation_id)
    assert token_in(RULES_OF_SENDING.envelope(letter).sender) == bounce_token(KEYS, letter)


def test_every_try_sends_the_same_bytes(store):
    enrolled(store, address="known@example.test")
    for address in (ADDRESS, "known@example.test"):
        ask(store, address)
    store.post(answer(), 10, NOW)
    made = [[writer(store)(letter) for letter in store.deliveries()] for _ in range(2)]
    assert made[0] == made[1]
    assert len({field(message, "Message-ID") for message in made[0]}) == 3


def test_who_is_here_gets_their_links_and_a_way_to_leave(store):
    known = joined(store)
    ask(store)
    joining.ask_for_link(store, RULES, ADDRESS, WEB, NOW)
    for letter in letters_to(store)[1:]:
        message = writer(store)(letter)
        assert LINKS.manage(known) in part(message, "text/plain")
        assert LINKS.unsubscribe(known) in part(message, "text/html")
        assert field(message, "List-Unsubscribe").startswith(f"<{LINKS.unsubscribe(known)}>")
        assert "from the network 192.0.2.0/24" in " ".join(part(message, "text/plain").split())


def test_an_edition_is_still_an_edition_and_leads_to_its_pages(store):
    put(store, 1)
    enrolled(store)
    (made,) = publish(store)
    text = part(writer(store)(store.deliveries()[0]), "text/plain")
    assert LINKS.edition(made.subscriber, made.edition.edition_date) in text
    assert LINKS.manage(made.subscriber) in text
    bare = part(writer(store, links=replace(LINKS, base=""))(store.deliveries()[0]), "text/plain")
    assert "/edition/" not in bare


@pytest.mark.parametrize("kind", [kind for kind in DeliveryKind if kind is not DeliveryKind.ANSWER])
def test_a_row_about_nothing_is_no_letter(store, kind):
    row = delivery(kind=kind, edition_id=None, subscriber_id=None, confirmation_id=None)
    with pytest.raises(MessageError):
        writer(store)(row)


def test_a_request_that_was_declined_or_that_nobody_could_confirm_is_no_letter(store):
    ask(store)
    (letter,) = letters_to(store)
    with pytest.raises(MessageError, match="no way to confirm"):
        writer(store, letterhead(), links=None)(letter)
    joining.decline(store, KEYS, token(store), NOW)
    with pytest.raises(MessageError):
        writer(store)(letter)


def test_an_override_that_fails_is_replaced_and_told(store, tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "confirm.html").write_text("<p>Hello</p>", encoding="utf-8")
    ask(store)
    (letter,) = letters_to(store)
    head = letterhead(commands="digest@example.test", web_url=LINKS.base)
    letters = writer(store)
    own = type(letters)(store, head, environment(tmp_path), keys=KEYS, plus=True, links=LINKS, spare=environment())
    assert own(letter) == letters(letter)
    assert "mail/confirm.html: the link that the letter is for is gone" in own.faults[0]


def test_an_answer_has_the_null_sender_and_all_else_a_sender_of_its_own():
    assert RULES_OF_SENDING.envelope(answer()) == Envelope("", ADDRESS)
    for kind in set(DeliveryKind) - {DeliveryKind.ANSWER}:
        assert RULES_OF_SENDING.envelope(delivery(kind=kind)).sender.startswith("bounces+")


class Box:
    """A mail server that remembers who was said to send."""

    def __init__(self) -> None:
        self.senders: list[str | None] = []

    async def handle_DATA(self, server, session, envelope):
        self.senders.append(envelope.mail_from)
        return "250 2.0.0 Ok"


@pytest.fixture
def server():
    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Controller(box, "127.0.0.1", port)
    running.start()
    yield box, port
    running.stop()


def test_a_real_server_takes_an_answer_from_nobody(store, server):
    box, port = server
    ask(store)
    store.post(answer(), 10, NOW)
    told = SmtpSettings(host="127.0.0.1", port=port, security="none", timeout=5, local_hostname="client.test")
    done = deliver_due(store, lambda: SmtpTransport(told), writer(store), RULES_OF_SENDING, Clock())
    assert done.outcomes[DeliveryStatus.ACCEPTED] == 2
    assert sorted(sender.partition("+")[0] for sender in box.senders) == ["<>", "bounces"]


def test_a_maildir_and_a_console_take_an_answer(store, tmp_path, capsys):
    import sys

    store.post(answer(), 10, NOW)
    message = writer(store)(store.deliveries()[0])
    for transport in (MaildirTransport(tmp_path / "box"), ConsoleTransport(sys.stdout)):
        with transport:
            transport.send(message, Envelope("", ADDRESS), lambda: None)
    assert len(list((tmp_path / "box" / "new").iterdir())) == 1
    assert "You get it." in capsys.readouterr().out


WORDS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "a\r\nBcc: x@example.org",
            "{{ 7 * 7 }}",
            '"></a><a href="https://evil.example">win</a>',
            "=?utf-8?q?x?=",
            "\u202eevil\x00",
        ]
    ),
)
LOCALS = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,30}", fullmatch=True)


@given(name=WORDS, interests=st.lists(WORDS, max_size=4), local=st.one_of(LOCALS, WORDS), place=WORDS)
def test_whatever_strangers_wish_for_the_letter_is_sound(name, interests, local, place):
    with scratch_store(None) as store:
        address = f"{local}@example.test"
        try:
            where = joining.Place(place, "a block")
            ask(store, address, {"name": name, "interests": interests}, place=where)
        except (UsageError, QueryError):
            assert store.deliveries() == []
            return
        (letter,) = store.deliveries()
        try:
            message = writer(store)(letter)
        except DigestError:
            pytest.fail("what was let in must make a letter")
        check(message)
        assert [name for name, _ in fields(message) if name.startswith("List-") or name in ("Bcc", "Cc")] == []
        found = set(re.findall(r'href="([^"]*)"', part(message, "text/html")))
        assert {one.partition(":")[0] for one in found} == {"https", "mailto"}
        assert len(found) == 3
        assert "<script" not in part(message, "text/html")
