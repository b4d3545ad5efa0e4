"""What one's own page shows besides the form: a ranking of the last days, what was learned, editions, due times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import current_app
from werkzeug.exceptions import HTTPException

from digest.mail import phrases
from digest.mail.cards import long_date, web_link
from digest.mail.reasons import interest_words
from digest.model import SubscriberStatus
from digest.services import learning, managing
from digest.services.guard import Guard
from digest.services.trial import DAYS
from digest.web import views
from digest.web.request import network
from digest.web.trying import TRIALS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from digest.model import Feedback, Interest, Subscriber
    from digest.services.trial import Trial, Trials
    from digest.web.limits import Costly
    from digest.web.site import Site
    from digest.web.views import PaperView

COSTLY = "digest.manage"
"""Where the application keeps the limits on rankings for one's own page (`Flask.extensions`)."""
_EDITIONS = 14
_WORDS = 12


@dataclass(frozen=True, slots=True)
class Tried:
    """How the last days would have been ranked; `told` says how many papers there were, and how many good ones."""

    told: str
    papers: Sequence[PaperView]
    advice: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Said:
    """A paper that a subscriber said something of; `url` may be ""."""

    key: str
    title: str
    url: str
    day: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned, ready to print; `words` are (interest, the words that go with it, joined)."""

    liked: Sequence[Said]
    disliked: Sequence[Said]
    excluded: Sequence[str]
    words: Sequence[tuple[str, str]]
    by_meaning: bool


def tried(site: Site, subscriber: Subscriber, interests: tuple[Interest, ...] | None) -> Tried | None:
    """The last days as ranked by these interests and what the subscriber said of papers.

    None where the interests were not understood, many are ranking at the moment, or it fails: the page is needed
    all the same, to pause or to leave.
    """
    if interests is None:
        return None
    trials: Trials = current_app.extensions[TRIALS]
    costly: Costly = current_app.extensions[COSTLY]
    found, now = None, site.clock()
    taste = replace(learning.profiles(site.store, [subscriber])[subscriber.id], interests=interests)
    try:
        with costly.page(network().block, now.timestamp()), Guard().alone("ranking for one's own page"):
            found = trials.of(taste, now, subscriber=subscriber)
    except HTTPException:
        return None
    return _told(site, found) if found else None


def _told(site: Site, trial: Trial) -> Tried:
    came = views.counted(trial.looked_at, "paper")
    told = f"{came} came in the last {DAYS} days, and {trial.found:,} of them would have been good enough."
    advice = [(str(interest), words) for interest, words in trial.advice]
    papers = views.papers(trial.scored, site.summary)
    return Tried(told if trial.looked_at else "No papers came lately.", papers, advice)


def learned(site: Site, subscriber: Subscriber) -> Learned:
    """What was learned of `subscriber`, and what they keep out."""
    found = managing.learned(site.store, site.ranker, subscriber)
    words = [(interest_words(name), [word for word, _ in some[:_WORDS]]) for name, some in found.words.items()]
    return Learned(
        liked=[_said(one) for one in found.liked],
        disliked=[_said(one) for one in found.disliked],
        excluded=[str(one) for one in subscriber.profile.excluded],
        words=[(interest, ", ".join(some)) for interest, some in words if some],
        by_meaning=found.by_meaning,
    )


def _said(one: Feedback) -> Said:
    paper = one.paper
    return Said(paper.key, paper.title or paper.key, web_link(paper.links.best), long_date(one.at.date()))


def editions(site: Site, subscriber: Subscriber) -> list[tuple[date, str, str]]:
    """The last editions: (date, the same in words, how many papers)."""
    known = site.store.edition_ids(subscriber.id, _EDITIONS)
    return [(day, phrases.weekday(day), views.counted(picks, "paper")) for _, day, picks in known]


def due(subscriber: Subscriber, now: datetime) -> str:
    """When the next edition is due, in words ("tomorrow at 07:00"); "" where that is not known, as in a pause."""
    if subscriber.next_due_at is None or subscriber.status is not SubscriberStatus.ACTIVE:
        return ""
    if subscriber.next_due_at <= now:
        return "now"
    zone = ZoneInfo(subscriber.zone)
    at = subscriber.next_due_at.astimezone(zone)
    days = (at.date() - now.astimezone(zone).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {phrases.weekday(at.date())},")
    return f"{day} at {at:%H:%M}"


def paused(subscriber: Subscriber) -> str:
    """Until when there is a pause, in words; "" while there is none."""
    if subscriber.status is not SubscriberStatus.PAUSED:
        return ""
    if subscriber.paused_until is None:
        return "Paused until you let it go on."
    day = subscriber.paused_until.astimezone(ZoneInfo(subscriber.zone)).date()
    return f"Paused until {phrases.weekday(day)}."
