"""Lists of tags, ``name=value; name=value``, the form of DKIM and DMARC records (RFC 6376 3.2, RFC 9989). Pure."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_BLANKS = " \t\r\n"


class BadTags(ValueError):
    """A text that is no list of tags, and why."""


def parse_tags(text: str) -> dict[str, str]:
    """The tags of a record by their names, in their order; white space around names and values does not count.

    Raises:
        BadTags: a tag without "=", without a proper name, or given twice.
    """
    tags: dict[str, str] = {}
    for piece in _pieces(text):
        name, equals, value = (part.strip(_BLANKS) for part in piece.partition("="))
        if not equals:
            raise BadTags(f'"{piece.strip(_BLANKS)[:40]}" has no "="')
        if not _NAME.fullmatch(name):
            raise BadTags(f'"{name[:40]}" is no name of a tag')
        if name in tags:
            raise BadTags(f'"{name}=" stands there twice')
        tags[name] = value
    return tags


def _pieces(text: str) -> list[str]:
    """The pieces between semicolons; one semicolon may end the list."""
    pieces = text.split(";")
    return pieces[:-1] if not pieces[-1].strip(_BLANKS) else pieces
