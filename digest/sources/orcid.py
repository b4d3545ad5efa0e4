"""What ORCID knows of a researcher: name, works and keywords, by its public API.

Source: ORCID public API v3.0 (pub.orcid.org), ``GET /v3.0/<iD>/record``, which needs no login. Anything in a record
may be null, and only what its owner made public is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.errors import NotAFeed, Unreachable, UsageError
from digest.imports.gathering import Gathering, author, entry_of
from digest.imports.people import is_orcid, orcid_in
from digest.papers.text import plain
from digest.sources import jsontext
from digest.sources.answers import error_words
from digest.sources.bounds import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.imports import Imported
    from digest.model import Entry
    from digest.sources.polite import Politeness

API = "https://pub.orcid.org/v3.0"
BOUNDS = Bounds(size=10 * 2**20, connect=10, read=15, total=30, redirects=2)


def works(orcid: str, polite: Politeness, *, contact: str = "", api: str = API) -> Imported:
    """The papers of a researcher, and the interests in their name and keywords.

    Args:
        orcid: the iD, bare or as a URL.
        polite: who may ask when.
        contact: for the User-Agent, see `http.user_agent`.
        api: where the API is.

    Raises:
        UsageError: no ORCID iD, or nobody has it.
        Throttled, Unreachable, NotAFeed: ORCID does not answer, or with something else.
    """
    name = orcid_in(orcid)
    if not is_orcid(name):
        raise UsageError(f"{orcid[:60]!r} is no ORCID iD such as 0000-0002-1825-0097")
    place = f"{api}/{name}/record"
    return read_record(_answer(place, name, polite, contact, own=api != API), place)


def _answer(place: str, orcid: str, polite: Politeness, contact: str, *, own: bool) -> bytes:
    """The record's bytes; an API of one's `own` may be anywhere."""
    from digest.sources.http import user_agent
    from digest.sources.web import Manner, Web  # httpx is heavy

    manner = Manner({"user-agent": user_agent(contact), "accept": "application/json"}, {})
    with Web(place, polite, BOUNDS, manner, private=own) as web:
        answer = web.get(place, {})
    if answer.status in (404, 409, 410):  # 409: locked or deprecated
        raise UsageError(f"ORCID knows no public record of {orcid}")
    if not answer.ok:
        raise Unreachable(place, error_words(answer))
    return answer.content


def read_record(content: bytes, place: str) -> Imported:
    """A record as the API writes it (JSON), read into papers and interests.

    Raises:
        NotAFeed: it is no such record.
    """
    try:
        record = jsontext.load(content)
    except ValueError as error:
        raise NotAFeed(place, str(error)) from None
    if not isinstance(record, dict) or not _at(record, "orcid-identifier", "path"):
        raise NotAFeed(place, "JSON, but no ORCID record")
    gathering = Gathering()
    gathering.want(*filter(None, [author(_name(_at(record, "person", "name")))]))
    gathering.keywords(_text(word, "content") for word in _list(record, "person", "keywords", "keyword"))
    for group in _list(record, "activities-summary", "works", "group"):
        if not gathering.room():
            break
        work: Any = next(iter(_list(group, "work-summary")), None)
        gathering.paper(_entry(group, work), _text(work, "title", "title", "value") or "a work without a title")
    return gathering.done("orcid")


def _entry(group: Any, work: Any) -> Entry:
    """One work; its ids are those that all sources of it agree on, or its own."""
    ids = dict(reversed([*_ids(work), *_ids(group)]))
    return entry_of(
        _text(work, "title", "title", "value"),
        url=_text(work, "url", "value"),
        doi=ids.get("doi", ""),
        arxiv_id=ids.get("arxiv", ""),
    )


def _ids(told: Any) -> Iterator[tuple[str, str]]:
    """(type, value) of each id of the work itself, not of what it is part of."""
    for one in _list(told, "external-ids", "external-id"):
        if _text(one, "external-id-relationship") in ("", "self", "SELF", "version-of", "VERSION_OF"):
            yield _text(one, "external-id-type").lower(), _text(one, "external-id-value")


def _name(told: Any) -> str:
    """The name that a researcher goes by, or the given and family names."""
    credit = _text(told, "credit-name", "value")
    return plain(credit or f"{_text(told, 'given-names', 'value')} {_text(told, 'family-name', 'value')}", limit=100)


def _at(value: Any, *path: str) -> Any:
    """What stands at `path` in nested objects; None where something on the way is missing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: Any, *path: str) -> str:
    found = _at(value, *path)
    return found if isinstance(found, str) else ""


def _list(value: Any, *path: str) -> list[Any]:
    found = _at(value, *path)
    return found if isinstance(found, list) else []
