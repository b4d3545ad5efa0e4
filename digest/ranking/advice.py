"""What looks wrong with an interest: it finds nothing, and why that may be; it finds too much; it contradicts another.

Everything is judged by the papers at hand: a typo, for example, is a word that none of them holds and that
several hold in nearly the same spelling.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from digest.model import Interest, InterestKind
from digest.ranking import names, tokens
from digest.ranking.corpus import category_key
from digest.ranking.lexical import LexicalRanker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.model import Paper
    from digest.ranking.lexical import LexicalIndex
    from digest.ranking.past import Past

TOO_MANY = 0.2
NEARLY_ALL = 0.9
MOST_OF_IT = 0.5
"""The share of a wanted interest's papers from which on an exclusion is said to work against it."""
SEVERAL = 3
"""So many papers must hold a word before another is taken for a slip of it."""
NEAR = 0.8
"""How alike, in 0..1, two spellings must be (`difflib`)."""
SHORTEST = 4
MOST_CANDIDATES = 10_000
NAMED = 5
_IN_WORDS = (InterestKind.WORDS, InterestKind.PHRASE)


class Bench:
    """Papers on which interests are tried out, and all the interests that are.

    Args:
        index: these papers, prepared with this past, where somebody has done that already.
    """

    def __init__(
        self, papers: Sequence[Paper], past: Past, interests: Sequence[Interest], index: LexicalIndex | None = None
    ) -> None:
        self.papers, self._interests = papers, interests
        self._index = index or LexicalRanker().prepare(papers, past)

    def hits(self, interest: Interest) -> list[Paper]:
        """The papers that an interest hits, best first."""
        return self._index.hits(interest)

    def warnings(self, interest: Interest, among: Sequence[Interest] | None = None) -> Iterator[str]:
        """What looks wrong with an interest, one clause each; `among` others than those of the bench, where given."""
        if interest.kind in _IN_WORDS and len(interest.term) < 2 and interest.term.isascii():
            yield "is a single letter, which stands for many things"
        found = len(self.hits(interest))
        if not self.papers:
            return
        if not found:
            hint = next(self._hints(interest), "")
            yield "matches nothing" + (hint and f"; {hint}")
        yield from self._too_much(interest, found / len(self.papers))
        if interest.excluded:
            yield from self._contradictions(interest, self._interests if among is None else among)

    def _too_much(self, interest: Interest, share: float) -> Iterator[str]:
        if share <= TOO_MANY or share * len(self.papers) <= 1:
            return
        if interest.excluded:
            yield f"{_does(interest)} {share:.0%} of the papers"
        elif share >= NEARLY_ALL:
            yield f"matches nearly every paper ({share:.0%}), so it says nothing"
        else:
            yield f"matches {share:.0%} of the papers, so it says little"

    def _contradictions(self, exclusion: Interest, among: Sequence[Interest]) -> Iterator[str]:
        """Where an exclusion hits most of what a wanted interest finds."""
        against = {paper.key for paper in self.hits(exclusion)}
        for wanted in among:
            found = [] if wanted.excluded else self.hits(wanted)
            common = sum(paper.key in against for paper in found)
            if found and common >= MOST_OF_IT * len(found):
                share = f"{common} of the {len(found)} papers" if len(found) > 1 else "the one paper"
                yield f"{_does(exclusion)} {share} that {_quoted(wanted)} finds"

    def _hints(self, interest: Interest) -> Iterator[str]:
        """Why an interest may find nothing, the likeliest first."""
        if interest.kind is InterestKind.CATEGORY:
            yield from self._filed_elsewhere(interest)
        elif interest.kind is InterestKind.AUTHOR:
            yield from self._misnamed(interest)
        else:
            yield from self._only_case(interest)
            yield from self._elsewhere(interest)
            yield from self._of_another_kind(interest)
            yield from self._misspelt(interest)
            yield from self._never_together(interest)

    def _filed_elsewhere(self, interest: Interest) -> Iterator[str]:
        counts = Counter(category for paper in self.papers for category in set(paper.categories))
        if not counts:
            yield "no source that is stored names categories"
            return
        known = {category_key(category): category for category in counts}
        if near := get_close_matches(category_key(interest.term), _bounded(known), 1, NEAR):
            yield _did_you_mean(interest, known[near[0]])
        usual = sorted(counts, key=lambda category: (-counts[category], category))[:NAMED]
        yield f"the stored papers are mostly in {', '.join(usual)}"

    def _misnamed(self, interest: Interest) -> Iterator[str]:
        known: dict[str, str] = {}
        for author in sorted({author for paper in self.papers for author in paper.authors}):
            parts = names.parts(author)
            known |= {" ".join(parts): author, "".join(parts[-1:]): author}
        if not known:
            yield "no source that is stored names authors"
        near = get_close_matches(" ".join(names.parts(interest.term)), _bounded(known), 1, NEAR)
        yield from (_did_you_mean(interest, known[name]) for name in near)

    def _only_case(self, interest: Interest) -> Iterator[str]:
        """Where only the case keeps an acronym from matching."""
        if any(tokens.is_acronym(word) for word in tokens.words(interest.term)):
            lower = replace(interest, term=interest.term.lower())
            if found := len(self.hits(lower)):
                yield f'"{lower.term}", in any case, would match {found}'

    def _elsewhere(self, interest: Interest) -> Iterator[str]:
        """Where it stands in another field than the one it is asked for in."""
        if interest.field and (found := len(self.hits(replace(interest, field="")))):
            yield f"outside of the {interest.field} it would match {found}"

    def _of_another_kind(self, interest: Interest) -> Iterator[str]:
        """Where it is the name of an author or a category."""
        for kind in (InterestKind.AUTHOR, InterestKind.CATEGORY):
            other = Interest(kind, interest.term)
            if found := len(self.hits(other)):
                yield f"{_quoted(other)} would match {found}"

    def _misspelt(self, interest: Interest) -> Iterator[str]:
        """The interest with its unknown words as several papers spell them."""
        term = interest.term
        for start, end in reversed(tokens.spans(interest.term)):
            word = term[start:end]
            if len(word) >= SHORTEST and tokens.key(word) not in self._spellings:
                term = term[:start] + self._nearest(word) + term[end:]
        if term != interest.term:
            yield _did_you_mean(interest, term)

    def _nearest(self, word: str) -> str:
        """The usual word that is spelt most like this one, or the word itself."""
        folded = tokens.fold(word)
        usual = (other for other, papers in self._usual if papers >= SEVERAL and abs(len(other) - len(folded)) <= 2)
        near = get_close_matches(folded, _bounded(usual), 1, NEAR)
        return near[0] if near else word

    def _never_together(self, interest: Interest) -> Iterator[str]:
        """Where each word stands somewhere, but never with the others."""
        words = [word for word in tokens.words(interest.term) if word.lower() not in tokens.STOP]
        if len(words) < 2 or any(tokens.key(word) not in self._spellings for word in words):
            return
        loose = replace(interest, kind=InterestKind.WORDS)
        if interest.kind is InterestKind.PHRASE and (found := len(self.hits(loose))):
            yield f"its words never stand in a row; without quotes it would match {found}"
        else:
            yield "each of its words occurs, but never together with the others"

    @cached_property
    def _spellings(self) -> dict[str, Counter[str]]:
        """In how many papers each word stands in which spelling, folded for case and accents, by its key."""
        counts = Counter[str]()
        for paper in self.papers:
            counts.update(set(tokens.words(f"{paper.title}\n{paper.abstract}".lower())))
        found: dict[str, Counter[str]] = {}
        for word, papers in counts.items():
            found.setdefault(tokens.key(word), Counter())[tokens.fold(tokens.bare(word))] += papers
        return found

    @cached_property
    def _usual(self) -> list[tuple[str, int]]:
        """The usual spelling of each word and how many papers hold the word, the most frequent first."""
        counted = ((min(c, key=lambda word: (-c[word], word)), c.total()) for c in self._spellings.values())
        return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


def _bounded(candidates: Iterable[str]) -> list[str]:
    return list(islice(candidates, MOST_CANDIDATES))


def _did_you_mean(interest: Interest, term: str) -> str:
    return f"did you mean {_quoted(replace(interest, term=term))}?"


def _quoted(interest: Interest) -> str:
    """An interest as one would write it, without its weight, in quotes where it has none."""
    text = str(replace(interest, weight=1.0, excluded=False))
    return text if '"' in text else f'"{text}"'


def _does(exclusion: Interest) -> str:
    return "hides" if exclusion.hides else "demotes"
