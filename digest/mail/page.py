"""An edition as the templates see it: sections of cards, and the sentences around them. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.mail.cards import MONTHS, Card, card, long_date, web_link
from digest.mail.fields import by_mail
from digest.mail.headers import mailto
from digest.mail.reasons import interest_words, listed
from digest.mail.text import cut
from digest.model import LIKED, WEEKDAYS, Block

if TYPE_CHECKING:
    from datetime import date

    from digest.model import Edition, Letterhead, Paper, Rhythm, Subscriber, Unsubscribe

MAX_TOPICS = 3
MAX_MASTHEAD, MAX_INTERESTS, MAX_FOOTER = 100, 300, 1000
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# arXiv announces nothing in the nights to Saturday and Sunday, and few others do.
_WEEKEND = (5, 6)
_ARXIV_HOSTS = ("arxiv.org", "export.arxiv.org", "www.arxiv.org")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, the picks shown as cards and, behind them, those shown as one line each."""

    title: str
    cards: tuple[Card, ...] = ()
    lines: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that a template may print.

    `preview` is the first visible line; `lead` and `headline` make the subject; `note` is the text of an
    edition without picks, or "". `more` counts the picks that did not fit, `web_url` is where they are to be
    read, or "". `unsubscribe_url` is the one link to leave by (https if there is such a page, else mailto);
    `unsubscribe` is the mail address for it and `unsubscribe_mail` its mailto URL, both "" where there is none.
    `help` and `help_url` (mailto) may be "".
    """

    masthead: str
    preview: str
    lead: str
    headline: str
    day: str
    short_day: str
    sections: tuple[Section, ...]
    note: str
    address: str
    rhythm: str
    interests: str
    unsubscribe: str
    unsubscribe_url: str
    unsubscribe_mail: str
    help: str
    help_url: str
    from_arxiv: bool
    footer: str
    web_url: str
    more: int = 0


def page(
    edition: Edition,
    subscriber: Subscriber,
    letterhead: Letterhead,
    unsubscribe: Unsubscribe | None = None,
    *,
    summary: str = "sentence",
) -> Page:
    """The page of `edition` with every pick as large as it may be; `arranged` makes it smaller.

    `summary` chooses the line that sums up each paper (see `cards.card`).

    Raises:
        MessageError: an address of `letterhead` or `unsubscribe` cannot be written to.
    """
    ways = ways_out(letterhead, unsubscribe)
    return Page(
        masthead=cut(letterhead.title, MAX_MASTHEAD),
        preview=_preview(edition, subscriber),
        lead=_lead(edition),
        headline=edition.picks[0].paper.title if edition.picks else "",
        day=f"{_DAYS[edition.edition_date.weekday()]}, {long_date(edition.edition_date)}",
        short_day=_short(edition.edition_date),
        sections=_sections(edition, summary),
        note="" if edition.picks else _note(edition, subscriber),
        address=subscriber.address,
        rhythm=_rhythm(subscriber),
        interests=_interests(subscriber),
        unsubscribe=_leaving(letterhead, unsubscribe).mail,
        unsubscribe_url=ways[0],
        unsubscribe_mail="".join(way for way in ways if way.startswith("mailto:")),
        help=letterhead.help,
        help_url=mailto(letterhead.help, "help") if letterhead.help else "",
        from_arxiv=any(_from_arxiv(pick.paper) for pick in edition.picks),
        footer=cut(letterhead.footer, MAX_FOOTER),
        web_url=web_link(letterhead.web_url),
    )


def ways_out(letterhead: Letterhead, unsubscribe: Unsubscribe | None = None) -> tuple[str, ...]:
    """The URLs by which a reader leaves, the one to show first: https, then mailto; at least one of them.

    Raises:
        MessageError: the address cannot be written to.
    """
    leaving = _leaving(letterhead, unsubscribe)
    ways = (web_link(leaving.web), mailto(leaving.mail, leaving.subject) if leaving.mail else "")
    return tuple(way for way in ways if way)


def _leaving(letterhead: Letterhead, unsubscribe: Unsubscribe | None) -> Unsubscribe:
    """`unsubscribe` if it leads anywhere, else what `letterhead` says."""
    if unsubscribe is not None and (unsubscribe.mail or web_link(unsubscribe.web)):
        return unsubscribe
    return by_mail(letterhead)


def arranged(page: Page, full: int, lines: int) -> Page:
    """`page` with its first `full` cards whole, the next `lines` picks as one line each, and the rest only counted."""
    sections, more = [], 0
    for section in page.sections:
        whole = section.cards[:full]
        short = (*section.cards[full:], *section.lines)
        sections.append(replace(section, cards=whole, lines=short[:lines]))
        more += len(short[lines:])
        full, lines = full - len(whole), max(lines - len(short), 0)
    shown = tuple(section for section in sections if section.cards or section.lines)
    return replace(page, sections=shown, more=more)


def _sections(edition: Edition, summary: str) -> tuple[Section, ...]:
    cards = {block: tuple(card(pick, summary) for pick in edition.block(block)) for block in Block}
    trending = "Also trending" if cards[Block.RANKED] else "Trending"
    found = (
        Section("For you", cards[Block.RANKED]),
        Section(trending, cards[Block.TRENDING]),
        Section("New versions of papers you had", lines=cards[Block.REVISED]),
    )
    return tuple(section for section in found if section.cards or section.lines)


def _preview(edition: Edition, subscriber: Subscriber) -> str:
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
    return f"No new papers for you; {looked_at}"


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


def _lead(edition: Edition) -> str:
    ranked, trending = len(edition.block(Block.RANKED)), len(edition.block(Block.TRENDING))
    if ranked:
        return _count(ranked, "paper")
    if trending:
        return _count(trending, "trending paper")
    if edition.picks:
        return _count(len(edition.picks), "new version")
    return "No new papers for you"


def _note(edition: Edition, subscriber: Subscriber) -> str:
    if not edition.looked_at:
        usual = ", as is usual at a weekend" if edition.edition_date.weekday() in _WEEKEND else ""
        return f"No new papers came in since your last digest{usual}."
    came = f"{_count(edition.looked_at, 'new paper')} came in since your last digest"
    one = edition.looked_at == 1
    if subscriber.profile.wanted:
        return f"{came}; {'it was not' if one else 'none of them was'} close enough to your interests."
    return f"{came}; {'it is not' if one else 'none of them is'} in this one."


def _rhythm(subscriber: Subscriber) -> str:
    days = _rhythm_days(subscriber.rhythm)
    return f"{days} at {subscriber.send_at:%H:%M} ({subscriber.zone})"


def _rhythm_days(rhythm: Rhythm) -> str:
    if str(rhythm) == "daily":
        return "every day"
    if str(rhythm) == "weekdays":
        return "on weekdays"
    return f"every {listed([_DAYS[day] for day in sorted(rhythm.days) if day < len(WEEKDAYS)])}"


def _interests(subscriber: Subscriber) -> str:
    """The interests in plain words: "protein folding, diffusion, but not survey"."""
    profile = subscriber.profile
    wanted, excluded = ([interest_words(str(i)) for i in found] for found in (profile.wanted, profile.excluded))
    against = f"not {listed(excluded, 'or')}" if excluded else ""
    return cut(", but ".join(part for part in (", ".join(wanted), against) if part), MAX_INTERESTS)


def _from_arxiv(paper: Paper) -> bool:
    if paper.arxiv_id or any("arxiv" in source.lower() for source in paper.sources):
        return True
    return any(_host(url) in _ARXIV_HOSTS for url in (paper.links.abstract, paper.links.pdf, paper.links.html))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _short(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
