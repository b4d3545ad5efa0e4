"""The shape of XML before a lenient parser sees it: how deep, how many attributes, how long a base.

feedparser's cost grows with the square of these (`getValueByQName` of the standard library looks through all
attributes for each one; every element joins its `xml:base` to that of its parent), so no time limit alone would do.
"""

from __future__ import annotations

import re

DEPTH = 2_000
"""Elements that may be open within each other; feeds with HTML that nobody closed have some hundreds."""
ATTRIBUTES = 500
"""Attributes that one element may have."""
BASE = 2_000
"""Characters of an `xml:base`."""

_TAG = re.compile(r"/?[A-Za-z_][\w:.-]*+[^>\"']*+(?:(?:\"[^\"]*+\"|'[^']*+')[^>\"']*+)*+")
_BASE = re.compile(rf"\bbase\s{{0,9}}=\s{{0,9}}[\"'][^\"']{{{BASE}}}")
_SECTIONS = (("![CDATA[", "]]>"), ("!--", "-->"))
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "meta", "source", "track", "wbr"})
"""Elements of HTML that have no end (HTML standard, 13.1.2)."""


def check_shape(text: str) -> None:
    """Refuse XML that is too deep, or has an element with too many attributes or too long a base. Linear in time.

    Raises:
        ValueError: which of these it is.
    """
    depth, closer = 0, ""
    for part in text.split("<")[1:]:
        if not closer:
            closer = next((end for begin, end in _SECTIONS if part.startswith(begin)), "")
            depth += 0 if closer else _deeper(part)
        if closer and closer in part:
            closer = ""
        if depth > DEPTH:
            raise ValueError(f"XML of more than {DEPTH:,} elements within each other")
        depth = max(depth, 0)


def _deeper(part: str) -> int:
    """By how much the tag at the beginning of `part` (what stands between two "<") changes the depth."""
    found = _TAG.match(part)
    if found is None:
        return 0
    tag = found[0]
    if len(tag) > ATTRIBUTES and tag.count("=") > ATTRIBUTES:
        raise ValueError(f"XML with an element of more than {ATTRIBUTES:,} attributes")
    if len(tag) > BASE and _BASE.search(tag):
        raise ValueError(f"XML with a base URL of more than {BASE:,} characters")
    if tag.startswith("/"):
        return -1
    return 0 if tag.endswith("/") or tag.split(None, 1)[0].lower() in _VOID else 1
