"""A reader with an edition, and what their browser does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from digest.mail.links import Links
from digest.ranking.query import parse
from digest.services.guard import Guard
from digest.services.publish import publish_due
from tests.factories import NOW, subscriber
from tests.web.conftest import listed, put

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from digest.model import Edition, Subscriber
    from digest.web.site import Site

PAPERS: tuple[dict[str, Any], ...] = (
    listed(1, title="Diffusion models for protein folding", summary="We study diffusion models. They fold."),
    listed(2, title="A survey of diffusion", summary="This survey of diffusion lists everything. It is long."),
    listed(3, title="Graph transformers at scale", summary="Graphs are everywhere. We train transformers on them."),
    listed(4, title="Bird song", summary="We record birds. Nobody expected that."),
)
"""Papers that differ."""
INLINE = ("mark", "b", "a", "span", "code")
"""Elements that part no words."""


def enrolled(site: Site, interests: str = "diffusion models", **fields: Any) -> Subscriber:
    """Somebody who is subscribed, due since an hour."""
    wanted = {"address": "ada@example.test", "cutoff": 0, "next_due_at": NOW - timedelta(hours=1), **fields}
    return site.store.add_subscriber(subscriber(interests=parse(interests), **wanted))


def published(site: Site, now: datetime = NOW) -> list[Edition]:
    """The editions that are due at `now`."""
    guard = Guard()
    made = [one.edition for one in publish_due(site.store, site.ranker, site.publish_rules, now, guard)]
    assert guard.failures == []
    return made


def reader(site: Site, *papers: dict[str, Any], **fields: Any) -> tuple[Subscriber, Edition]:
    """A subscriber who has got an edition of these papers, or of `PAPERS`."""
    put(site.store, *(papers or PAPERS), now=NOW - timedelta(hours=2))
    known = enrolled(site, **fields)
    return known, next(one for one in published(site) if one.subscriber_id == known.id)


def paths(site: Site) -> Links:
    """The links of the site as paths."""
    return Links("", site.keys)


def dump(database: Path) -> str:
    """Everything in a database, as SQL."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())


@dataclass
class Form:
    """A form of a page: where it goes, and what is in it when nobody touches it."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """The links and forms of a page, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._words: list[str] = []
        self._area, self._select = "", ""
        self.feed(html)

    @property
    def words(self) -> str:
        """All words, one space apart."""
        return " ".join("".join(self._words).split())

    def form(self, **field: str) -> Form:
        """The form that has this field or button with this value."""
        ((name, value),) = field.items()
        name = name.rstrip("_")
        return next(f for f in self.forms if value in f.fields.get(name, ()) or (name, value) in f.buttons)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Links and fields."""
        self._words.append("" if tag in INLINE else " ")
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "textarea":
            self._area = given["name"]
            self.forms[-1].fields[self._area] = [""]
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self.forms[-1].fields[self._select] = [given["value"]]
        elif tag == "button" and "name" in given:
            self.forms[-1].buttons.append((given["name"], given["value"]))
        elif tag == "input":
            self._input(given)

    def _input(self, given: dict[str, str]) -> None:
        ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
        if ticked and given.get("type") != "file":
            self.forms[-1].fields.setdefault(given["name"], []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """The end of a field."""
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        """Words, and what stands in a field of several lines."""
        if self._area:
            # The first line feed in a text area is not part of it.
            self.forms[-1].fields[self._area][0] += data.removeprefix("\n")
        else:
            self._words.append(data)


def named(edition: Edition) -> tuple[Subscriber, date]:
    """What the links to an edition name it by."""
    return subscriber(id=edition.subscriber_id), edition.edition_date
