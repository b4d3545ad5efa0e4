"""People's names: "LeCun, Yann", "Y. LeCun", "LeCun Y" and "Yann Lecun" are one person, as far as names can tell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.ranking.tokens import fold, written_out

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md"})

_MOST_INITIALS = 3

Name = tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def parts(name: str) -> Name:
    """The folded parts of a name, given names first and family name last; titles after the name are dropped."""
    return _folded(_ordered(name))


@lru_cache(maxsize=1 << 14)
def readings(name: str) -> tuple[Name, ...]:
    """The ways to read a name, each as `parts` has it; that is the first.

    Initials may stand behind the family name or together: "Doe JA", "van der Berg J" (the Vancouver style of the ICMJE
    and PubMed), "JP Serre". Umlauts may be written out: "Mueller" for "Müller".
    """
    plain = _ordered(name)
    found = [plain, *_with_initials(plain)]
    spelt = [tuple(written_out(part) for part in one) for one in found if not "".join(one).isascii()]
    return tuple(dict.fromkeys(_folded(one) for one in (*found, *spelt)))


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


def _ordered(name: str) -> Name:
    """The parts of a name as they are written, given names first and family name last."""
    family, comma, given = name.partition(",")
    return _split(given) + _split(family) if comma and given.strip() else _split(name)


def _split(text: str) -> Name:
    found = tuple(p.replace("'", "").replace("’", "") for p in _PART.findall(text))
    return tuple(p for p in found if fold(p) not in _SUFFIXES) or found


def _folded(name: Name) -> Name:
    return tuple(map(fold, name))


def _with_initials(name: Name) -> Iterator[Name]:
    """The name with its initials apart, and before the family name, where some parts may be initials."""
    if len(name) < 2 or "".join(name).isupper():
        return
    end = len(name)
    while end > 1 and _may_be_initials(name[end - 1]):
        end -= 1
    ordered = (*name[end:], *name[:end])
    given = [letter for part in ordered[:-1] for letter in (part if _may_be_initials(part) else (part,))]
    if (*given, ordered[-1]) != name:
        yield (*given, ordered[-1])


def _may_be_initials(part: str) -> bool:
    return len(part) <= _MOST_INITIALS and part.isupper()


def _within(short: Name, long: Name) -> bool:
    """Whether the given names of `short` all stand, in order, among those of `long`."""
    rest = iter(long)
    return all(any(_agree(part, other) for other in rest) for part in short)


def _agree(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    return one == other
