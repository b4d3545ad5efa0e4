"""What matters to whom: the interest language and the rankers.

`query` reads interests; `ranker` gives the thing that judges. The seam is two steps, so that a day's
batch is prepared once for all subscribers::

    index = ranker("lexical").prepare(papers)
    for scored in index.rank(profile): ...

Inside, a paper's words become keys (`tokens`, `stem`), a batch is filed by key (`corpus`), an interest is
looked up in it (`matching`, `names`), what is found is weighed (`evidence`, `background`, `lexical`) and
told (`report`). `trending` is for those who named no interests, `check` for trying an interest out.
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Protocol, cast

from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.model import Paper, Profile, Scored


class Index(Protocol):
    """A prepared batch of papers."""

    def rank(self, profile: Profile) -> list[Scored]:
        """Every prepared paper once, best first, each with a score in 0..1 and why.

        The order depends on the papers and the profile only, never on the order in which papers came;
        ties are broken as in the trending list. A profile without wanted interests ranks as trending.
        `excluded_by` lists the exclusions that hit a paper.
        """
        ...

    def rank_many(self, profiles: Sequence[Profile]) -> list[list[Scored]]:
        """`rank` for each profile, in order."""
        ...


class Ranker(Protocol):
    """What decides how much a paper matters."""

    def prepare(self, papers: Sequence[Paper]) -> Index:
        """A batch of papers with distinct keys, ready to be ranked for any number of profiles."""
        ...


RANKERS = {"lexical": "digest.ranking.lexical:LexicalRanker"}
"""The built-in rankers: the name, and the factory that makes one without arguments."""


def ranker(name: str = "lexical") -> Ranker:
    """The ranker of this name: a built-in one, or the "package.module:attribute" of a factory.

    Raises:
        UsageError: there is no such ranker, or it cannot be imported.
    """
    place = RANKERS.get(name, name)
    if ":" not in place:
        raise UsageError(f'there is no ranker "{name}"; known are {", ".join(RANKERS)}, or package.module:attribute')
    try:
        factory = cast("Callable[[], Ranker]", resolve_name(place))
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f'the ranker "{name}" cannot be imported: {error}') from error
    made = factory()
    if not callable(getattr(made, "prepare", None)):
        raise UsageError(f'"{name}" makes no ranker: its result has no method "prepare"')
    return made
