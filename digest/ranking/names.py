"""People's names: "LeCun, Yann", "Y. LeCun" and "Yann Lecun" are one person, as far as names can tell."""

from __future__ import annotations

import re
from functools import lru_cache

from digest.ranking.tokens import fold

_PART = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md"})

Name = tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def parts(name: str) -> Name:
    """The folded parts of a name, given names first and family name last; titles after the name are dropped."""
    family, comma, given = name.partition(",")
    ordered = _split(given) + _split(family) if comma and given.strip() else _split(name)
    return ordered


def lookup_keys(name: Name) -> set[str]:
    """Under which keys to file a name so that every name it may equal shares one of them."""
    return {p for p in name if len(p) > 1} | {"".join(name)}


def same_person(wanted: Name, name: Name) -> bool:
    """Whether `name` may be the person `wanted`: a family name alone asks for anybody of that name.

    Given names agree when one is the other's initial; middle names may be missing on either side.
    """
    if not wanted or not name:
        return False
    if "".join(wanted) == "".join(name) or (len(wanted) > 1 and sorted(wanted) == sorted(name)):
        return True
    if wanted[-1] != name[-1] or len(wanted) == 1 or len(name) == 1:
        return wanted == name[-1:]
    short, long = sorted((wanted[:-1], name[:-1]), key=len)
    return _within(short, long)


def _split(text: str) -> Name:
    found = tuple(fold(p.replace("'", "").replace("’", "")) for p in _PART.findall(text))
    return tuple(p for p in found if p not in _SUFFIXES) or found


def _within(short: Name, long: Name) -> bool:
    """Whether the given names of `short` all stand, in order, among those of `long`."""
    rest = iter(long)
    return all(any(_agree(part, other) for other in rest) for part in short)


def _agree(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    return one == other
