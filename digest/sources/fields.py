"""Fields of JSON answers, whose types are anything: each helper gives its type, or empty for what does not fit."""

from __future__ import annotations

from digest.papers.text import plain

TITLE, NAME, ABSTRACT = 1_000, 300, 20_000
"""Characters at which a title, a name or keyword, and an abstract are cut."""
MOST_NAMES = 6_000
"""Names or keywords that are kept of one entry (the longest author lists have some five thousand)."""


def words(value: object, *, html: bool = False, tex: bool = True, limit: int = TITLE) -> str:
    """A text field cleaned by `plain`; a number is its digits; anything else is ""."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**18 else ""
    return plain(value, html=html, tex=tex, limit=limit) if isinstance(value, str) else ""


def count(value: object) -> int | None:
    """A number of votes or comments: a whole number from 0 to a thousand million, or None."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= 10**9 else None


def mapping(value: object) -> dict[str, object]:
    """A JSON object, or {}."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """A JSON list, or []."""
    return value if isinstance(value, list) else []


def names(value: object, *, most: int = MOST_NAMES) -> tuple[str, ...]:
    """Names of a list whose members are strings or objects with a "name" (or "fullname"), empty ones left out."""
    found = (words(name_of(member), limit=NAME) for member in listed(value)[:most])
    return tuple(filter(None, found))


def name_of(value: object) -> object:
    """The name that an object carries, or the value itself where it is none."""
    return (value.get("name") or value.get("fullname")) if isinstance(value, dict) else value
