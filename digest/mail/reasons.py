"""Why a pick is in an edition, in words. Pure; strings are plain text, not escaped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.mail.text import cut
from digest.model import LIKED, MEANING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Match

MAX_INTEREST, MAX_LIKED = 60, 90

_PREFIX = re.compile(r"(?:author|cat|title|abstract):")
_WEIGHT = re.compile(r"\^[0-9.e+-]{1,12}$")
_PAPERS = "papers you liked"
_FIELDS = {"authors": "author", "categories": "category"}


@dataclass(frozen=True, slots=True)
class Why:
    """One reason for a pick; ``before + interest + after`` is all of it ("diffusion in title and abstract").

    `interest` is the interest in plain words, or the title of a paper that the subscriber liked. `where` says
    in a word or two what answered to it: the fields ("title and abstract"), "meaning", or "papers you liked".
    """

    interest: str
    where: str
    before: str = ""
    after: str = ""

    @property
    def words(self) -> str:
        """All of it."""
        return f"{self.before}{self.interest}{self.after}"

    @property
    def is_title(self) -> bool:
        """Whether `interest` is the title of a paper that was liked."""
        return self.where == _PAPERS


def reasons(matches: Sequence[Match]) -> tuple[Why, ...]:
    """The reasons behind `matches`: each interest once, in their order, then the liked papers."""
    fields: dict[str, dict[str, None]] = {}
    for match in matches:
        if match.field not in (LIKED, MEANING):
            fields.setdefault(interest_words(match.interest), {})[_FIELDS.get(match.field, match.field)] = None
    near = dict.fromkeys(interest_words(match.interest) for match in matches if match.field == MEANING)
    liked = dict.fromkeys(cut(match.interest.strip(), MAX_LIKED) for match in matches if match.field == LIKED)
    return (
        *(_found(interest, list(where)) for interest, where in fields.items() if interest),
        *(Why(interest, "meaning", before="near in meaning to ") for interest in near if interest not in ("", *fields)),
        *(Why(title, _PAPERS, before="close to “", after="”, which you liked") for title in liked if title),
    )


def _found(interest: str, fields: Sequence[str]) -> Why:
    where = listed(fields)
    return Why(interest, where, after=f" in {where}")


def interest_words(interest: str) -> str:
    """An interest of the interest language in plain words: no prefix, quotes or weight."""
    bare = _WEIGHT.sub("", _PREFIX.sub("", interest.strip().removeprefix("-"), count=1))
    return cut(bare.replace('"', "").strip(), MAX_INTEREST)


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"
