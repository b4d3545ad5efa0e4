"""The papers of a batch in the order of one profile. Each is told of when it is looked at, as few ever are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.model import Scored
    from digest.ranking.evidence import Row


class Ranking(Sequence["Scored"]):
    """Every paper once, best first; equals any sequence of the same.

    Args:
        scores: the score of each paper by number; of equal ones the lower number comes first.
        tell: makes the `Scored` of a paper, given its number.
    """

    def __init__(self, scores: Row, tell: Callable[[int], Scored]) -> None:
        self._order = np.argsort(-scores, kind="stable")
        self._tell = tell

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, at: int) -> Scored: ...

    @overload
    def __getitem__(self, at: slice) -> list[Scored]: ...

    def __getitem__(self, at: int | slice) -> Scored | list[Scored]:
        if isinstance(at, slice):
            return [self._tell(number) for number in self._order[at].tolist()]
        return self._tell(int(self._order[at]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))
