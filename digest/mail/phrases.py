"""What an edition says in plain words: its first line and subject, its note, whom it goes to and when. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.mail.cards import long_date
from digest.mail.reasons import interest_words, listed
from digest.mail.text import cut
from digest.model import LIKED, WEEKDAYS, Block

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from digest.model import Edition, Letterhead, Rhythm, Subscriber

MAX_TOPICS = 3
MAX_INTERESTS = 300
MAX_NAMES, MAX_NAME = 3, 60
"""So many sources are named that could not be reached, and so long a name of one."""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# arXiv announces nothing in the nights to Saturday and Sunday, and few others do.
_WEEKEND = (5, 6)


def preview(edition: Edition, subscriber: Subscriber) -> str:
    """What the mailbox shows behind the subject: how many, on what, out of how many."""
    looked_at = f"{edition.looked_at} looked at"
    ranked, trending = edition.block(Block.RANKED), edition.block(Block.TRENDING)
    revised = len(edition.block(Block.REVISED))
    versions = [_count(revised, "new version")] if revised else []
    if ranked:
        return "; ".join([_count(len(ranked), "new paper") + _about(edition), *versions, looked_at])
    if trending and subscriber.profile.wanted:
        return "; ".join(["Nothing new on your interests", f"{len(trending)} trending", *versions, looked_at])
    if trending:
        return "; ".join([_count(len(trending), "trending paper"), *versions, looked_at])
    if revised:
        return f"{_count(revised, 'new version')} of papers you had; {looked_at}"
    return f"{lead(edition)}; {looked_at}"


def _about(edition: Edition) -> str:
    """What the ranked picks are about, as the picks tell it: " on a, b, c, or close to papers you liked"."""
    topics = _topics(edition)
    told = [f" on {', '.join(topics)}"] if topics else []
    if any(pick.matches and all(m.field == LIKED for m in pick.matches) for pick in edition.block(Block.RANKED)):
        told.append(" close to papers you liked")
    return ", or".join(told)


def _topics(edition: Edition) -> list[str]:
    """The interests that hit most of the ranked picks, best first; titles of liked papers are none."""
    hits: Counter[str] = Counter()
    for pick in edition.block(Block.RANKED):
        found = (interest_words(match.interest) for match in pick.matches if match.field != LIKED)
        hits.update(list(dict.fromkeys(found)))
    return [topic for topic, _ in hits.most_common() if topic][:MAX_TOPICS]


def lead(edition: Edition) -> str:
    """What the subject begins with: how many of what."""
    ranked, trending = len(edition.block(Block.RANKED)), len(edition.block(Block.TRENDING))
    if ranked:
        return _count(ranked, "paper")
    if trending:
        return _count(trending, "trending paper")
    if edition.picks:
        return _count(len(edition.picks), "new version")
    if edition.unreached:
        sources = "a source" if len(edition.unreached) == 1 else f"{len(edition.unreached)} sources"
        return f"No papers for you: {sources} could not be reached"
    return "No new papers for you"


def note(edition: Edition, subscriber: Subscriber) -> str:
    """Why there are no picks; what nobody could look at is not called empty."""
    return " ".join([*_unreached(edition, subscriber), *_looked_at(edition, subscriber)])


def _unreached(edition: Edition, subscriber: Subscriber) -> Iterator[str]:
    """Which sources could not be reached since when, by the reader's clock."""
    for name, since in edition.unreached[:MAX_NAMES]:
        local = since.astimezone(ZoneInfo(subscriber.zone))
        moment = f"{long_date(local.date())}, {local:%H:%M} ({subscriber.zone})"
        yield f"{cut(name, MAX_NAME)} could not be reached since {moment}."
    if more := len(edition.unreached[MAX_NAMES:]):
        yield f"Nor could {_count(more, 'more source')}."
    if edition.unreached:
        yield "What came out there meanwhile will be in a later digest."


def _looked_at(edition: Edition, subscriber: Subscriber) -> Iterator[str]:
    """What came in, and why none of it is in this edition."""
    if edition.looked_at:
        came = f"{_count(edition.looked_at, 'new paper')} came in since your last digest"
        one = edition.looked_at == 1
        if subscriber.profile.wanted:
            yield f"{came}; {'it was not' if one else 'none of them was'} close enough to your interests."
        else:
            yield f"{came}; {'it is not' if one else 'none of them is'} in this one."
    elif not edition.unreached:
        usual = ", as is usual at a weekend" if edition.edition_date.weekday() in _WEEKEND else ""
        yield f"No new papers came in since your last digest{usual}."


def rhythm(subscriber: Subscriber) -> str:
    """When the subscriber is mailed: "on weekdays at 07:30 (Europe/Berlin)"."""
    days = _rhythm_days(subscriber.rhythm)
    return f"{days} at {subscriber.send_at:%H:%M} ({subscriber.zone})"


def _rhythm_days(rhythm: Rhythm) -> str:
    if str(rhythm) == "daily":
        return "every day"
    if str(rhythm) == "weekdays":
        return "on weekdays"
    return f"every {listed([DAYS[day] for day in sorted(rhythm.days) if day < len(WEEKDAYS)])}"


def interests(subscriber: Subscriber) -> str:
    """The interests in plain words: "protein folding, diffusion, but not survey"."""
    profile = subscriber.profile
    wanted, excluded = ([interest_words(str(i)) for i in found] for found in (profile.wanted, profile.excluded))
    against = f"not {listed(excluded, 'or')}" if excluded else ""
    return cut(", but ".join(part for part in (", ".join(wanted), against) if part), MAX_INTERESTS)


def commands(letterhead: Letterhead, *, papers: bool = True) -> str:
    """How wishes are changed by mail; an answer to one with `papers` may name them by their numbers."""
    if not letterhead.commands:
        return ""
    answers = letterhead.commands == (letterhead.reply_to or letterhead.sender)
    way = "answer this mail with" if answers else f"write to {letterhead.commands}:"
    words = ["show", "set", "pause 2 weeks", *(["like 3"] if answers and papers else []), "unsubscribe"]
    said = listed([f"“{word}”" for word in words], "or")
    return f"To see or change what you get, {way} {said}; “help” says more."


def promise(asks: bool) -> str:
    """What is learned of the reader; `asks` tells whether the mail asks what they think of its papers."""
    straight = "No pictures, no tracking: links go straight to the papers, and nobody learns which you open."
    kept = "What you say by “More like this” or “Less like this” is kept, to rank for you."
    return f"{straight} {kept}" if asks else straight


def weekday(day: date) -> str:
    """ "Monday, 25 May 2026"."""
    return f"{DAYS[day.weekday()]}, {long_date(day)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
