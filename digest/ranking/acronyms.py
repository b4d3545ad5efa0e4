"""Acronyms and what they stand for, as papers define them: "retrieval-augmented generation (RAG)".

After A. S. Schwartz and M. A. Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical
text" (Pacific Symposium on Biocomputing 8, 2003): the letters of the short form are looked for in the words beside
it, from right to left, and the first one must begin a word. Adapted to this field: a short form is one word with
two capitals or digits, a 2 in it may stand for "to" and a 4 for "for" (T2I), and capitals are looked for at the
beginnings of words first; where letters lie inside words, the long form may hold no more telling words than the
short form has signs, which keeps chance letters out.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING

from digest.ranking import tokens
from digest.ranking.abbreviations import WELL_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.model import Paper

SHORTEST = 2
LONGEST = 10
MOST_WORDS = 10
"""Of a long form."""
MOST_DEFINITIONS = 100
"""So many brackets of one text are looked at."""
PRIOR_PAPERS = 5
"""What a well-known pair counts: as if so many papers had defined it."""
FEWEST_PAPERS = 2
LEAST_SHARE = 0.1
MOST_FORMS = 4
MOSTLY = 0.6
"""The share of its definitions from which on an acronym mostly stands for one term."""
TELLING_PAPERS = 3
TELLING_PAPERS_FOR_TWO = 10
"""So many papers must define an acronym, or one of two letters, before its term is looked for by it."""

WINDOW = 160
"""So many characters before a bracket are looked at."""

_BRACKETS = re.compile(r"\(([^()]{2,120})\)")
_BREAK = re.compile(r"[.;:!?,](?=\s)|[()\[\]{}|\n]")
_ASIDE = re.compile(r"[;,:]")
_QUOTES = "\"'“”‘’`*_ "
_MEANT = {"2": ("to ", "to-", "two"), "3": ("three",), "4": ("for ", "for-", "four")}


def pairs(text: str) -> set[tuple[str, str]]:
    """The (short form, long form) pairs that a title or abstract defines.

    Short forms keep their case and lose a plural s; long forms are in `normal` form. Takes time linear in the text.
    """
    found = (_defined(text, m) for m in islice(_BRACKETS.finditer(text), MOST_DEFINITIONS))
    return {pair for pair in found if pair}


def count(papers: Iterable[Paper]) -> Counter[tuple[str, str]]:
    """In how many papers each pair is defined."""
    counts: Counter[tuple[str, str]] = Counter()
    for paper in papers:
        counts.update(pairs(paper.title) | pairs(paper.abstract))
    return counts


def normal(text: str) -> str:
    """A term in the form in which long forms are kept: its words folded for case, accents and number, hyphens gone."""
    return " ".join(map(tokens.strict_key, tokens.words(text)))


PRIOR = frozenset((short, normal(long)) for short, long in WELL_KNOWN)
_LOWER = {short.lower(): tuple(normal(long) for s, long in WELL_KNOWN if s == short) for short, _ in WELL_KNOWN}


def squeezed(words: Iterable[str]) -> str:
    """Under what terms are compared: "fine tuning" and "finetuning" are one."""
    return "".join(map(tokens.strict_key, words))


def same_term(one: str, other: str) -> bool:
    """Whether two long forms mean one thing: spelt alike, or the one is the other with a word more."""
    first, second = (frozenset(map(tokens.key, text.split())) - tokens.STOP for text in (one, other))
    return _squeezed(one) == _squeezed(other) or first <= second or second <= first


@dataclass(frozen=True)
class Glossary:
    """What acronyms stand for: `counts` tells in how many papers each (short form, long form) was defined.

    Some well-known acronyms (`abbreviations`) are there from the start. Case tells short forms apart: GaN is no GAN.
    """

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def long_forms(self, short: str) -> tuple[str, ...]:
        """What an acronym stands for, in `normal` form, the most usual first.

        Only well-known long forms, and those with enough support: at least `FEWEST_PAPERS` papers, and `LEAST_SHARE`
        of all definitions of this acronym. One in lower case is taken for the well-known one: llm for LLM.
        """
        usual = _LOWER.get(tokens.strict_key(short), ()) if short.islower() else ()
        return self._long.get(tokens.bare(short), usual)

    def short_forms(self, long: str) -> tuple[str, ...]:
        """The acronyms that stand for a term, in any spelling of it, and for hardly anything else."""
        return self.short_forms_of(tokens.words(long))

    def short_forms_of(self, words: Iterable[str]) -> tuple[str, ...]:
        """`short_forms` of a term given in words."""
        return self._short.get(squeezed(words), ())

    @cached_property
    def _long(self) -> dict[str, tuple[str, ...]]:
        """The long forms of each acronym."""
        return {short: kept for short, terms in self._terms.items() if (kept := _supported(short, terms))}

    @cached_property
    def _short(self) -> dict[str, tuple[str, ...]]:
        """The acronyms of each term, by its squeezed form."""
        found: dict[str, list[tuple[int, str]]] = {}
        for short, terms in self._terms.items():
            total = sum(papers for papers, _ in terms)
            for papers, long in terms:
                if papers >= MOSTLY * total and ((short, long) in PRIOR or papers >= _telling_papers(short)):
                    found.setdefault(_squeezed(long), []).append((-papers, short))
        return {long: tuple(short for _, short in sorted(shorts)) for long, shorts in found.items()}

    @cached_property
    def _terms(self) -> dict[str, list[tuple[int, str]]]:
        """(papers, long form) of each acronym, the most usual first; what differs in blanks only is one term."""
        spelt: dict[str, dict[str, Counter[str]]] = {}
        for (short, long), papers in chain(((pair, PRIOR_PAPERS) for pair in PRIOR), self.counts.items()):
            spelt.setdefault(short, {}).setdefault(_squeezed(long), Counter())[long] += papers
        return {short: _ordered(spellings.values()) for short, spellings in spelt.items()}


def _ordered(terms: Iterable[Counter[str]]) -> list[tuple[int, str]]:
    """Each term in its most usual spelling, with all its papers, the most usual first."""
    told = [(spellings.total(), min(spellings, key=lambda text: (-spellings[text], text))) for spellings in terms]
    return sorted(told, key=lambda term: (-term[0], term[1]))


def _telling_papers(short: str) -> int:
    return TELLING_PAPERS_FOR_TWO if len(short) == SHORTEST else TELLING_PAPERS


def _supported(short: str, terms: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    least = max(FEWEST_PAPERS, LEAST_SHARE * sum(papers for papers, _ in terms))
    return tuple(long for papers, long in terms if papers >= least or (short, long) in PRIOR)[:MOST_FORMS]


def _squeezed(long: str) -> str:
    """`squeezed` of a long form in `normal` form."""
    return long.replace(" ", "")


def _defined(text: str, brackets: re.Match[str]) -> tuple[str, str] | None:
    """The pair that a pair of brackets defines, with the words before it."""
    inside = _ASIDE.split(brackets[1], maxsplit=1)[0].strip(_QUOTES)
    before = _BREAK.split(text[max(0, brackets.start() - WINDOW) : brackets.start()])[-1].rstrip(_QUOTES)
    if short := _short_form(tokens.words(inside)):
        return _pair(short, before)
    short = _short_form(tokens.words(before)[-1:])
    pair = _pair(short, inside) if short else None
    return pair if pair and pair[1] == normal(inside) else None


def _short_form(words: Sequence[str]) -> str:
    """The bare short form, if these words are one that may be an acronym, else ""."""
    bare = tokens.bare(words[0]) if len(words) == 1 else ""
    telling = sum(c.isupper() or c.isdigit() for c in bare)
    sound = SHORTEST <= len(bare) <= LONGEST and telling >= 2 and any(c.isupper() for c in bare)
    return bare if sound and bare.isascii() and bare.isalnum() else ""


def _pair(short: str, text: str) -> tuple[str, str] | None:
    """`short` and the end of `text` that spells it, by the beginnings of words if it can be, else anyhow."""
    for initials in (True, False):
        long = _long_form(short, text, initials=initials)
        words = tokens.words(long)
        most = min(len(short) + 5, 2 * len(short), MOST_WORDS) if initials else len(short)
        if words and _is_sound(short, words, most):
            return short, normal(long)
    return None


def _is_sound(short: str, words: Sequence[str], most: int) -> bool:
    """Whether these words may be what `short` stands for: few, longer, no stop word at an end, not `short` itself."""
    telling = [word for word in words if word.lower() not in tokens.STOP]
    if len(words) > MOST_WORDS or not 0 < len(telling) <= most or len("".join(words)) <= len(short):
        return False
    return words[0] in telling and words[-1] in telling and short not in map(tokens.bare, words)


def _long_form(short: str, text: str, *, initials: bool) -> str:
    """The shortest end of `text` whose letters spell `short`, from the beginning of a word on, or "".

    With `initials`, every capital stands at the beginning of a word, or is one in the word too ("AI-generated").
    """
    lower, at = text.lower(), len(text)
    if len(lower) != len(text):
        return ""
    for number in range(len(short) - 1, -1, -1):
        sign = short[number]
        begins = text if number else lower
        at = _last(sign.lower(), begins, at, initial=not number or sign.isdigit() or (initials and sign.isupper()))
        if at < 0:
            return ""
    return text[_compound(lower, at) :]


def _last(sign: str, text: str, end: int, *, initial: bool) -> int:
    """Where `sign`, or a word that it stands for, last stands before `end`; -1 where it does not."""
    meant, lower = (sign, *_MEANT.get(sign, ())), text.lower()
    for at in range(end - 1, -1, -1):
        begins = not initial or not at or not text[at - 1].isalnum() or text[at].isupper()
        if begins and lower.startswith(meant, at):
            return at
    return -1


def _compound(text: str, at: int) -> int:
    """Where the hyphenated word around `at` begins, if with the same letter: "multi-modal", not "modal"."""
    begin = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
    return begin if text[begin] == text[at] and text[at - 1] == "-" else at
