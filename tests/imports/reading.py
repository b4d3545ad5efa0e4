"""An import in words that tests compare."""

from __future__ import annotations

from digest.imports import Imported, read_import


def read(content: str | bytes, name: str = "") -> Imported:
    """What is in some text, or bytes."""
    return read_import(content.encode() if isinstance(content, str) else content, name)


def interests(content: str | bytes, name: str = "") -> list[str]:
    """The interests in it, in the interest language."""
    return [str(interest) for interest in read(content, name).interests]


def keys(content: str | bytes, name: str = "") -> list[str]:
    """The keys of the papers in it."""
    return [paper.key for paper in read(content, name).papers]
