"""From interests to fragments of text that a database can look for: what holds none of them cannot be hit. Pure.

The ranker decides what is a hit; this only spares it the papers that cannot be one. A group is a set of fragments
that must all be there; one group of several is enough.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from digest.model import InterestKind
from digest.ranking import names, tokens
from digest.ranking.corpus import category_key
from digest.ranking.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from digest.model import Interest
    from digest.ranking.past import Past
    from digest.ranking.patterns import Pattern, Unit

Group = tuple[str, ...]

MOST_GROUPS = 40
"""So many groups are looked for at once; those of the first interests."""
SHORT = 4
"""A word of up to so many letters stands inside too many others: it is looked for where words begin."""
_BEFORE = (" ", "(", "-", "/")
"""What stands before a word."""
_SHORTEST_HALF, _SHORTEST_HALVED = 3, 5
_SHORTEST_PARTED, _SHORTEST_HANGUL = 6, 4
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def groups(interests: Iterable[Interest], past: Past) -> list[Group]:
    """The groups for these interests: all words of one, or what they stand for."""
    return _bounded(group for interest in interests for group in _of(interest, past))


def loose_groups(interests: Sequence[Interest], past: Past) -> list[Group]:
    """More groups: short words anywhere, and words with an accent in them, of which one half is whole anyhow."""
    found = groups(interests, past)
    bare = [tuple(fragment.lstrip("".join(_BEFORE)) for fragment in group) for group in found]
    return _bounded([*bare, *(half for group in bare for half in _halved(group))])


def _of(interest: Interest, past: Past) -> Iterator[Group]:
    if interest.kind is InterestKind.CATEGORY:
        yield (category_key(interest.term),)
    elif interest.kind is InterestKind.AUTHOR:
        yield from _of_author(interest.term)
    else:
        yield from _of_words(interest, past)


def _of_author(name: str) -> Iterator[Group]:
    """The family name, as it is written and without accents; given names may be initials in the record."""
    for folded in names.readings(name):
        yield from _begun(folded[-1:], folded[-1:])
    family = name.partition(",")[0].split() or [""]
    if not family[-1].isascii():
        yield (family[-1].casefold(),)


def _of_words(interest: Interest, past: Past) -> Iterator[Group]:
    pattern = compiled(replace(interest, field=""), past.glossary)
    if not pattern.units:
        return
    known = past.background.frequency if past.background else {}
    for units in _ways(pattern):
        words = [word.surface for unit in units for word in unit]
        group = tuple(dict.fromkeys(map(_fragment, words)))
        yield from _begun(group, words)
        if any(char.isdigit() for fragment in group for char in fragment):
            yield tuple(fragment.translate(_SUBSCRIPTS) for fragment in group)
        if not all(word.isascii() for word in words):
            yield tuple(dict.fromkeys(map(_as_written, words)))
        for word in words:
            yield from (_with(group, _fragment(word), parts) for parts in _parted(word, known))


def _parted(word: str, known: Mapping[str, int]) -> Iterator[str]:
    """A word with a hyphen or a blank in it, where both parts are known words: pre-train for pretraining."""
    text = tokens.fold(tokens.bare(word))
    shortest, last = (_SHORTEST_HANGUL, 1) if tokens.is_hangul(word) else (_SHORTEST_PARTED, 2)
    for cut in range(2, len(text) - last) if len(text) >= shortest else ():
        begin, end = text[:cut], text[cut:]
        if not {begin, end} & tokens.STOP and tokens.key(begin) in known and tokens.key(end) in known:
            yield from (f"{begin}{between}{_fragment(end)}" for between in "- ")


def _with(group: Group, fragment: str, other: str) -> Group:
    return tuple(other if one == fragment else one for one in group)


def _ways(pattern: Pattern) -> Iterator[tuple[Unit, ...]]:
    """The units of a pattern, and the other ways to write all or some of them.

    Of three words or more most will do; all but one of them are a way of their own.
    """
    yield pattern.units
    for alias in pattern.aliases:
        rest = [unit for number, unit in enumerate(pattern.units) if number not in alias.units]
        yield (alias.words, *(rest if alias.units else ()))
    if len(pattern.units) > 2:
        for left_out in range(len(pattern.units)):
            yield tuple(unit for number, unit in enumerate(pattern.units) if number != left_out)


def _fragment(word: str) -> str:
    """What all inflections of a word have in common, as far as one can tell: its beginning, without accents."""
    folded, key = tokens.fold(tokens.bare(word)), tokens.key(word)
    common = _common(folded, key)
    if len(common) > SHORT and common == key:
        # The last letter of a stem may be one that only stems have: studi, organiz.
        common = common[:-1]
    return common if len(common) >= min(3, len(folded)) else folded


def _as_written(word: str) -> str:
    """The same with its accents, of which the folded form tells no place."""
    plain = word.casefold()
    return plain if not plain.isascii() else _fragment(word)


def _common(one: str, other: str) -> str:
    length = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:length]


def _begun(group: Group, words: Iterable[str]) -> Iterator[Group]:
    """The group; where all its words are short, the longest of them at the beginning of a word."""
    longest = max(group, key=len)
    if not longest.isascii() or any(len(word) > SHORT for word in words):
        yield group
        return
    rest = tuple(fragment for fragment in group if fragment != longest)
    for before in _BEFORE:
        yield (before + longest, *rest)


def _halved(group: Group) -> Iterator[Group]:
    """The group with either half of one of its longer fragments."""
    for at, fragment in enumerate(group):
        if len(fragment) >= _SHORTEST_HALVED:
            middle = max(len(fragment) // 2, _SHORTEST_HALF)
            for half in (fragment[:middle], fragment[-middle:]):
                yield (*group[:at], half, *group[at + 1 :])


def _bounded(found: Iterable[Group]) -> list[Group]:
    return list(islice(dict.fromkeys(found), MOST_GROUPS))
