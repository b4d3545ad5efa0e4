"""Read on the web: one's own edition, every pick whole, also those that did not fit into the mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.mail import page as mail
from digest.mail.cards import card, long_date, segments
from digest.services import opinions
from digest.web import people
from digest.web.rendering import page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from flask import Response

    from digest.mail.cards import Card, Segments
    from digest.model import Edition, Opinion, Pick
    from digest.web.site import Site

MOST_ABSTRACT = 20_000
"""So many characters of an abstract are shown, at least; no real one has more."""
_TERMS = 6
_NEIGHBOURS = 5_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A pick on a page.

    `text` is the whole abstract, without the summary where that is how it begins; `said` is what its reader said of
    it; `terms` are what they may want to hear no more of: the paper's keywords and categories.
    """

    key: str
    card: Card
    text: Segments
    said: Opinion | None
    terms: tuple[str, ...]


def shown(pick: Pick, said: Mapping[str, Opinion], summary: str = "sentence") -> Shown:
    """`pick` on a page; `said` is what its reader said, by the keys of papers, `summary` as for `cards.card`."""
    made = card(pick, summary)
    paper = pick.paper
    spans = [span for match in pick.matches if match.field == "abstract" for span in match.spans]
    abstract, begin = paper.abstract or paper.summary, 0
    if made.opens and made.plain_summary in abstract:
        begin = abstract.index(made.plain_summary) + len(made.plain_summary)
    rest = abstract[begin:].lstrip()
    begin = len(abstract) - len(rest)
    text = segments(rest, [(start - begin, end - begin) for start, end in spans], MOST_ABSTRACT)
    terms = (*paper.keywords, *(f"cat:{name}" for name in paper.categories))
    return Shown(paper.key, made, text, said.get(paper.key), terms[:_TERMS])


def show(site: Site, token: str) -> Response:
    """GET: the edition; without the forms for opinions where its reader has left."""
    found = people.edition_of(site, token)
    if found is None:
        return people.stranger(site)
    edition, reader = found
    if people.erased(reader):
        return people.stranger(site)
    told = mail.page(edition, reader, site.letterhead, summary=site.summary)
    said = opinions.said_of(site.store, edition)
    earlier, later = _neighbours(site, edition)
    return page(
        *(site, "edition.html"),
        private=True,
        edition=edition,
        reader=reader,
        told=told,
        sections=[(section.title, _picks(site, edition, section, said)) for section in told.sections],
        present=not people.gone(reader),
        earlier=earlier,
        later=later,
    )


def _picks(site: Site, edition: Edition, section: mail.Section, said: Mapping[str, Opinion]) -> list[Shown]:
    ranks = {one.number for one in (*section.cards, *section.lines)}
    return [shown(pick, said, site.summary) for pick in edition.picks if pick.rank in ranks]


def _neighbours(site: Site, edition: Edition) -> tuple[tuple[date, str] | None, tuple[date, str] | None]:
    """The editions before and after this one: (date, the same in words)."""
    known = [day for _, day, _ in site.store.edition_ids(edition.subscriber_id, _NEIGHBOURS)]
    before = next((day for day in known if day < edition.edition_date), None)
    after = next((day for day in reversed(known) if day > edition.edition_date), None)
    return _named(before), _named(after)


def _named(day: date | None) -> tuple[date, str] | None:
    return (day, long_date(day)) if day else None
