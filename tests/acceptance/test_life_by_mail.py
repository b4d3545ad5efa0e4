"""A subscriber's whole life by mail alone, through Postfix, OpenDKIM and Dovecot; and those who must not get far.

Seen with Postfix 3.7.11, OpenDKIM 2.11.0 and Dovecot 2.3.19: OpenDKIM puts its Authentication-Results above the
Received field of the Postfix that it serves. It takes away those with its own name that come from outside and tell of
signatures, and leaves others, such as ``dmarc=pass``.
"""

from __future__ import annotations

import email
from typing import TYPE_CHECKING

import dkim
import pytest

from digest.mail.verp import bounce_token
from digest.model import DeliveryKind, SubscriberStatus
from digest.services.taken import TakenKind
from tests.acceptance.correspondence import BOUNCES, DIGEST, Office, Person, office, title, way_to_confirm
from tests.acceptance.house import part
from tests.acceptance.relayed import next_day, suppressed
from tests.lab.fixtures import DOMAIN, RSA_SELECTOR
from tests.lab.opendkim import AUTHSERV_ID
from tests.lab.process import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

    from digest.model import Subscriber
    from tests.lab.dovecot import Dovecot
    from tests.lab.fixtures import Keys
    from tests.lab.postfix import Postfix

pytestmark = [pytest.mark.xdist_group("postfix"), pytest.mark.usefixtures("opendkim")]
INTERESTS = 'attention^2\n"long video"\n-survey\nhour: 0:00\n\nThank you,\nAlice'
FORGED = f"Authentication-Results: {AUTHSERV_ID}; dkim=pass header.d=example.test\r\n".encode()


@pytest.fixture
def house(tmp_path: Path, postfix: Postfix, keys: Keys) -> Iterator[Office]:
    """A house that is open for mail, with a day's papers in its spool."""
    with office(tmp_path, postfix, keys) as made:
        yield made


@pytest.fixture
def alice(house: Office, dovecot: Dovecot) -> Person:
    """Alice, with an empty mailbox."""
    mailbox = dovecot.mailbox("alice")
    mailbox.clear()
    return Person(mailbox, house)


def subscriber(house: Office) -> Subscriber:
    (found,) = house.store.subscribers()
    return found


def text(message: Message) -> str:
    return part(message, "text/plain")


def test_a_whole_life(house: Office, alice: Person) -> None:
    assert alice.write("subscribe", INTERESTS).kind is TakenKind.COMMAND
    asking = alice.news()
    assert "attention" in text(asking)
    assert (asking["Reply-To"], asking["Auto-Submitted"]) == (DIGEST, "auto-generated")
    assert house.store.subscribers() == []

    assert alice.write("confirm", to=way_to_confirm(asking)).what == "confirmed"
    welcome, digest = alice.news(), alice.news()
    assert "You are subscribed." in text(welcome)
    assert "attention" in text(digest).lower()

    _changes(house, alice, digest)

    goodbye = alice.answer(digest, "unsubscribe")
    assert (goodbye.what, subscriber(house).status) == ("unsubscribe; answered", SubscriberStatus.GONE)
    assert "no digest comes any more" in text(alice.news())
    next_day(house.house)
    before = house.waiting()
    house.work()
    assert house.waiting() == before


def _changes(house: Office, alice: Person, digest: Message) -> None:
    """What one does with a subscription by answering to a digest."""
    alice.answer(digest, "set hour 9:30\nset zone Europe/Berlin\nlike 1\n\nAll the best\nAlice")
    answer = alice.news()
    assert (answer["In-Reply-To"], answer["Return-Path"]) == (f"<{id(alice)}.3@example.test>", "<>")
    assert (title(answer), answer["Auto-Submitted"]) == (f"Re: {title(digest)}", "auto-replied")
    assert "> set hour 9:30" in text(answer)
    assert (f"{subscriber(house).send_at:%H:%M}", subscriber(house).zone) == ("09:30", "Europe/Berlin")
    (said,) = house.store.feedback([subscriber(house).id])[subscriber(house).id]
    assert (said.origin, said.opinion) == ("mail", "liked")

    alice.answer(answer, "show")
    assert '2. "long video"' in text(alice.news())
    alice.write("pause 2 weeks")
    assert "Paused until" in text(alice.news())
    assert subscriber(house).status is SubscriberStatus.PAUSED
    alice.write("resume")
    assert "The digest goes on." in text(alice.news())


@pytest.fixture
def asking(house: Office, alice: Person) -> Message:
    """The letter that asks Alice to confirm, in her mailbox."""
    alice.write("subscribe", INTERESTS)
    return alice.news()


def _away(alice: Person, asking: Message, to: str, **fields: str) -> bytes:
    """What a program answers while Alice is away, with everything quoted that it got."""
    quoted = part(asking, "text/plain") + part(asking, "text/html")
    return alice.letter(f"Away: {title(asking)}", quoted, to=to, In_Reply_To=asking["Message-ID"], **fields)


def test_no_program_confirms_and_none_is_answered(house: Office, alice: Person, asking: Message) -> None:
    back, confirming = asking["Return-Path"].strip("<>"), way_to_confirm(asking)
    assert back.startswith("bounces+")
    before = house.waiting()
    vacation = {"Auto_Submitted": "auto-replied"}
    exchange = {"X_Auto_Response_Suppress": "All", "Auto_Submitted": "auto-generated"}
    listed = {"List_Id": "<people.example.test>", "Precedence": "list"}
    for to in (DIGEST, back, confirming):
        for sender, fields in (("", vacation), ("", {}), (alice.address, vacation), (alice.address, exchange)):
            assert house.receive(_away(alice, asking, to, **fields), sender, to).kind is TakenKind.IGNORED
        assert house.receive(_away(alice, asking, to, **listed), alice.address, to).kind is TakenKind.IGNORED
    assert house.waiting() == before
    assert house.store.subscribers() == []
    assert house.store.open_confirmations(house.now) == 1


def test_a_person_who_answers_is_told_how_to_confirm_and_nothing_more(
    house: Office, alice: Person, asking: Message
) -> None:
    told = alice.answer(asking, "Yes, I confirm.")
    assert (told.kind, told.what) == (TakenKind.COMMAND, "told how to confirm; answered")
    assert "An answer alone is not enough" in text(alice.news())
    assert alice.answer(asking, "confirm").what == "told how to confirm; not answered"
    assert house.store.subscribers() == []


def test_a_forged_sender_causes_nothing(house: Office, alice: Person) -> None:
    for forged in (b"", FORGED, b"Received: from a by b\r\n" + FORGED):
        for line in ("subscribe", "help", "unsubscribe"):
            message = forged + alice.letter(line, "")
            done = house.receive(message, "eve@evil.test", signed=False)
            assert (done.kind, done.what) == (
                TakenKind.IGNORED,
                "a command of nobody who is proved: neither SPF nor DKIM nor DMARC proves its sender",
            )
    arrived = email.message_from_bytes(house.taken[-1][0])
    assert arrived.get_all("Authentication-Results") == [f"{AUTHSERV_ID}; dkim=none; dkim-atps=neutral"]
    of_another_domain = alice.letter("show", "").replace(b"@example.test>", b"@evil.test>")
    assert house.receive(of_another_domain, "eve@evil.test").kind is TakenKind.IGNORED
    assert house.waiting() == 0


def test_a_good_signature_with_a_result_for_its_identity_proves_nobody(house: Office, alice: Person) -> None:
    """Anybody with a domain of their own can make such a one, and OpenDKIM writes it down as it reads."""
    raw = alice.letter("help", "").replace(b"@example.test>", b"@victim.test>")
    identity = b"x=3Bdkim=3Dpass=20header.d=3Dvictim.test=20header.i=3D@example.test"
    signature = dkim.sign(raw, RSA_SELECTOR.encode(), DOMAIN.encode(), house.keys.rsa, identity=identity)
    done = house.receive(signature + raw, "eve@evil.test", signed=False)
    (said,) = email.message_from_bytes(house.taken[-1][0]).get_all("Authentication-Results", [])
    assert "dkim=pass (2048-bit key) header.d=example.test header.i=x;dkim=pass header.d=victim.test" in said
    assert done.kind is TakenKind.IGNORED
    assert done.what.endswith("a name in its envelope or signature may be meant to be read as a proof")
    assert house.waiting() == 0


def test_somebody_elses_address_that_is_dead_is_given_up(house: Office, alice: Person) -> None:
    """A real DSN: whoever wrote as nobody@example.test had the right to, but no mailbox."""
    nobody = "nobody@example.test"
    raw = alice.letter("subscribe", "attention").replace(alice.address.encode(), nobody.encode())
    assert house.receive(raw, nobody).kind is TakenKind.COMMAND
    before = len(house.taken)
    house.work()
    until(lambda: len(house.taken) > before, "the report of delivery")
    _, recipient, sender, done = house.taken[-1]
    assert (sender, recipient.partition("+")[0]) == ("<>", BOUNCES.partition("@")[0])
    assert (done.kind, done.what) == (TakenKind.BOUNCE, "hard bounce, status 5.1.1")
    assert list(suppressed(house.house).values()) == ["dead"]
    assert house.store.subscribers() == []
    assert [one.kind for one in house.store.deliveries()] == [DeliveryKind.CONFIRMATION]


def test_a_signed_mail_to_somebody_else_commands_nothing_here(house: Office, alice: Person) -> None:
    """OpenDKIM finds the signature good; whoever was on that list may send the mail on as it is, or put one on top."""
    elsewhere = alice.letter("subscribe", "attention", to="list@example.test")
    done = house.receive(elsewhere, "eve@example.test")
    assert (done.kind, "meant for this address" in done.what) == (TakenKind.IGNORED, True)
    again = alice.letter("subscribe", "attention")
    assert house.receive(again, "eve@example.test").kind is TakenKind.COMMAND
    assert house.receive(again, "eve@example.test").what == "answered before"


def test_mail_of_our_own_that_comes_back_is_nothing(house: Office, alice: Person, asking: Message) -> None:
    (delivery,) = house.store.deliveries()
    to = f"bounces+{bounce_token(house.tokens, delivery)}@app.test"
    for recipient in (DIGEST, to, way_to_confirm(asking)):
        assert house.receive(asking.as_bytes(), alice.address, recipient, signed=False).kind is TakenKind.IGNORED
    assert house.store.subscribers() == []
    assert house.waiting() == 1
