"""How alike two texts are: a guard for names that prove little (a title, a page, a feed's own id)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.model import Entry, Paper

ENOUGH = 0.5
"""Share of the words of the shorter text that stand in the longer one too, from which on both are one work's."""

_LONGEST = 4_000
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]{3,}")


def same_abstract(paper: Paper, entry: Entry) -> bool:
    """Whether both abstracts may be of one work; an abstract that is not told contradicts nothing."""
    return not paper.abstract or not entry.abstract or _alike(paper.abstract, entry.abstract)


def same_work(paper: Paper, entry: Entry) -> bool:
    """Whether title or abstract of `entry` may be those of `paper`, reworded or cut."""
    if _alike(paper.title, entry.title):
        return True
    return bool(paper.abstract and entry.abstract) and _alike(paper.abstract, entry.abstract)


def _alike(left: str, right: str) -> bool:
    ours, theirs = _words(left), _words(right)
    fewer = min(len(ours), len(theirs))
    return len(ours & theirs) >= ENOUGH * fewer if fewer else left == right


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text[:_LONGEST].casefold()))
