"""Commands by mail, followed: whoever is proved to have written is a reader with wishes, or a stranger.

Nothing is done, and nobody is answered, for a sender whom our own mail server does not prove (MAIL.md 46). A stranger
who subscribes gets the letter that asks to confirm and no other; a token to confirm is proof by itself, and its answer
goes to the address that the token was sent to.

A mail server may hand a message over twice, and whoever has a signed mail of somebody may send it to us again. The
answer's Message-ID follows from that of the mail; it is remembered, answered or not, for longer than a signed mail is
followed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.errors import TokenError, UsageError
from digest.mail.incoming import Desk, Verb
from digest.mail.incoming.commands import bare_subject
from digest.mail.message import message_id
from digest.mail.text import cut, one_line
from digest.model import MONTH, Delivery, DeliveryKind, DeliveryStatus, Demand, Origin
from digest.services import command_answers as answers
from digest.services import joining
from digest.services.command_wishes import requested, told
from digest.services.joining import Place
from digest.services.reader_commands import Reader
from digest.services.taken import Taken, TakenKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.mail.incoming import Command, CommandMail, Proof, TokenRequest
    from digest.mail.links import Links
    from digest.model import Subscriber
    from digest.services.joining import JoinRules
    from digest.storage import Store

_DAY = timedelta(days=1)
# Mail servers try for five days (RFC 5321 4.5.4.1), and clocks are wrong by a zone.
_OLDEST, _AHEAD = timedelta(days=7), timedelta(days=1)
_TOKEN = re.compile(r"[A-Za-z2-7]{40}")
_CONFIRMED = {"new": "confirmed", "already": "had confirmed before", "over": "came too late to confirm"}


@dataclass(frozen=True, slots=True)
class CommandRules:
    """How commands by mail are followed.

    They come to `address`, and answers to digests to `others` of ours; without the former, none are taken.
    `authserv_id` and `trusted_hops` say whom to believe about senders, see `digest.mail.incoming.authentication`. One
    address gets `answers_day` answers a day. `links` lead to the pages, if there are any.
    `reporters` are domains whose bounces and complaints are believed, see `digest.services.report_proof`.
    """

    join: JoinRules
    authserv_id: str
    trusted_hops: int
    answers_day: int
    address: str
    links: Links | None
    others: tuple[str, ...] = ()
    reporters: tuple[str, ...] = ()

    @property
    def desk(self) -> Desk | None:
        """Where commands are taken, for whoever reads the mail; None where they are not."""
        if not self.address:
            return None
        return Desk(self.address, self.join.domain, self.authserv_id, self.trusted_hops, self.others)


@dataclass(slots=True)
class Reply:
    """What is to be said to whoever commanded: `lines` by the command, and how much that matters.

    `done` names what was done, for the log. Unless it is `earnest`, it is said only to whom nothing was said that day.
    """

    lines: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    earnest: bool = False

    def say(self, lines: Sequence[str]) -> None:
        """One more paragraph."""
        self.lines += [*([""] if self.lines else []), *lines]


def follow(store: Store, rules: CommandRules, mail: CommandMail, now: datetime) -> Taken:
    """Do what a mail asks for, and put an answer into the outbox.

    Raises:
        StorageError: nothing is lost, and the message must be handed over again later.
    """
    address = mail.proof.address
    if not address:
        return Taken(TakenKind.IGNORED, f"a command of nobody who is proved: {mail.proof.why}")
    if _stale(mail.proof, now):
        return Taken(
            TakenKind.IGNORED, "a command whose date is not of these days: it may be sent again by somebody else"
        )
    answer = _answer(rules, address, mail, now)
    if store.delivery_by_message_id(answer.message_id) is not None or store.was_followed(answer.message_id):
        return Taken(TakenKind.COMMAND, "answered before")
    reader = joining.subscribed(store, address)
    if reader is not None and not _comes_back(store, rules, mail):
        reply = _for_reader(Reader(store, reader, mail.references, now, rules.links), mail)
        answer = replace(answer, recipient=reader.address, subscriber_id=reader.id)
    else:
        reply = _for_stranger(store, rules, mail, now)
    answer = replace(answer, content={**answer.content, "lines": reply.lines})
    sent = bool(reply.lines) and _post(store, rules, answer, rules.answers_day if reply.earnest else 1)
    store.note_followed(answer.message_id, now)
    what = f"{', '.join(reply.done)}; {'answered' if sent else 'not answered'}"
    return Taken(TakenKind.COMMAND, what, subscriber_id=answer.subscriber_id)


def _stale(proof: Proof, now: datetime) -> bool:
    """Whether a signed mail is older, or newer, than one that came straight here; it is remembered for longer."""
    if proof.written is None:
        return False
    return not -_AHEAD <= (proof.received or now) - proof.written <= _OLDEST


def _post(store: Store, rules: CommandRules, answer: Delivery, most: int) -> bool:
    """Put an answer into the outbox, unless its address had `most` that day; False where it may not be sent.

    What strangers cause also counts for the caps on their domain and on the hour, with the letters that ask to confirm:
    whoever can sign for a whole domain has any number of addresses. For their own address it is counted apart, so that
    nobody who asked for help has to wait for a day before they subscribe.
    """
    now = answer.due_at
    if answer.subscriber_id is not None:
        return store.post(answer, most, now - _DAY)
    apart = rules.join.keys.address_hash(f"answers/{answer.recipient}")
    caps = replace(rules.join.caps, address_day=most, address_month=rules.answers_day * MONTH.days)
    return store.ask(Demand(now, apart, answer.domain), caps, answer) is None


def confirm(store: Store, rules: CommandRules, request: TokenRequest, now: datetime) -> Taken | None:
    """Confirm by the first good token of a mail; None where none is good for that.

    Raises:
        StorageError: as in `follow`.
    """
    for token in request.confirm:
        try:
            confirmed = joining.confirm(store, rules.join, token, request.domain, now)
        except TokenError:
            continue
        made = confirmed.subscriber
        if confirmed.kind == "new" and made is not None:
            _welcome(store, rules, made, request, now)
        return Taken(TakenKind.CONFIRM, _CONFIRMED[confirmed.kind], subscriber_id=made.id if made else None)
    return None


def _welcome(store: Store, rules: CommandRules, made: Subscriber, request: TokenRequest, now: datetime) -> None:
    lines = answers.welcome(made, now, rules.links)
    content = {"subject": "You are subscribed", "lines": lines, "in_reply_to": request.message_id}
    letter = _letter(rules, made.address, content, f"welcome/{made.id}/{now.isoformat()}", now)
    store.post(replace(letter, subscriber_id=made.id), rules.answers_day, now - _DAY)


def _for_reader(reader: Reader, mail: CommandMail) -> Reply:
    reply = Reply(earnest=bool(mail.parsed.commands))
    for command in mail.parsed.commands:
        reply.say([*_quoted(command), *reader.obey(command)])
        reply.done.append(command.verb)
        if command.verb is Verb.UNSUBSCRIBE:
            return reply
    return _finished(reply, mail, answers.help_for_readers())


def _for_stranger(store: Store, rules: CommandRules, mail: CommandMail, now: datetime) -> Reply:
    commands = {command.verb: command for command in reversed(mail.parsed.commands)}
    how = _how_to_join(rules)
    if Verb.SUBSCRIBE in commands:
        return _subscribe(store, rules, mail.proof.address, commands[Verb.SUBSCRIBE], now)
    if Verb.CONFIRM in commands or (not commands and _asked_to_confirm(store, mail)):
        return Reply(answers.how_to_confirm(), ["told how to confirm"])
    if not commands:
        return _finished(Reply(), mail, how)
    said = answers.not_subscribed(str(mail.parsed.commands[0])) if Verb.HELP not in commands else []
    reply = Reply(list(said), [f"{', '.join(commands)} of nobody who is subscribed"])
    reply.say(how)
    return reply


def _how_to_join(rules: CommandRules) -> list[str]:
    if not rules.join.open:
        return answers.closed()
    return answers.help_for_strangers(rules.address, rules.links.base if rules.links is not None else "")


def _subscribe(store: Store, rules: CommandRules, address: str, command: Command, now: datetime) -> Reply:
    """Let a stranger in as far as the letter that asks to confirm, which is the answer."""
    if not rules.join.open:
        return Reply([*_quoted(command), *answers.closed()], ["subscribe where nobody can"])
    try:
        wishes = requested(command.argument, command.lines)
        place = Place(address.rpartition("@")[2])
        met = joining.ask_to_join(store, rules.join, address, wishes, Origin.MAIL, place, now)
    except UsageError as error:
        lines = [*_quoted(command), told(error), "", "Nothing was done: please write once more."]
        return Reply(lines, ["subscribe with a mistake"], earnest=True)
    return Reply([], [f"subscribe met the cap on the {met.value}" if met is not None else "subscribe"])


def _comes_back(store: Store, rules: CommandRules, mail: CommandMail) -> bool:
    """Whether somebody subscribes anew whose mail came back so often that it is not sent any more."""
    asks = any(command.verb is Verb.SUBSCRIBE for command in mail.parsed.commands)
    return asks and store.suppression(rules.join.keys.address_hash(mail.proof.address)) is not None


def _asked_to_confirm(store: Store, mail: CommandMail) -> bool:
    """Whether a mail answers to one that asks to confirm."""
    answered = (store.delivery_by_message_id(one) for one in mail.references[:1])
    return any(one is not None and one.kind is DeliveryKind.CONFIRMATION for one in answered)


def _finished(reply: Reply, mail: CommandMail, how: Sequence[str]) -> Reply:
    """Say where reading stopped; and what would be understood, where nothing was."""
    if mail.parsed.unread:
        reply.say(answers.stopped(mail.parsed.unread))
    if not mail.parsed.commands:
        reply.say(how)
        reply.done.append("no command")
    return reply


def _quoted(command: Command) -> list[str]:
    return [f"> {cut(one_line(str(command)), 100)}", ""]


def _answer(rules: CommandRules, to: str, mail: CommandMail, now: datetime) -> Delivery:
    """The answer to a mail, but for its lines."""
    subject, _ = bare_subject(_TOKEN.sub("", mail.subject))
    content = {
        "subject": f"Re: {cut(one_line(subject), 100) or 'your mail'}",
        "in_reply_to": mail.message_id,
        "references": list(reversed(mail.references)),
    }
    return _letter(rules, to, content, mail.mark, now)


def _letter(rules: CommandRules, to: str, content: Mapping[str, Any], mark: str, now: datetime) -> Delivery:
    """An answer to somebody; one with the same `mark` has the same Message-ID."""
    keys, address_hash = rules.join.keys, rules.join.keys.address_hash(to)
    return Delivery(
        id=0,
        edition_id=None,
        recipient=to,
        message_id=message_id(keys.keys[0], rules.join.domain, "answer", address_hash, mark),
        status=DeliveryStatus.PENDING,
        due_at=now,
        expires_at=now + rules.join.expires,
        created_at=now,
        kind=DeliveryKind.ANSWER,
        address_hash=address_hash,
        content=content,
    )
