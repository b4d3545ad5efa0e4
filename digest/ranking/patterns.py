"""An interest in words, made ready to be looked up: its words as units, and other ways to write them.

An interest is compiled into units, which are looked up one by one: the words of WORDS, or the whole of a PHRASE.
A unit that is written with a hyphen needs its parts next to each other.

A glossary tells what acronyms stand for, and an interest finds both: RAG finds "retrieval-augmented generation",
and that term, written out, finds RAG. Letters mean many things, so a term finds its acronym in the exact case only,
only where that mostly stands for the term, and never in a paper that defines it as something else; whoever asks for
the bare letters gets them, whatever they stand for. A quoted phrase finds its acronym where the whole of it is the
term. Quotes around one word ask for this word only, so ``"RAG"`` finds these letters and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from digest.model import InterestKind
from digest.ranking import tokens
from digest.ranking.acronyms import MOST_WORDS, Glossary
from digest.ranking.corpus import Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.model import Interest

Unit = tuple[Word, ...]

_LONGEST_ACRONYM = 5
_MOST_ROWS = 8
"""So many ways to write all units in a row are looked for, besides the one that was asked for."""
_EMPTY = Glossary()


@dataclass(frozen=True, slots=True)
class Alias:
    """Other words for some units of a pattern, given by their numbers, or for all of them in a row ().

    `meant` are the acronyms among the words with the terms they stand for here, where the interest was a term.
    """

    words: Unit
    units: tuple[int, ...] = ()
    meant: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """An interest in words, compiled: what to look for, and in which field ("" = in any).

    `units` are looked up one by one; `whole` is all of them in a row, () where there is only one.
    `aliases` are looked up as well; what they find counts for the units that they stand for.
    """

    units: tuple[Unit, ...]
    whole: Unit = ()
    field: str = ""
    aliases: tuple[Alias, ...] = ()

    def asked(self, number: int) -> Asked:
        """All that decides what the unit of this number finds."""
        aliases = tuple(alias for alias in self.aliases if number in alias.units) if self.aliases else ()
        return Asked(self.units[number], self.field, aliases)


class Asked(NamedTuple):
    """One unit of a pattern, the field that it must stand in, and its other ways."""

    unit: Unit
    field: str
    aliases: tuple[Alias, ...]


@dataclass(frozen=True, slots=True)
class _Term:
    """The words [start, end) of an interest that may be written otherwise, and how."""

    start: int
    end: int
    ways: tuple[Alias, ...]


def compiled(interest: Interest, glossary: Glossary = _EMPTY) -> Pattern:
    """The pattern of an interest of kind WORDS or PHRASE; a term without words gives one that matches nothing."""
    sensitive = not _shouted(interest.term)
    if interest.kind is InterestKind.PHRASE:
        unit = _unit(interest.term, sensitive=sensitive, strict=True)
        ways = _acronyms(unit, glossary) if len(unit) > 1 else ()
        return Pattern((unit,) if unit else (), (), interest.field, tuple(Alias(w.words, (0,), w.meant) for w in ways))
    chunks = [u for u in (_unit(c, sensitive=sensitive) for c in interest.term.split()) if u]
    content = [u for u in chunks if not is_stop(u)] or chunks
    units, row = tuple(dict.fromkeys(content)), tuple(word for unit in chunks for word in unit)
    terms = list(_terms(row, glossary))
    whole = row if len(content) > 1 else ()
    aliases = dict.fromkeys((*_for_units(terms, chunks, units), *_for_whole(terms, whole))) if terms else ()
    return Pattern(units, whole, interest.field, tuple(aliases))


@lru_cache(maxsize=1 << 14)
def word(surface: str, *, sensitive: bool, strict: bool) -> Word:
    """A word to be looked up: `sensitive` to case if it is an acronym, `strict` about all inflection but number."""
    exact = tokens.bare(surface) if sensitive and tokens.is_acronym(surface) else ""
    return Word(surface, tokens.key(surface), exact, tokens.strict_key(surface) if strict else "")


def is_stop(unit: Unit) -> bool:
    """Whether nothing in a unit says anything on its own."""
    return all(not word.exact and word.surface.lower() in tokens.STOP for word in unit)


def _unit(text: str, *, sensitive: bool, strict: bool = False) -> Unit:
    return tuple(word(w, sensitive=sensitive, strict=strict) for w in tokens.words(text))


def _shouted(term: str) -> bool:
    """Whether a term is all in capitals for no reason: then case tells nothing."""
    return term.isupper() and any(len(word) > _LONGEST_ACRONYM for word in tokens.words(term))


def _terms(row: Unit, glossary: Glossary) -> Iterator[_Term]:
    """The terms of an interest that may be written otherwise, from left to right, the longest first."""
    at = 0
    while at < len(row):
        ends = range(min(len(row), at + MOST_WORDS), at, -1)
        found = next((_Term(at, end, ways) for end in ends if (ways := _ways(row[at:end], glossary))), None)
        if found:
            yield found
        at = found.end if found else at + 1


def _ways(term: Unit, glossary: Glossary) -> tuple[Alias, ...]:
    """Other ways to write a term: what an acronym stands for, and the acronyms that stand for it."""
    long_forms = glossary.long_forms(term[0].surface) if len(term) == 1 else ()
    written_out = [_unit(long, sensitive=False, strict=True) for long in long_forms]
    respelt = (way for long in written_out for way in _acronyms(long, glossary) if _is_respelt(term[0], way.words[0]))
    return (*map(Alias, written_out), *respelt, *_acronyms(term, glossary))


def _is_respelt(one: Word, other: Word) -> bool:
    """Whether an acronym is another one in other case: kNN and KNN, where both stand for the same."""
    return one.key == other.key and bool(one.exact) and one.exact != other.exact


def _acronyms(term: Unit, glossary: Glossary) -> tuple[Alias, ...]:
    surfaces = [word.surface for word in term]
    shorts = glossary.short_forms_of(surfaces)
    meant = " ".join(map(tokens.strict_key, surfaces)) if shorts else ""
    return tuple(Alias((Word(short, tokens.key(short), short),), (), ((short, meant),)) for short in shorts)


def _for_units(terms: Sequence[_Term], chunks: Sequence[Unit], units: Sequence[Unit]) -> Iterator[Alias]:
    """Each term's other ways, for the units that it is made of, or as a part of the one in which it stands."""
    for term in terms:
        start, covered = 0, list[tuple[int, Unit]]()
        for chunk in chunks:
            if start < term.end and start + len(chunk) > term.start:
                covered.append((start, chunk))
            start += len(chunk)
        begin, end = covered[0][0], covered[-1][0] + len(covered[-1][1])
        numbers = tuple(units.index(chunk) for _, chunk in covered if chunk in units)
        if numbers and (len(covered) == 1 or (begin, end) == (term.start, term.end)):
            before, after = covered[0][1][: term.start - begin], covered[-1][1][len(covered[-1][1]) - end + term.end :]
            yield from (Alias((*before, *way.words, *after), numbers, way.meant) for way in term.ways)


def _for_whole(terms: Sequence[_Term], whole: Unit) -> Iterator[Alias]:
    """The interest in a row, with one or more of its terms written otherwise."""
    if not whole:
        return
    ways = [(Alias(whole[term.start : term.end]), *term.ways) for term in terms]
    for chosen in islice(product(*ways), 1, 1 + _MOST_ROWS):
        words, at = list[Word](), 0
        for term, way in zip(terms, chosen, strict=True):
            words += (*whole[at : term.start], *way.words)
            at = term.end
        yield Alias((*words, *whole[at:]), (), tuple(pair for way in chosen for pair in way.meant))
