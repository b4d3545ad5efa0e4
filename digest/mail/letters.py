"""Letters that are no editions: asking to confirm, "you get it already", the link to one's wishes, answers. Pure.

What a stranger wrote into a form is shown to whoever owns the address, who may be a third person. So nothing of it is
shown but the interests, in plain words, and of those none that looks like a link or an address: a form must not carry
other people's advertisements. The name that they gave stands nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.mail import phrases
from digest.mail.cards import long_date, web_link
from digest.mail.headers import mailto
from digest.mail.render import MAX_MESSAGE, MAX_SUBJECT, size
from digest.mail.templates import fill
from digest.mail.text import WIDTH, clean, columns, cut, one_line, wrap
from digest.mail.tokens import Purpose
from digest.mail.verp import has_room, plus_address
from digest.model import DeliveryKind, InterestKind, Origin, Rendered, SubscriberStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import jinja2

    from digest.mail.links import Links
    from digest.mail.tokens import Keyring
    from digest.model import Confirmation, Interest, Letterhead, Subscriber, Unsubscribe

NAMES = {
    DeliveryKind.CONFIRMATION: "confirm",
    DeliveryKind.KNOWN: "known",
    DeliveryKind.LINK: "link",
    DeliveryKind.ANSWER: "answer",
}
"""What the templates of each letter are called: mail/confirm.subject.txt, mail/confirm.txt, mail/confirm.html."""
MAX_MASTHEAD, MAX_FOOTER, MAX_PLACE = 100, 1000, 100
MAX_LINES, MAX_LINE, MAX_INDENT = 300, 2_000, 12

_GAP = re.compile(r"\n{3,}")
_WORD = re.compile(r"[\w'’+#*&/()-]+|[\w-]*\d\.\d+|(?:[^\W\d]\.-?)+")
"""A word that may be shown: letters and digits with a few signs, a version ("GPT-4.1"), initials ("J.-P.")."""
_SPELLED = re.compile(r"\bdot\W+[a-z]{2,3}\b", re.IGNORECASE)
_LONGEST_NUMBER, _MOST_DIGITS = 4, 6
_CATEGORY = re.compile(r"[A-Za-z-]{1,20}(?:\.[A-Za-z-]{1,20})?")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer: `text` as it is shown, `wrapped` for a text part; `url` where it is one and no more."""

    text: str
    wrapped: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything that the template of a letter may print; "" and () where a letter has no such thing.

    `asked` says where and when somebody asked ("on the web, from the network 192.0.2.0/24, on Monday, ..."), or is
    "". `interests` and `rhythm` are wishes in plain words; `wording` is what one agrees to by confirming, `hours` how
    long a request is kept. `confirm_url`, `manage_url` and `unsubscribe_url` are the links of this letter (the last one
    a mailto URL where there are no pages), `confirm_mail` the mailto URL that confirms; `commands` says in a sentence
    how wishes are changed by mail. `paused` tells whether nothing is sent at the moment, `paused_until` the day on
    which that ends. `paragraphs` are those of an answer.
    """

    masthead: str
    footer: str
    help: str
    help_url: str
    address: str = ""
    asked: str = ""
    interests: str = ""
    rhythm: str = ""
    wording: str = ""
    hours: int = 0
    confirm_url: str = ""
    confirm_mail: str = ""
    manage_url: str = ""
    unsubscribe_url: str = ""
    commands: str = ""
    paused: bool = False
    paused_until: str = ""
    subject: str = ""
    paragraphs: tuple[tuple[Line, ...], ...] = ()


def letter(
    kind: DeliveryKind, facts: Mapping[str, Any], letterhead: Letterhead, environment: jinja2.Environment
) -> Rendered:
    """Subject, complete text part and complete HTML part of a letter.

    Args:
        facts: the fields of `Notice` but for those that follow from `letterhead`; see `confirm_facts` and its like.

    Raises:
        TemplateError: a template fails.
        MessageError: an address in `letterhead` cannot be written to.
    """
    whole = notice(facts, letterhead)
    subject, text, html = (clean(fill(environment, part, whole)) for part in parts(kind))
    return Rendered(
        subject=cut(one_line(subject), MAX_SUBJECT, "..."),
        text=_GAP.sub("\n\n", text).strip("\n") + "\n",
        html=html.strip("\n") + "\n",
    )


def notice(facts: Mapping[str, Any], letterhead: Letterhead) -> Notice:
    """What the templates of a letter see.

    Raises:
        MessageError: an address in `letterhead` cannot be written to.
    """
    return Notice(
        masthead=cut(one_line(letterhead.title), MAX_MASTHEAD),
        footer=cut(letterhead.footer, MAX_FOOTER),
        help=letterhead.help,
        help_url=mailto(letterhead.help, "help") if letterhead.help else "",
        **facts,
    )


def parts(kind: DeliveryKind) -> tuple[str, str, str]:
    """The templates of a letter: subject, text part, HTML part."""
    name = NAMES[kind]
    return f"mail/{name}.subject.txt", f"mail/{name}.txt", f"mail/{name}.html"


LETTERS = ("mail/letter.txt", "mail/letter.html", *(part for kind in NAMES for part in parts(kind)))
"""The templates that letters are made of: what all of them build on, and those of each kind."""


def confirm_facts(
    asked: Confirmation, wishes: Subscriber, letterhead: Letterhead, keys: Keyring, links: Links | None
) -> dict[str, Any]:
    """What the letter says that asks to confirm `asked`; `wishes` is the subscriber that it would make.

    Raises:
        MessageError: the address for commands cannot be written to.
    """
    lasts = asked.expires_at - asked.asked_at
    return {
        "address": asked.address,
        "asked": asked_words(asked.origin, asked.asked_from, asked.asked_at),
        "interests": shown_interests(wishes),
        "rhythm": phrases.rhythm(wishes),
        "wording": asked.wording,
        "hours": round(lasts.total_seconds() / 3600),
        "confirm_url": web_link(links.confirm(asked.id)) if links is not None else "",
        "confirm_mail": _confirm_mail(asked.id, letterhead, keys),
    }


def subscriber_facts(
    subscriber: Subscriber,
    letterhead: Letterhead,
    links: Links | None,
    unsubscribe: Unsubscribe,
    content: Mapping[str, Any],
    at: datetime | None,
) -> dict[str, Any]:
    """What a letter to a subscriber says who is here: that they get the digest, or where to change their wishes.

    Args:
        unsubscribe: how they leave, where there are no pages.
        content: that of the delivery: `origin` and `asked_from` say who asked for it.
        at: when they asked.

    Raises:
        MessageError: the address to unsubscribe at cannot be written to.
    """
    until = subscriber.paused_until
    leave = mailto(unsubscribe.mail, unsubscribe.subject) if unsubscribe.mail else unsubscribe.web
    return {
        "address": subscriber.address,
        "asked": asked_words(content.get("origin", ""), str(content.get("asked_from", "")), at),
        "interests": phrases.interests(subscriber),
        "rhythm": phrases.rhythm(subscriber),
        "manage_url": web_link(links.manage(subscriber)) if links is not None else "",
        "unsubscribe_url": web_link(links.unsubscribe(subscriber)) if links is not None else leave,
        "commands": phrases.commands(letterhead, papers=False) if links is None else "",
        "paused": subscriber.status is SubscriberStatus.PAUSED,
        "paused_until": long_date(until.astimezone(ZoneInfo(subscriber.zone)).date()) if until is not None else "",
    }


def answer_facts(content: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer says: `content` has its "subject" and its "lines"; an empty one parts paragraphs."""
    found: list[list[Line]] = [[]]
    for given in list(content.get("lines", ()))[:MAX_LINES]:
        for text in clean(str(given)[:MAX_LINE]).split("\n"):
            if text.strip():
                found[-1].append(_line(text))
            elif found[-1]:
                found.append([])
    subject = cut(one_line(str(content.get("subject", ""))), MAX_SUBJECT, "...")
    return {"subject": subject, "paragraphs": tuple(tuple(lines) for lines in found if lines)}


def asked_words(origin: str, place: str, at: datetime | None) -> str:
    """Where somebody asked, and when: "on the web, from the network 192.0.2.0/24, on Monday, 25 May 2026 at 08:00 UTC".

    "" for what is no `Origin`.
    """
    place = cut(one_line(place), MAX_PLACE)
    ways = {
        Origin.WEB: ["on the web", *([f"from the network {place}"] if place else [])],
        Origin.MAIL: [f"by a mail from {place}" if place else "by mail"],
        Origin.CLI: ["by whoever runs it"],
        Origin.IMPORT: ["by whoever runs it"],
    }
    if origin not in ways:
        return ""
    when = f"on {phrases.weekday(at.date())} at {at:%H:%M} UTC" if at is not None else ""
    return ", ".join(filter(None, [*ways[Origin(origin)], when]))


def shown_interests(wishes: Subscriber) -> str:
    """The interests in plain words, but for those that could be a link, an address or a telephone number.

    These are only counted. What may be shown is told by what it is made of, not by a list of tricks: words of letters,
    and few digits in all, as numbers in several interests make one when they stand side by side.
    """
    digits = 0
    shown: list[Interest] = []
    for one in wishes.interests:
        more = digits + _bare_digits(one.term)
        if _is_plain(one) and more <= _MOST_DIGITS:
            digits = more
            shown.append(one)
    words, missing = phrases.interests(replace(wishes, interests=tuple(shown))), len(wishes.interests) - len(shown)
    return "; ".join(filter(None, [words, f"{missing} more, not shown" if missing else ""]))


def unfit(kind: DeliveryKind, facts: Mapping[str, Any], rendered: Rendered) -> tuple[str, str] | None:
    """The template at fault and why a letter must not be sent; None where it may be.

    Each part has to hold one of the links for which the letter is written.
    """
    wanted = ("confirm_url", "confirm_mail") if kind is DeliveryKind.CONFIRMATION else ("manage_url",)
    ways = [facts[name] for name in wanted if facts.get(name)]
    for name, content in zip(parts(kind), (rendered.subject, rendered.text, rendered.html), strict=True):
        if not content.strip():
            return name, "it renders to nothing"
        if ways and not name.endswith(".subject.txt") and not any(_holds(content, way) for way in ways):
            names = " or ".join(f"{{{{ {wish} }}}}" for wish in wanted)
            return name, f"the link that the letter is for is gone: a link to {names} has to stand in it"
    if size(rendered.html, rendered.text) >= MAX_MESSAGE:
        return parts(kind)[2], f"the message is over {MAX_MESSAGE} bytes: its end would be cut off"
    return None


def _holds(content: str, url: str) -> bool:
    return url in content or url.replace("&", "&amp;") in content


def _confirm_mail(confirmation_id: int, letterhead: Letterhead, keys: Keyring) -> str:
    """The mailto URL that confirms: the token in the subject and, where it fits, behind a plus sign.

    Some providers take that part off, and some programs leave the subject out.
    """
    if not letterhead.commands:
        return ""
    token = keys.token(Purpose.CONFIRM, confirmation_id)
    if has_room(letterhead.commands):
        return mailto(plus_address(letterhead.commands, token), f"confirm {token}")
    return mailto(letterhead.commands, f"confirm {token}")


def _is_plain(interest: Interest) -> bool:
    if interest.kind is InterestKind.CATEGORY:
        return bool(_CATEGORY.fullmatch(interest.term))
    term = "".join(one for one in unicodedata.normalize("NFKC", interest.term) if unicodedata.category(one)[0] != "M")
    words = term.split()
    return (
        all(_WORD.fullmatch(word) for word in words)
        and any(letter.isalpha() for letter in term)
        and not _SPELLED.search(term)
        and max(map(len, re.findall(r"\d+", term)), default=0) <= _LONGEST_NUMBER
    )


def _bare_digits(term: str) -> int:
    """How many digits stand in words of `term` that have no letter."""
    bare = [word for word in term.split() if not any(letter.isalpha() for letter in word)]
    return sum(letter.isdigit() for word in bare for letter in word)


def _line(text: str) -> Line:
    text = text.rstrip()
    url = _url(text.strip())
    indent = " " * min(len(text) - len(text.lstrip()), MAX_INDENT)
    wrapped = indent + text.strip() if url else _wrapped(text.split(), indent)
    return Line(" ".join(text.split()), wrapped, url)


def _url(text: str) -> str:
    """`text` if it is one URL and no more, else ""."""
    if " " in text:
        return ""
    return text if text.startswith("mailto:") and text.isascii() else web_link(text)


def _wrapped(words: Iterable[str], indent: str) -> str:
    """Words on lines, in which URLs stay whole."""
    lines: list[str] = []
    line = ""
    for word in words:
        grown = f"{line} {word}" if line else indent + word
        if line and columns(grown) > WIDTH:
            lines.append(line)
            grown = indent + word
        line = grown
    return "\n".join(one if "://" in one or "mailto:" in one else wrap(one, indent) for one in [*lines, line])
