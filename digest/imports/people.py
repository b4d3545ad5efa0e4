"""People: an ORCID iD, checked, and what looks like an author's name."""

from __future__ import annotations

import re
import unicodedata

_ORCID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?orcid\.org/|orcid:?\s?)?([0-9]{4})-?([0-9]{4})-?([0-9]{4})-?([0-9]{3}[0-9X])/?",
    re.IGNORECASE,
)
_SIGNS = ".,'’-"
_NO_SIGNS = str.maketrans(dict.fromkeys(_SIGNS))
_LONGEST_NAME = 100


def orcid_in(text: str) -> str:
    """The ORCID iD that `text` is, with its hyphens; "" where it is none.

    Also an iD whose check digit is wrong: see `is_orcid`.
    """
    found = _ORCID.fullmatch(text.strip()[:100])
    return "-".join(found.groups()).upper() if found else ""


def is_orcid(orcid: str) -> bool:
    """Whether the check digit of an iD with hyphens is right (ISO 7064, MOD 11-2)."""
    total = 0
    for digit in orcid.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return orcid[-1:] == ("X" if check == 10 else str(check))


def is_name(text: str) -> bool:
    """Whether `text` may be a person's name: two to six words of letters, one of which does not begin with a small
    letter; or one word of a script that knows no capitals."""
    words = text.split()
    if len(text) > _LONGEST_NAME or not 1 <= len(words) <= 6 or text.count(",") > 1:
        return False
    if not all(_is_part(word) for word in words):
        return False
    big = not all(word.lstrip(_SIGNS)[0].islower() for word in words)
    return big and (len(words) > 1 or text.lower() == text.upper())


def _is_part(word: str) -> bool:
    """Whether a word is made of letters, and of what stands between and behind those in names."""
    letters = word.translate(_NO_SIGNS)
    return bool(letters) and all(unicodedata.category(char)[0] in "LM" for char in letters)
