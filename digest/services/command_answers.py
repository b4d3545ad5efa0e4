"""What answers to commands say: plain words, one text a line; an empty one parts paragraphs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.mail import phrases
from digest.mail.cards import long_date
from digest.mail.reasons import interest_words
from digest.mail.text import cut, one_line
from digest.model import SubscriberStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from digest.mail.links import Links
    from digest.model import Edition, Interest, Subscriber

MOST_PICKS, MOST_EDITIONS, LONGEST_TITLE = 10, 5, 100

_FOR_READERS = (
    ("show", "what you get, and when"),
    ("set hour 7:30", "when the digest comes; also: set zone Europe/Berlin, set rhythm weekdays, set papers 20"),
    ("set interests", "new interests in place of the old ones, one a line below it"),
    ("add protein folding", "one more interest"),
    ("drop 3", "without the third of your interests"),
    ("mute survey", "hide papers that hold this term"),
    ("like 2", "more like the second paper of the digest that you answer to; also: dislike 2"),
    ("pause 2 weeks", "no digest for so long; also: pause until 2026-12-24, or pause alone"),
    ("resume", "go on after a pause"),
    ("new link", "end the links in all mails so far but those to unsubscribe, and get new ones"),
    ("unsubscribe", "no digest any more"),
)


def help_for_readers() -> list[str]:
    """The commands, for somebody who gets the digest."""
    lines = ["Write one of these as the subject of a mail, or one a line as its text:", ""]
    return [*lines, *(f"{command} – {meaning}" for command, meaning in _FOR_READERS)]


def help_for_strangers(address: str, pages: str) -> list[str]:
    """How to get the digest, for somebody who does not; `pages` is where it is on the web, or ""."""
    return [
        f"To get the digest, write to {address} with the subject “subscribe”, and what you are interested in below, "
        "one interest a line:",
        "",
        "  protein folding",
        '  "state space model"',
        '  author:"Ada Lovelace"',
        "  cat:cs.CL",
        "  -survey",
        "  zone: Europe/Berlin",
        "  hour: 7:30",
        "",
        "You then get one mail that asks you to confirm.",
        *(["", "The same on the web:", pages] if pages else []),
    ]


def closed() -> list[str]:
    """To somebody who does not get the digest, where only the operator adds."""
    return ["Nobody can subscribe here by themselves: ask whoever runs it to add you."]


def not_subscribed(command: str) -> list[str]:
    """To somebody who commands without being subscribed."""
    return [f"“{command}” changes nothing, as this address does not get the digest."]


def how_to_confirm() -> list[str]:
    """To somebody who answered to the mail that asks to confirm."""
    return [
        "To confirm, follow the link in the mail that asks you to, or send the mail that it has ready for you.",
        "",
        "An answer alone is not enough: programs answer mail by themselves while people are away. If you did not ask "
        "for a digest, do nothing: you get no more mail.",
    ]


def welcome(reader: Subscriber, now: datetime, links: Links | None) -> list[str]:
    """To somebody who has just confirmed by mail."""
    return [
        f"You are subscribed. The digest comes to {reader.address}, {phrases.rhythm(reader)}.",
        _next(reader, now),
        "",
        *_interests(reader.interests),
        "",
        "To change any of this, answer with a command; “help” lists them. “unsubscribe” ends it at any time.",
        *_manage(reader, links),
    ]


def known() -> list[str]:
    """To a reader who asks once more to become one."""
    return ["You get the digest already, and there is nothing to confirm. To change it, write “set” or “help”.", ""]


def goodbye() -> list[str]:
    """To somebody who has unsubscribed."""
    return ["You are unsubscribed: no digest comes any more. To come back some day, write “subscribe”."]


def shown(reader: Subscriber, editions: Sequence[Edition], now: datetime, links: Links | None) -> list[str]:
    """Everything that a reader may want to know of their subscription; `editions` are the last ones, newest first."""
    papers = f"At most {reader.max_papers} papers at a time." if reader.max_papers else ""
    return [
        f"The digest comes {phrases.rhythm(reader)}.",
        *filter(None, [papers, _next(reader, now)]),
        "",
        *_interests(reader.interests),
        *_last(editions),
        *_manage(reader, links),
    ]


def rhythm(reader: Subscriber, now: datetime) -> list[str]:
    """When the digest comes, after a change."""
    return [f"The digest now comes {phrases.rhythm(reader)}.", *filter(None, [_next(reader, now)])]


def interests(said: str, reader: Subscriber) -> list[str]:
    """What was done with interests, and which there are now."""
    return [said, "", *_interests(reader.interests)]


def paused(reader: Subscriber) -> list[str]:
    """That nothing comes for a while."""
    until = reader.paused_until
    if until is None:
        return ["Paused: nothing comes until you write “resume”."]
    return [f"Paused until {_day(until, reader.zone)}: then the digest goes on. “resume” ends the pause before."]


def resumed(reader: Subscriber, now: datetime) -> list[str]:
    """That the digest goes on."""
    return ["The digest goes on.", *filter(None, [_next(reader, now)])]


def renewed(reader: Subscriber, links: Links | None) -> list[str]:
    """That old links have ended."""
    said = "The links to your page, your feed and your editions in all mails so far have ended."
    return [said, "Those to unsubscribe still work.", *_manage(reader, links)]


def opinion(more: bool, rank: int, title: str) -> str:
    """What was noted of one paper."""
    return f"Noted: {'more' if more else 'less'} like paper {rank}, “{_title(title)}”."


def muted(interest: Interest, number: int) -> str:
    """What is hidden from now on; `number` is its place among the reader's interests."""
    return f"Papers with “{interest_words(str(interest))}” are hidden from now on. “drop {number}” takes that back."


def stopped(unread: str) -> list[str]:
    """That reading stopped at a line that is no command."""
    return [f"I read no further than this line, which I do not understand: “{_title(unread)}”."]


def _interests(wanted: Iterable[Interest]) -> list[str]:
    lines = [f"  {number}. {interest}" for number, interest in enumerate(wanted, 1)]
    return ["Your interests:", *lines] if lines else ["You have named no interests: you get what is trending."]


def _last(editions: Sequence[Edition]) -> list[str]:
    if not editions:
        return ["", "No digest has been made for you yet."]
    newest = editions[0]
    titles = [f"  {pick.rank}. {_title(pick.paper.title)}" for pick in newest.picks[:MOST_PICKS]]
    more = len(newest.picks) - len(titles)
    before = [f"{long_date(one.edition_date)} ({len(one.picks)})" for one in editions[1:MOST_EDITIONS]]
    return [
        "",
        f"Your last digest, of {long_date(newest.edition_date)}:",
        *(titles or ["  no papers"]),
        *([f"  and {more} more"] if more > 0 else []),
        *([f"Before that: {', '.join(before)}."] if before else []),
    ]


def _next(reader: Subscriber, now: datetime) -> str:
    """When the next digest is due, as a sentence; "" where that is not known."""
    if reader.status is SubscriberStatus.PAUSED:
        return paused(reader)[0]
    due = reader.next_due_at
    if due is None:
        return ""
    if due <= now:
        return "The next one is due now."
    return f"The next one is due on {_day(due, reader.zone)} at {due.astimezone(ZoneInfo(reader.zone)):%H:%M}."


def _day(moment: datetime, zone: str) -> str:
    return phrases.weekday(moment.astimezone(ZoneInfo(zone)).date())


def _manage(reader: Subscriber, links: Links | None) -> list[str]:
    return ["", "All of this on a page of your own:", links.manage(reader)] if links is not None else []


def _title(text: str) -> str:
    return cut(one_line(text), LONGEST_TITLE)
