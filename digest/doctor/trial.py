"""A trial: one real message to one address, every step of the conversation told, and nothing kept.

The message is byte for byte one that a reader could get, signature included, but for two things: its Message-ID
is its own (or the receiver would take the day's edition for a copy of it and drop that), and for somebody who is
no subscriber its links are signed with a key that is thrown away (or they would stand for whoever subscribes next).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.app import SAMPLE_INTERESTS, App, sample_paths
from digest.doctor.findings import paste
from digest.errors import ConfigError, Deferral, Outage, OutcomeUnknown, TransportError
from digest.mail.meaning import Meaning, meaning
from digest.mail.message import message_id
from digest.mail.verp import envelope_sender
from digest.model import Envelope, SubscriberStatus
from digest.ranking.query import parse_all
from digest.services.enrol import add, check_address
from digest.services.preview import Request, preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.mail.transports import Transport
    from digest.model import Receipt
    from digest.services.letters import LetterWriter
    from digest.services.preview import Preview
    from digest.storage import Store


@dataclass(frozen=True, slots=True)
class Trial:
    """A message that is ready to go: its subject, the papers in it, and what was wrong on the way here."""

    message: bytes
    envelope: Envelope
    subject: str
    papers: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of the trial: a word for it, what was said, what to do; `accepted` if it was taken over."""

    word: str
    what: str
    todo: str
    accepted: bool = False


def prepare(app: App, address: str, *, sample: bool = False, fetch: bool = False) -> Trial:
    """Today's preview for `address`, as a message of its own.

    Args:
        sample: stand on the bundled sample, and on no database.
        fetch: ask the sources over the network, too.

    Raises:
        UsageError: `address` is none.
        ConfigError: no mail may be sent like this.
        StorageError, TemplateError, MessageError: the message cannot be made.
    """
    address = check_address(address)
    if mistakes := app.config.sending_mistakes():
        raise ConfigError(list(mistakes), str(app.config.place))
    now = app.clock()
    with app.scratch(with_past=not sample) as store:
        known = store.subscriber_by_address(address)
        signing = app
        if known is None or known.status is SubscriberStatus.GONE:
            add(store, address, {}, app.default_wishes(), now, again=True)
            signing = app.for_nobody()
        return _made(signing, store, address, sample, fetch, now)


def _made(app: App, store: Store, address: str, sample: bool, fetch: bool, now: datetime) -> Trial:
    letters = app.letters(store)
    shown = _shown(app, store, letters, address, sample, fetch)
    domain, keys = app.letterhead.sender.rpartition("@")[2], app.keyring()
    own = message_id(keys.keys[0], domain, "trial", address, now.isoformat(), secrets.token_hex(8))
    delivery = replace(shown.delivery, message_id=own, created_at=now)
    # Its number, 0, is no row's: a bounce of the trial is nobody's.
    sender = envelope_sender(app.config.envelope_sender, keys, delivery, app.config.verp)
    return Trial(
        message=letters(delivery),
        envelope=Envelope(sender, address, own.strip("<>")),
        subject=shown.rendered.subject,
        papers=len(shown.edition.picks),
        problems=(*shown.problems, *letters.faults),
    )


def _shown(app: App, store: Store, letters: LetterWriter, address: str, sample: bool, fetch: bool) -> Preview:
    if not sample:
        sources, rules = app.preview_sources(fetch), app.publish_rules()
        return preview(store, sources, app.ranker(), rules, letters, Request(address), app.preview_moment())
    before, day = sample_paths()
    return preview(
        store,
        app.snapshot_sources([day]),
        app.ranker(),
        app.publish_rules(),
        letters,
        Request(address, interests=parse_all(SAMPLE_INTERESTS)),
        app.preview_moment([day]),
        app.snapshot_sources([before]),
    )


def carrier(app: App, watch: Callable[[str, str], None]) -> Transport:
    """The configured way out, telling `watch` what it says and hears where it is a conversation.

    Raises:
        ConfigError: the password for the mail server is missing.
    """
    from digest.mail.transports.smtp import SmtpTransport

    transport = app.transport()
    if isinstance(transport, SmtpTransport):
        return SmtpTransport(transport.settings, 1, watch)
    watch("*", f"handing over by {app.config.mail.transport}")
    return transport


def send(trial: Trial, transport: Transport) -> Ending:
    """Send the trial, once, and say what became of it."""
    try:
        with transport:
            receipt = transport.send(trial.message, trial.envelope, lambda: None)
    except TransportError as failed:
        return ending(failed)
    return taken(receipt)


def taken(receipt: Receipt) -> Ending:
    """The good end."""
    named = f" (its name there is {receipt.queue_id})" if receipt.queue_id else ""
    return Ending(
        "accepted",
        f"{receipt.code} {receipt.text}{named}",
        "Look into the mailbox, also under spam; in the message's source, Authentication-Results says what the "
        "receiver thinks of SPF, DKIM and DMARC.",
        accepted=True,
    )


def ending(failed: TransportError) -> Ending:
    """Any other end, what it means and what may help."""
    said = str(failed)
    if isinstance(failed, OutcomeUnknown):
        return Ending("unknown", said, "Whether it arrived is not known: look into the mailbox before you try again.")
    if isinstance(failed, Outage):
        return Ending("no conversation", said, f"Nothing was sent. More is said by{paste('digest doctor')}")
    means = meaning(failed.code, failed.enhanced, failed.text, failed.step)
    return Ending("put off" if isinstance(failed, Deferral) else "refused", said, ADVICE[means])


ADVICE = {
    Meaning.DEAD: "There is no such mailbox: check the address. A subscriber's would be given up.",
    Meaning.FULL: "The mailbox is full. digest would try again later.",
    Meaning.POLICY: "The receiver will not have our mail, whoever it is for: its words say why, maybe with a link. "
    f"SPF, DKIM, DMARC and the name of our address are checked by{paste('digest doctor')}",
    Meaning.SLOW_DOWN: "The receiver wants fewer messages at a time. digest would slow down and try again.",
    Meaning.THROTTLED: "The mail server wants fewer messages at a time. digest would slow down and try again.",
    Meaning.QUOTA: "The mail server lets us send no more for now. digest would stop, say so, and go on later; with "
    "rate and warm_up under [sending] it stays below such a limit.",
    Meaning.SIZE: "The message is larger than the server takes: set a smaller max_papers under [editions].",
    Meaning.ADDRESS: "The address cannot be written on this way: the server does not offer SMTPUTF8.",
    Meaning.SENDER: "The server will not send for us: check username, and that it lets that user send as the "
    "addresses in from and envelope_from under [mail]; some want those addresses verified first.",
    Meaning.TEMPORARY: "Not now; mostly a matter of minutes (greylisting). digest would try again by itself.",
    Meaning.PERMANENT: "The server will not take this message; its words say why.",
}
"""What may help, by what an answer means."""
