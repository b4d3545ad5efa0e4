"""What matters to whom: the interest language and the rankers.

`query` reads interests; `prepare` makes a day's batch ready once for all subscribers, and the index that it
returns judges each of them::

    index = prepare(papers)
    for scored in index.rank(profile): ...

Inside, a paper's words become keys (`tokens`, `stem`) and a batch one line of numbers (`line`), filed by key
(`corpus`). An interest is compiled (`patterns`, with `acronyms` and `abbreviations`) and looked up in it (`matching`,
`names`), which gives `spots`. Those are weighed (`evidence`, `background`, `findings`), added up for a profile
(`lexical`), put in order (`rankings`) and told (`report`). What is known from before comes as a value (`past`): how
common words are, what acronyms stand for, and what goes with an interest (`archive`, `vectors`, `space`). `taste` is
for papers that were liked, `trending` for those who named nothing; `semantic` adds meaning where a model is installed
(`embedding`).

Beside the line stand `summary` (`sentences`, `telling`), which chooses the sentence that sums a paper up, and
`check` and `advice` for trying an interest out.
"""

from __future__ import annotations

import inspect
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Protocol, cast

from digest.errors import UsageError
from digest.ranking.past import Past

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.model import Paper, Profile, Scored

__all__ = ["RANKERS", "Index", "Past", "Ranker", "prepare", "ranker"]


class Index(Protocol):
    """A prepared batch of papers."""

    def rank(self, profile: Profile) -> Sequence[Scored]:
        """Every prepared paper once, best first, each with a score in 0..1 and why.

        The order depends on the papers and the profile only, never on the order in which papers came;
        ties are broken as in the trending list. A profile without anything wanted or liked ranks as trending.
        `excluded_by` lists the exclusions that hide a paper.
        """
        ...

    def rank_many(self, profiles: Sequence[Profile]) -> Sequence[Sequence[Scored]]:
        """`rank` for each profile, in order."""
        ...


class Ranker(Protocol):
    """What decides how much a paper matters."""

    def prepare(self, papers: Sequence[Paper], past: Past = ...) -> Index:
        """A batch of papers with distinct keys, ready to be ranked for any number of profiles.

        `past` is what is known from before. A plug-in whose `prepare` takes the papers alone is not given it.
        """
        ...


RANKERS = {
    "lexical": "digest.ranking.lexical:LexicalRanker",
    "semantic": "digest.ranking.semantic:SemanticRanker",
}
"""The built-in rankers: the name, and the factory that makes one without arguments."""


def prepare(papers: Sequence[Paper], past: Past | None = None) -> Index:
    """A batch of papers with distinct keys, ready to be ranked by the default ranker."""
    return ranker().prepare(papers, past or Past())


def ranker(name: str = "lexical") -> Ranker:
    """The ranker of this name: a built-in one, or the "package.module:attribute" of a factory.

    Raises:
        UsageError: there is no such ranker, it cannot be imported, or what it needs is not installed.
    """
    place = RANKERS.get(name, name)
    if ":" not in place:
        raise UsageError(f'there is no ranker "{name}"; known are {", ".join(RANKERS)}, or package.module:attribute')
    try:
        factory = cast("Callable[[], Any]", resolve_name(place))
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f'the ranker "{name}" cannot be imported: {error}') from error
    made = factory()
    prepares = getattr(made, "prepare", None)
    if not callable(prepares):
        raise UsageError(f'"{name}" makes no ranker: its result has no method "prepare"')
    return cast("Ranker", made) if _takes_past(prepares) else _Forgetful(prepares)


class _Forgetful:
    """A ranker that does not care for what is known from before."""

    def __init__(self, prepares: Callable[[Sequence[Paper]], Index]) -> None:
        self._prepares = prepares

    def prepare(self, papers: Sequence[Paper], past: Past | None = None) -> Index:
        """What its own `prepare` makes of the papers alone."""
        return self._prepares(papers)


def _takes_past(prepares: Callable[..., Index]) -> bool:
    try:
        inspect.signature(prepares).bind((), Past())
    except TypeError:
        return False
    return True
