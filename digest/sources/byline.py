"""Authors out of the one string in which feeds put them."""

from __future__ import annotations

import re

from digest.papers.text import plain

MOST = 6_000
"""Authors of one entry that are kept."""
LONGEST = 200_000
"""Characters of a byline that are read."""

_AND = re.compile(r"\s*,?\s+(?:and|und|et|&)\s+")
_SPACE = re.compile(r"\s+")
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?[\s-]?){1,4}")
_EMAIL = re.compile(r"<?[\w.+-]{1,64}@[\w.-]{1,255}>?", re.ASCII)
_SUFFIXES = frozenset(
    {"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "phd", "ph.d.", "md", "m.d.", "inc", "inc.", "ltd", "ltd."}
)


def arxiv_authors(line: str) -> tuple[str, ...]:
    """The authors of an arXiv byline: ``A. One (X, Y), B. Two and C. Three`` without affiliations.

    A bracket that is never closed runs to the end (feedparser cuts the last one off some lines).
    """
    return names(_split(_without_brackets(line[:LONGEST])))


def feed_authors(line: str) -> tuple[str, ...]:
    """The authors of any feed's byline: several only where the string clearly holds several.

    Split at semicolons; at commas and "and" where every part has two words or more ("Ada Lovelace, Alan Turing");
    ``Lovelace, A., Turing, A.`` pairs up and ``Lovelace, Ada`` is turned; ``Institute of X, Y`` stays whole.
    """
    line = _EMAIL.sub(" ", plain(line[:LONGEST], html="<" in line or "&" in line))
    line = line.removeprefix("By ").removeprefix("by ")
    if ";" in line:
        return names([turned(part) for part in line.split(";")])
    parts = [part for piece in line.split(",") for part in _AND.split(f" {piece} ")]
    parts = [part.strip() for part in parts if part.strip()]
    if paired := _paired(parts):
        return names(paired)
    several = len(parts) > 1 and all(" " in part and len(part) <= 60 for part in parts)
    several = several and not (len(parts) == 2 and any(len(part.split()) > 4 for part in parts))
    return names(parts if several else [turned(line) if len(line.split()) <= 4 else line])


def names(raw: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Cleaned names in order, empty and repeated ones left out, `MOST` at most."""
    cleaned = (plain(name, limit=200).strip(" ,;()<>") for name in raw[: MOST + 100])
    return tuple(dict.fromkeys(name for name in cleaned if any(c.isalpha() for c in name)))[:MOST]


def turned(name: str) -> str:
    """``Last, First`` as ``First Last``; anything with another number of commas as it is."""
    last, comma, first = name.partition(",")
    if not comma or "," in first or not first.strip() or first.strip().lower() in _SUFFIXES:
        return name.strip()
    return f"{first.strip()} {last.strip()}"


def _without_brackets(line: str) -> str:
    """`line` without what stands in round brackets, nested or not."""
    kept: list[str] = []
    depth = 0
    for char in line:
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(char)
    return _SPACE.sub(" ", "".join(kept))


def _split(line: str) -> list[str]:
    """Names between commas and "and"; ``, Jr.`` stays with its name, "A and B Collaborations" stay one."""
    result: list[str] = []
    for piece in re.split(r",|(?<=ollaboration):", line):
        parts = [piece] if "ollaboration" in piece else piece.split(" and ")
        for part in parts:
            _append(result, part)
    return result


def _append(result: list[str], part: str) -> None:
    if part.strip().lower() in _SUFFIXES and result:
        result[-1] += f" {part.strip()}"
    else:
        result.append(part)


def _paired(parts: list[str]) -> list[str]:
    """``Last, F., Last, F.`` as ``F. Last`` each, or nothing where the parts do not pair up."""
    if len(parts) < 2 or len(parts) % 2 or not all(_INITIALS.fullmatch(part) for part in parts[1::2]):
        return []
    return [f"{first} {last}" for last, first in zip(parts[::2], parts[1::2], strict=True)]
