"""A source on the web: conditional GETs, dated and paged URLs.

What is asked for:

- a URL without placeholders, once;
- ``{date}``: one request for each of the last `days` days (UTC), oldest first, since a day's list still grows on the
  day after. A day that the host does not know yet (status 400 for today) is a quiet day, no failure;
- ``{page}``: from 0 until a page is an empty JSON list, at most `Bounds.pages` pages. The pages of a day become one
  snapshot; if one of them fails, the day has none.

ETag and Last-Modified are kept for each URL that is not paged. Pages are always asked for in full: a later page may
have changed where page 0 has not, so "not modified" would have to hold for all of them at once, and the list that
is paged (Hugging Face) carries votes that change by the minute. Identical bytes are recognised by the store.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from digest import __version__
from digest.errors import NotAFeed, SourceError, Unreachable
from digest.model import Snapshot
from digest.sources import NotModified, pages
from digest.sources.address import bare_url
from digest.sources.answers import error_words
from digest.sources.bounds import Bounds
from digest.sources.freshness import fresh_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from digest.model import SourceSpec, SourceState
    from digest.sources.answers import Answer
    from digest.sources.polite import Politeness
    from digest.sources.web import Web


def user_agent(contact: str = "") -> str:
    """How we introduce ourselves; `contact` is a mail address or URL of whoever runs this installation."""
    return f"digest/{__version__} (daily paper digest; feed reader{f'; {contact}' if contact else ''})"


ACCEPT = (
    "application/json, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)
"""arXiv answers 406 to requests without an Accept header."""


class _ErrorAnswer(Unreachable):
    """An answer of no use for one day, by a host that may well answer for another."""


@dataclass(frozen=True, slots=True)
class _Target:
    """One thing to ask for: a URL (still with ``{page}``, if paged), and the day that it stands for."""

    url: str
    day: date | None = None

    @property
    def key(self) -> str:
        """What its validators are kept under."""
        return bare_url(self.url)

    @property
    def paged(self) -> bool:
        """Whether it is a list in pages."""
        return "{page}" in self.url

    def page(self, number: int) -> str:
        """The URL of one page."""
        return self.url.replace("{page}", str(number))

    def quiet(self, answer: Answer, today: date) -> bool:
        """Whether the host says that the day has not begun (Hugging Face: status 400)."""
        return answer.status == 400 and self.day is not None and self.day >= today

    def day_of(self, answer: Answer) -> date | None:
        """The day asked for, unless a redirection led to a page that does not name it (Hugging Face on weekends)."""
        return self.day if self.day and self.day.isoformat() in answer.url else None


class HttpSource:
    """A `digest.sources.Source` on the web.

    Args:
        spec: with `url` set; its `headers` replace ours of the same name, and go to no other host.
        polite: one for all sources of the process.
        contact: for the User-Agent; see `user_agent`.
        bounds: see there.

    `headers` are those of the last answer of use, by their names in lower case.
    """

    def __init__(
        self, spec: SourceSpec, polite: Politeness, *, contact: str = "", bounds: Bounds | None = None
    ) -> None:
        self.spec = spec
        self.validators: dict[str, object] = {}
        self.headers: Mapping[str, str] = {}
        self._polite = polite
        self._user_agent = user_agent(contact)
        self._bounds = bounds or Bounds()

    def fetch(self, state: SourceState, now: datetime) -> Iterator[Snapshot | NotModified]:
        """Ask for everything that the source's URL stands for at `now`.

        A day that is answered with an error does not keep the others from being asked for; the first such error
        is raised at the end. Where there is no answer at all, asking ends there.

        Raises:
            Throttled, Unreachable: see the errors.
            NotAFeed: a page of a paged list is no list.
        """
        targets = _targets(self.spec, now)
        self.validators = {t.key: state.validators[t.key] for t in targets if t.key in state.validators and not t.paged}
        failed: list[SourceError] = []
        with self._web() as web:
            for target in targets:
                try:
                    answer = self._answer(web, target, _day(now))
                except (_ErrorAnswer, NotAFeed) as error:
                    failed.append(error)
                    continue
                if answer is not None:
                    self.headers = answer.headers
                    yield self._fetched(target, answer, now)
                    self._remember(target, answer)
        if failed:
            raise failed[0]

    def _web(self) -> Web:
        from digest.sources.web import Manner, Web  # httpx is heavy

        common = {"user-agent": self._user_agent, "accept": ACCEPT, "accept-language": "en"}
        manner = Manner(common, self.spec.headers)
        return Web(self.spec.url, self._polite, self._bounds, manner, private=self.spec.private)

    def _answer(self, web: Web, target: _Target, today: date) -> Answer | None:
        """The answer for a target, content or 304; None for a day that has not begun for the host."""
        if target.paged:
            return self._paged(web, target, today)
        conditions = _conditions(self.validators.get(target.key))
        answer = web.get(target.url, conditions)
        if target.quiet(answer, today):
            return None
        return answer if answer.status == 304 and conditions else _content(answer)

    def _paged(self, web: Web, target: _Target, today: date) -> Answer | None:
        """All pages of a list as one answer. A page like the one before ends the list, as does an empty one."""
        first = web.get(target.page(0), {})
        if target.quiet(first, today):
            return None
        found = [pages.inside(_content(first).content, first.url)]
        for number in range(1, self._bounds.pages):
            if not found[-1] or found[-1] in found[:-1]:
                break
            self._check_size(found, first.url)
            answer = _content(web.get(target.page(number), {}))
            found.append(pages.inside(answer.content, answer.url))
        self._check_size(found, first.url)
        return replace(first, content=pages.join(dict.fromkeys(found)))

    def _check_size(self, found: Sequence[bytes], place: str) -> None:
        if sum(map(len, found)) > self._bounds.size:
            raise _ErrorAnswer(
                place, f"pages that are together larger than the {self._bounds.size:,} bytes that are read"
            )

    def _fetched(self, target: _Target, answer: Answer, now: datetime) -> Snapshot | NotModified:
        if answer.status == 304:
            return NotModified(answer.url, fresh_until(answer.headers, now))
        return Snapshot(
            source=self.spec.name,
            taken_at=now,
            content=answer.content,
            place=answer.url,
            kind=self.spec.kind,
            media_type=answer.media_type,
            listed_on=target.day_of(answer),
            fresh_until=fresh_until(answer.headers, now),
        )

    def _remember(self, target: _Target, answer: Answer) -> None:
        if target.paged or answer.status == 304:
            return
        told = {name: answer.headers.get(header, "") for name, header in _VALIDATORS.items()}
        # ASCII, since they are sent back as header values.
        kept = {name: value for name, value in told.items() if value and value.isascii() and len(value) <= 1000}
        self.validators.pop(target.key, None)
        if kept:
            self.validators[target.key] = kept


_VALIDATORS = {"etag": "etag", "last_modified": "last-modified"}
_CONDITIONS = {"etag": "if-none-match", "last_modified": "if-modified-since"}


def _targets(spec: SourceSpec, now: datetime) -> list[_Target]:
    if "{date}" not in spec.url:
        return [_Target(spec.url)]
    days = [_day(now) - timedelta(days=back) for back in reversed(range(max(spec.days, 1)))]
    return [_Target(spec.url.replace("{date}", day.isoformat()), day) for day in days]


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _conditions(kept: object) -> dict[str, str]:
    if not isinstance(kept, dict):
        return {}
    return {header: str(kept[name]) for name, header in _CONDITIONS.items() if kept.get(name)}


def _content(answer: Answer) -> Answer:
    if not answer.ok:
        raise _ErrorAnswer(answer.url, error_words(answer))
    return answer
