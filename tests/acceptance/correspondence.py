"""A house that takes commands by mail behind real servers, and people of example.test who write to it.

Mail of theirs is signed, goes into Postfix past OpenDKIM, which writes down what it thinks of the signature, and on by
LMTP to the house. Its answers go through Postfix into their mailboxes at Dovecot.
"""

from __future__ import annotations

import contextlib
import email
import re
import smtplib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from digest.app import App
from digest.inbound import intake
from digest.inbound.lmtp import Listener
from digest.mail.dkim import load_signer, signatures
from tests.acceptance.house import part, subject
from tests.acceptance.relayed import relayed, tick
from tests.lab.fixtures import DOMAIN, RSA_SELECTOR
from tests.lab.opendkim import AUTHSERV_ID
from tests.lab.process import LOOPBACK, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

    from digest.mail.tokens import Keyring
    from digest.services.taken import Taken
    from digest.storage import Store
    from tests.acceptance.house import House
    from tests.lab.dovecot import Mailbox
    from tests.lab.fixtures import Keys
    from tests.lab.postfix import Postfix

DIGEST, BOUNCES = "digest@app.test", "bounces@app.test"
START = datetime(2026, 5, 21, 8, 0, tzinfo=UTC)
_MORE = f"""
[joining]
address = "{DIGEST}"
address_day = 5

[inbound]
authserv_id = "{AUTHSERV_ID}"
"""


@dataclass
class Office:
    """The house, what signs its tokens, its store, and everything that came in so far with what it was taken for."""

    house: House
    tokens: Keyring
    store: Store
    postfix: Postfix
    keys: Keys
    now: datetime = START
    taken: list[tuple[bytes, str, str | None, Taken]] = field(default_factory=list)

    def work(self) -> None:
        """One tick, a minute later."""
        self.now += timedelta(minutes=1)
        summary = tick(self.house, self.now.isoformat())
        assert summary["outage"] == ""

    def receive(self, message: bytes, sender: str, to: str = DIGEST, *, signed: bool = True) -> Taken:
        """Hand a message to Postfix; what it was taken for in the end."""
        if signed:
            signer = load_signer(self.keys.rsa, DOMAIN, RSA_SELECTOR)
            message = signatures(message, [signer], START) + message
        before = len(self.taken)
        with smtplib.SMTP(LOOPBACK, self.postfix.filtered, timeout=20) as client:
            client.sendmail(sender, [to], message)
        until(lambda: len(self.taken) > before, f"the mail to {to}")
        return self.taken[-1][3]

    def waiting(self) -> int:
        """How many messages are in the outbox, sent or not."""
        return len(self.store.deliveries(limit=1000))


@dataclass
class Person:
    """Somebody with a mailbox, and the mail that they have read."""

    mailbox: Mailbox
    office: Office
    read: set[str] = field(default_factory=set)
    written: int = 0

    @property
    def address(self) -> str:
        """Their mail address."""
        return self.mailbox.address

    def letter(self, about: str, text: str, *, to: str = DIGEST, **fields: str) -> bytes:
        """A mail as their program writes it."""
        self.written += 1
        # By the clock of the machine, as what Postfix writes on top.
        own = {"Message-ID": f"<{id(self)}.{self.written}@{DOMAIN}>", "Date": format_datetime(datetime.now(UTC))}
        given = {**own, **{name.replace("_", "-"): value for name, value in fields.items()}}
        head = "".join(f"{name}: {value}\n" for name, value in given.items() if value)
        mime = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        whole = f"From: Somebody <{self.address}>\nTo: {to}\nSubject: {about}\n{head}{mime}\n{text}\n"
        return whole.replace("\n", "\r\n").encode()

    def write(self, about: str, text: str = "", *, to: str = DIGEST) -> Taken:
        """Write to the house."""
        return self.office.receive(self.letter(about, text, to=to), self.address, to)

    def answer(self, message: Message, text: str) -> Taken:
        """Answer to a mail: to its Reply-To, with all of it quoted below."""
        quoted = "".join(f"> {line}\n" for line in part(message, "text/plain").splitlines())
        body = f"{text}\n\nOn Thu, 21 May 2026 at 08:00, Morning Papers wrote:\n{quoted}"
        names = {"In_Reply_To": message["Message-ID"], "References": message["Message-ID"]}
        raw = self.letter(f"Re: {title(message)}", body, to=message["Reply-To"], **names)
        return self.office.receive(raw, self.address, message["Reply-To"])

    def news(self) -> Message:
        """The next mail that they have not read, after a tick."""
        self.office.work()
        return until(self._unread, f"mail for {self.address}")

    def _unread(self) -> Message | None:
        for raw in self.mailbox.all():
            message = email.message_from_bytes(raw)
            if message["Message-ID"] not in self.read:
                self.read.add(message["Message-ID"])
                return message
        return None


@contextlib.contextmanager
def office(root: Path, postfix: Postfix, keys: Keys) -> Iterator[Office]:
    """A house at `root` that is open for mail."""
    house = relayed(root, postfix.smtp, [], bounces=BOUNCES, unsubscribe=DIGEST, more=_MORE)
    app = App.load(str(house.config))
    with app.store() as store:
        made = Office(house, app.keyring(), store, postfix, keys)
        app.clock = lambda: made.now
        take = intake(app, store)

        def kept(message: bytes, recipient: str, sender: str | None) -> None:
            made.taken.append((message, recipient, sender, take(message, recipient, sender)))

        listener = Listener(LOOPBACK, postfix.app, kept)
        listener.start()
        try:
            yield made
        finally:
            listener.stop()


def title(message: Message) -> str:
    """The subject of a mail, on one line."""
    return " ".join(subject(message).split())


def way_to_confirm(message: Message) -> str:
    """The address in a confirmation that confirms when one writes to it."""
    found = re.search(r"mailto:(digest\+[a-z2-7]{40}@app\.test)", part(message, "text/html"))
    assert found is not None
    return found[1]
