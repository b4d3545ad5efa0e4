"""What a subscriber cares about, and how a paper answers to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.model.papers import Paper


class InterestKind(StrEnum):
    """What an interest is compared with."""

    WORDS = "words"
    PHRASE = "phrase"
    AUTHOR = "author"
    CATEGORY = "category"


_PREFIXES = {InterestKind.AUTHOR: "author:", InterestKind.CATEGORY: "cat:"}


@dataclass(frozen=True, slots=True)
class Interest:
    """One weighted term of a subscriber.

    `term` is as the subscriber wrote it, without quotes, prefix or weight. `field` restricts WORDS and
    PHRASE to "title" or "abstract" ("" = anywhere). `weight` is above 0; `excluded` turns the interest
    into a reason against: papers that it hits are hidden, or demoted where its weight is below 1.
    ``str(interest)`` is its canonical text in the interest language.
    """

    kind: InterestKind
    term: str
    weight: float = 1.0
    field: str = ""
    excluded: bool = False

    def __str__(self) -> str:
        prefix = _PREFIXES.get(self.kind, f"{self.field}:" if self.field else "")
        # A term with a sign of the language in it reads back as one term only in quotes.
        plain_run = self.kind is InterestKind.WORDS and not prefix
        quoted = self.kind is InterestKind.PHRASE or (not plain_run and any(c in " ,;^" for c in self.term))
        body = f'"{self.term}"' if quoted else self.term
        weight = "" if self.weight == 1.0 else f"^{self.weight:g}"
        return f"{'-' if self.excluded else ''}{prefix}{body}{weight}"

    @property
    def hides(self) -> bool:
        """Whether a paper that this interest hits is kept out of an edition altogether."""
        return self.excluded and self.weight >= 1


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one subscriber's taste: all their interests, and the papers they liked and disliked.

    `liked` and `disliked` are oldest first. Where nothing is wanted and nothing liked, ranking falls back to
    what is trending.
    """

    interests: tuple[Interest, ...] = ()
    liked: tuple[Paper, ...] = ()
    disliked: tuple[Paper, ...] = ()

    @property
    def wanted(self) -> tuple[Interest, ...]:
        """The interests that speak for a paper."""
        return tuple(i for i in self.interests if not i.excluded)

    @property
    def excluded(self) -> tuple[Interest, ...]:
        """The interests that speak against a paper."""
        return tuple(i for i in self.interests if i.excluded)

    @property
    def personal(self) -> bool:
        """Whether anything speaks for a paper: an interest, or a paper that was liked."""
        return bool(self.wanted or self.liked)


LIKED = "liked"
MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Match:
    """One interest that hit a paper in one field.

    `field` is "title", "abstract", "authors", "categories" or "keywords"; `count` how often it hit;
    `spans` are the (start, end) character offsets of the hits in that field's text (title and abstract).
    With the field `MEANING` the interest is near in meaning, though its words are not there (the semantic
    ranker only); with `LIKED` the paper is like one that was liked, whose title stands for the interest.
    """

    interest: str
    field: str
    count: int
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A paper as ranked for one profile: `score` in 0..1, why, and the exclusions that hide it.

    `aspects` are what speaks for a paper that has a match, each with the score (0..1) that it would give alone, the
    strongest first: the text of an interest in the interest language, `LIKED` for likeness to liked papers, `MEANING`.
    """

    paper: Paper
    score: float
    matches: tuple[Match, ...] = ()
    excluded_by: tuple[str, ...] = ()
    aspects: tuple[tuple[str, float], ...] = ()
