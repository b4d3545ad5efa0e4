"""Commands by mail: what a person wants, as the subject and the first lines of a mail say it. Pure; never raises.

::

    subscribe                   interests below, one a line; also lines such as "zone Europe/Berlin"
    confirm <token>             only the token counts, and only where it cannot be quoted (see `reading`)
    show, help, resume
    set hour 7:30               zone, rhythm, papers, name; "set interests" with the interests below
    add <interest>, drop <number or interest>, mute <term>
    pause 2 weeks               until 2026-12-24; without a word more until "resume"
    like 1 3, dislike 2         papers of the edition that is answered to, else of the last; also more, less
    unsubscribe                 stop, leave

A word counts as a command only in the shape of one, so that "Stop sending so much about cats" lets nobody go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.mail.incoming.authentication import Proof

MOST_COMMANDS = 20
"""No more are followed in one mail."""
MOST_LINES = 200
"""No more of a mail are read."""
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands are taken: the `address` they come to, the `domain` of our Message-IDs, whom to believe about
    senders (see `authenticated`), and what `others` of our addresses people answer to."""

    address: str
    domain: str
    authserv_id: str
    trusted_hops: int = 0
    others: tuple[str, ...] = ()

    def takes(self, address: str) -> bool:
        """Whether mail to an address is meant for us: it is one of ours, whatever stands behind its plus sign, or one
        beside it that asks for something by its name, such as "digest-help@"."""
        local, _, domain = address.lower().rpartition("@")
        bare = f"{local.partition('+')[0]}@{domain}"
        beside = domain == self.address.lower().rpartition("@")[2]
        return bare in map(str.lower, (self.address, *self.others)) or (beside and hint_of(address) is not None)


class Verb(StrEnum):
    """What a command asks for."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"
    HELP = "help"
    SHOW = "show"
    SET = "set"
    ADD = "add"
    DROP = "drop"
    PAUSE = "pause"
    RESUME = "resume"
    LIKE = "like"
    DISLIKE = "dislike"
    MUTE = "mute"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its verb, the rest of its line, and the lines below that belong to it."""

    verb: Verb
    argument: str = ""
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.verb} {self.argument}".rstrip()


@dataclass(frozen=True, slots=True)
class Parsed:
    """The commands of a mail, in order; `unread` is the line at which reading stopped, "" where nothing was left."""

    commands: tuple[Command, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class CommandMail:
    """A person's mail that may hold commands. Nobody is to be answered without a `proof`.

    `references` are the Message-IDs that it answers to, the nearest first; `mark` is its own Message-ID, or a hash of
    it where it has none: the same when it is handed over again.
    """

    proof: Proof
    parsed: Parsed
    subject: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    mark: str = ""


_WORDS = {
    Verb.SUBSCRIBE: "subscribe join signup",
    Verb.UNSUBSCRIBE: "unsubscribe stop leave signoff cancel",
    Verb.CONFIRM: "confirm",
    Verb.HELP: "help info commands ?",
    Verb.SHOW: "show status settings",
    Verb.SET: "set",
    Verb.ADD: "add",
    Verb.DROP: "drop remove",
    Verb.PAUSE: "pause",
    Verb.RESUME: "resume continue unpause",
    Verb.LIKE: "like more",
    Verb.DISLIKE: "dislike less",
    Verb.MUTE: "mute hide",
    Verb.RENEW: "new renew",
}
_VERBS = {word: verb for verb, words in _WORDS.items() for word in words.split()}
_HINTED = (Verb.SUBSCRIBE, Verb.UNSUBSCRIBE, Verb.CONFIRM, Verb.HELP)
_HINTS = {word: verb for word, verb in _VERBS.items() if verb in _HINTED} | {"request": Verb.HELP}

_LINE = re.compile(r"(?:please[,:]?\s{1,5})?([a-z]{2,12}|\?)(?:\s{0,5}:|(?=\s)|$)(.*)", re.IGNORECASE)
_BARE = (Verb.UNSUBSCRIBE, Verb.HELP, Verb.SHOW, Verb.RESUME)
_NO_INTEREST = (*_BARE, Verb.SET, Verb.PAUSE, Verb.LIKE, Verb.DISLIKE, Verb.RENEW)
_FILLERS = re.compile(
    "me|my|mine|all|the|now|please|thanks?|you|to|from|this|your|digest|list|mailing|mails?|e-?mails?|again|it|"
    "interests?|settings?|wishes|subscription|commands?|everything"
)
_OF_US = re.compile(r"(?:me\s)?from\s.{1,100}", re.IGNORECASE)
_TO_US = re.compile(r"(?:me\s)?(?:to|for)\s", re.IGNORECASE)
_ME = re.compile(r"me\b.{0,100}", re.IGNORECASE)
_SOMETHING = re.compile(r".{1,400}")
_RANKS = re.compile(r"#?\d{1,3}\b.{0,200}")
_SHAPES = {
    Verb.PAUSE: re.compile(
        r"(?:for|until|till)\s.{1,40}|(?:\d{1,4}|an?|one|two|three|four|six)\s?[a-z]{1,8}|", re.IGNORECASE
    ),
    Verb.LIKE: _RANKS,
    Verb.DISLIKE: _RANKS,
    Verb.ADD: _SOMETHING,
    Verb.DROP: _SOMETHING,
    Verb.MUTE: _SOMETHING,
    Verb.RENEW: re.compile(r"(?:my\s|the\s|a\s)?(?:new\s)?(?:personal\s)?link", re.IGNORECASE),
}
_INTERESTS = re.compile(r"interests?\b.*", re.IGNORECASE)
_REPLY = re.compile(r"(?:re|aw|sv|vs|antw|odp|res|fwd?|wg|回复|答复)(?:\[\d{1,3}\])?\s?[:：]\s{0,5}", re.IGNORECASE)
# "[EXT] Re: ...": what mail servers of companies put before a subject from outside.
_TAG = re.compile(r"\[[^\[\]]{1,30}\]\s{0,5}")
# Around a command, as our own words quote it; the interests behind one keep their quotes.
_AROUND = re.compile(r"[\"'“”„‘’«»‹›<]([^\"'“”„‘’«»‹›<>]{1,100})[\"'“”‘’«»‹›>]")
_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|day|evening|afternoon)|hallo|bonjour|hola)"
    r"(?: (?:there|all|digest|team)|(?: .{1,40})?[,!.])?",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:end|thanks|thank you|many thanks|thx|cheers|(?:best |kind |warm |with )?(?:regards|wishes)|best|sincerely|"
    r"yours|bye|mfg|(?:(?:viele|beste|liebe|schöne) )?gr(?:üße|uß)|mit \w{4,20} grüßen|cordialement|bien à vous|"
    r"saludos|cordiali saluti|met vriendelijke groet(?:en)?|med vänlig hälsning|atenciosamente|с уважением|pozdrawiam)"
    r"(?:,? \w{1,20}){0,2}[ ,.!]{0,5}",
    re.IGNORECASE,
)


def parse_commands(subject: str, lines: Sequence[str], hint: str = "") -> Parsed:
    """What a mail asks for.

    Args:
        subject: decoded, as one line.
        lines: what its writer wrote, without quotes and signature (see `own_lines`).
        hint: the local part of the address that it came to, such as "unsubscribe" or "digest+help".

    An answer repeats the subject of what it answers, so that its own lines come first: only where there are none is
    its subject looked at.
    """
    title, reply = bare_subject(subject)
    asked = _command(title)
    if reply and not (asked and not lines):
        asked = None
    meant = hint_of(hint)
    if asked is None and meant is not None:
        asked = Command(meant)
        lines = lines if meant is Verb.SUBSCRIBE else ()
    return _parsed(asked, lines)


def bare_subject(subject: str) -> tuple[str, bool]:
    """A subject without "Re:" and its like before it, and whether any stood there."""
    bare, reply = subject.strip()[:_LONGEST], False
    for _ in range(10):
        if tag := _TAG.match(bare):
            bare = bare[tag.end() :]
        found = _REPLY.match(bare)
        if found is None:
            break
        bare, reply = bare[found.end() :], True
    return bare, reply


def hint_of(address: str) -> Verb | None:
    """What the name of an address asks for: "subscribe@", "digest-help@", "confirm+...@"; None for other names."""
    local = address.strip().lower().rpartition("@")[0] or address.strip().lower()
    return next((_HINTS[word] for word in re.split(r"[+.-]", local[:100]) if word in _HINTS), None)


def _parsed(first: Command | None, lines: Sequence[str]) -> Parsed:
    found = [] if first is None else [first]
    rest = list(lines[:MOST_LINES])
    if first is not None and _takes_lines(first):
        found[0], rest = _with_lines(first, rest)
    unread = _read(rest, found)
    if first is not None and len(found) == 1:  # a letter to go with the subject
        unread = ""
    return Parsed(tuple(dict.fromkeys(found))[:MOST_COMMANDS], unread)


def _read(rest: list[str], found: list[Command]) -> str:
    """Read commands off `rest` into `found`; the line that is none and ends them, "" where only a letter follows."""
    begun = apart = False
    while rest:
        line = rest.pop(0)
        command = _command(line)
        if command is None:
            apart = apart or not line
            if not line or (not begun and _GREETING.fullmatch(line)):
                continue
            return "" if _CLOSING.fullmatch(line) or (begun and apart) else line[:200]
        begun, apart = True, False
        if _takes_lines(command):
            command, rest = _with_lines(command, rest)
        found.append(command)
    return ""


def _command(line: str) -> Command | None:
    """The command that a line is, if it has the shape of one."""
    line = line.strip()[:_LONGEST].rstrip(" .!")
    around = _AROUND.fullmatch(line)
    matched = _LINE.fullmatch(around[1].strip() if around else line)
    verb = _VERBS.get(matched[1].lower()) if matched else None
    if matched is None or verb is None:
        return None
    rest = matched[2].strip()
    if _lets_go(matched[1].lower(), rest):
        return Command(Verb.UNSUBSCRIBE)
    if verb in _BARE:
        return Command(verb) if _is_filler(rest) else None
    if verb is Verb.SUBSCRIBE:
        # "subscribe ada@example.org": whom it is for is known.
        return Command(verb, "" if _is_filler(rest) or "@" in rest else rest)
    shape = _SHAPES.get(verb)
    return Command(verb, rest) if shape is None or shape.fullmatch(rest) else None


def _lets_go(word: str, rest: str) -> bool:
    """Whether this is "unsubscribe me from Morning Papers" or "remove me from your list"."""
    if word == Verb.UNSUBSCRIBE:
        return bool(_OF_US.fullmatch(rest))
    return _VERBS[word] is Verb.DROP and bool(_ME.fullmatch(rest)) and _is_filler(rest)


def _is_filler(words: str) -> bool:
    return all(map(_FILLERS.fullmatch, re.findall(r"[^\s.,!]+", words.lower())))


def _takes_lines(command: Command) -> bool:
    """Whether the lines below belong to a command."""
    return command.verb is Verb.SUBSCRIBE or (command.verb is Verb.SET and bool(_INTERESTS.fullmatch(command.argument)))


def _with_lines(command: Command, rest: Sequence[str]) -> tuple[Command, list[str]]:
    """The command with the lines below that belong to it, and those that come after them."""
    taken = list(_block(rest, whole=command.verb is Verb.SUBSCRIBE))
    lines, argument = tuple(filter(None, taken)), command.argument
    if command.verb is Verb.SUBSCRIBE and (to := _TO_US.match(argument)):
        # "subscribe to Morning Papers" names us, unless no interests follow: then that may be one.
        argument = "" if lines else argument[to.end() :]
    return Command(command.verb, argument, lines), list(rest[len(taken) :])


def _block(rest: Sequence[str], *, whole: bool) -> Iterator[str]:
    """The lines up to the writer's farewell; where not `whole`, up to the next command that no interest looks like."""
    for at, line in enumerate(rest):
        command = _command(line)
        ends = not whole and command is not None and command.verb in _NO_INTEREST
        if _CLOSING.fullmatch(line) or ends:
            return
        greets = at == 0 and _GREETING.fullmatch(line)
        # Said once more below the subject.
        again = whole and command == Command(Verb.SUBSCRIBE)
        yield "" if greets or again else line
