"""An edition as the templates see it: sections of cards, and the sentences around them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.mail import phrases
from digest.mail.cards import MONTHS, Card, card, web_link
from digest.mail.fields import by_mail
from digest.mail.headers import mailto
from digest.mail.links import LESS, MORE
from digest.mail.text import cut
from digest.model import Block

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from digest.mail.links import Links
    from digest.model import Edition, Letterhead, Paper, Subscriber, Unsubscribe

MAX_MASTHEAD, MAX_FOOTER = 100, 1000
# More picks than that never are whole cards.
MAX_OPINIONS = 100
_ARXIV_HOSTS = ("arxiv.org", "export.arxiv.org", "www.arxiv.org")


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The pages on the web that one edition's mail leads to, as URLs; a GET of any changes nothing.

    `edition` is the edition itself, `manage` where its subscriber changes their wishes; `opinions` are, by the rank of
    a pick, where to ask for (more, less) like it. All links of one edition bear the same two tokens.
    """

    edition: str
    manage: str
    opinions: Mapping[int, tuple[str, str]] = field(default_factory=dict)


def page_links(links: Links | None, edition: Edition, reader: Subscriber) -> PageLinks | None:
    """The links for the mail of `edition` to `reader`; None where there are no pages that a mail may lead to.

    Those are pages at https: an address of this very machine means another one where the mail is read.
    """
    if links is None or not links.base.startswith("https://"):
        return None
    which = (reader, edition.edition_date)
    opinions = {
        pick.rank: (links.opinion(*which, pick.rank, MORE), links.opinion(*which, pick.rank, LESS))
        for pick in edition.picks[:MAX_OPINIONS]
    }
    return PageLinks(links.edition(*which), links.manage(reader), opinions)


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
    read, or "". `edition_url` is this edition on the web and `manage_url` where its reader changes their wishes, both
    "" without pages; `commands` says in a sentence how wishes are changed by mail, where there is no page for it, or
    is "". `promise` says what is learned of the reader. `unsubscribe_url` is the one link to leave by (https if there
    is such a page, else mailto); `unsubscribe` is the mail address for it and `unsubscribe_mail` its mailto URL, both
    "" where there is none.
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
    edition_url: str
    manage_url: str
    commands: str
    promise: str
    more: int = 0


def page(
    edition: Edition,
    subscriber: Subscriber,
    letterhead: Letterhead,
    unsubscribe: Unsubscribe | None = None,
    *,
    summary: str = "sentence",
    links: PageLinks | None = None,
) -> Page:
    """The page of `edition` with every pick as large as it may be; `arranged` makes it smaller.

    `summary` chooses the line that sums up each paper (see `cards.card`); `links` are those of `page_links`.

    Raises:
        MessageError: an address of `letterhead` or `unsubscribe` cannot be written to.
    """
    ways = ways_out(letterhead, unsubscribe)
    links = links or PageLinks("", "")
    return Page(
        masthead=cut(letterhead.title, MAX_MASTHEAD),
        preview=phrases.preview(edition, subscriber),
        lead=phrases.lead(edition),
        headline=edition.picks[0].paper.title if edition.picks else "",
        day=phrases.weekday(edition.edition_date),
        short_day=_short(edition.edition_date),
        sections=_sections(edition, summary, links),
        note="" if edition.picks else phrases.note(edition, subscriber),
        address=subscriber.address,
        rhythm=phrases.rhythm(subscriber),
        interests=phrases.interests(subscriber),
        unsubscribe=_leaving(letterhead, unsubscribe).mail,
        unsubscribe_url=ways[0],
        unsubscribe_mail="".join(way for way in ways if way.startswith("mailto:")),
        help=letterhead.help,
        help_url=mailto(letterhead.help, "help") if letterhead.help else "",
        from_arxiv=any(_from_arxiv(pick.paper) for pick in edition.picks),
        footer=cut(letterhead.footer, MAX_FOOTER),
        web_url=web_link(links.edition) or web_link(letterhead.web_url),
        edition_url=web_link(links.edition),
        manage_url=web_link(links.manage),
        commands="" if links.manage else phrases.commands(letterhead),
        promise=phrases.promise(asks=bool(links.opinions)),
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


def _sections(edition: Edition, summary: str, links: PageLinks) -> tuple[Section, ...]:
    cards = {
        block: tuple(card(pick, summary, links.opinions.get(pick.rank)) for pick in edition.block(block))
        for block in Block
    }
    trending = "Also trending" if cards[Block.RANKED] else "Trending"
    found = (
        Section("For you", cards[Block.RANKED]),
        Section(trending, cards[Block.TRENDING]),
        Section("New versions of papers you had", lines=cards[Block.REVISED]),
    )
    return tuple(section for section in found if section.cards or section.lines)


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
