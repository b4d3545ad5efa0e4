"""What people write who have never read of the interest language, made ready for it: lists, hashtags, whole sentences.

Everything here keeps the length of the text, so that a mistake is told where it stands: what says nothing becomes
blanks, what parts two interests a comma.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

COMMENT = re.compile(r"^[^\S\n]*#(?!\w)[^\n]*", re.MULTILINE)
"""A line that begins with "#" and a blank; "#nlp" is the word."""
_QUOTED = r'"[^"\n]*"'
_BULLET = re.compile(r"^[^\S\n]*(?:[-*•‣·o]|\d{1,3}[.)])[^\S\n]+(?=\S)", re.MULTILINE)
_HEADING = re.compile(
    r"^(?:[^\S\n]*(?:my[^\S\n]+)?(?:interests?|topics?|keywords?)[^\S\n]*:|[^\n:\"]{1,60}[^\S\n][^\n:\"]{1,60}:[^\S\n]*$(?=\n))",
    re.MULTILINE | re.IGNORECASE,
)
_BRACKETS = re.compile(rf"{_QUOTED}|(?:(?<=\s)|^)[(\[]([^()\[\]\n]{{1,200}})[)\]]", re.MULTILINE)
_LEAD = re.compile(
    r"(?:^|(?<=[\n.!?;]))[^\S\n]*"
    r"(?:(?:hi|hello|please|thanks?)\b[,!.]?[^\S\n]+)?"
    r"(?:(?:i['’]?m|i[^\S\n]+am|we[^\S\n]+are|we['’]re)[^\S\n]+(?:\w+ly[^\S\n]+|also[^\S\n]+|very[^\S\n]+)?"
    r"(?:interested[^\S\n]+in|working[^\S\n]+on|looking[^\S\n]+for|researching|studying)"
    r"|(?:i|we)[^\S\n]+(?:\w+ly[^\S\n]+|also[^\S\n]+)?(?:work[^\S\n]+on|study|research|follow|like|want|need|care[^\S\n]+about)"
    r"|(?:i|we)(?:['’]d|[^\S\n]+would)[^\S\n]+like(?:[^\S\n]+to[^\S\n]+(?:see|read|get|follow))?"
    r"|my[^\S\n]+(?:research|work|interests?|field|topics?)[^\S\n]+(?:is|are|focus(?:es)?)(?:[^\S\n]+(?:on|in|about))?"
    r"|(?:show|send|give)[^\S\n]+me|looking[^\S\n]+for|interested[^\S\n]+in)\b[^\S\n:]*:?",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:^|(?<=[\n,.;!?]))[^\S\n]*(?:(?:all|any|the|new|newest|latest|recent)[^\S\n]+){0,3}"
    r"(?:papers?|articles?|preprints?|publications?|anything|everything|something|work|research)[^\S\n]+"
    r"(?:(?:that[^\S\n]+(?:is|are)[^\S\n]+)?(?:about|on|regarding|concerning|related[^\S\n]+to|dealing[^\S\n]+with))\b",
    re.IGNORECASE,
)
_LAST_AND = re.compile(r"(?<=\S)[^\S\n]+and[^\S\n]+(?=\S)", re.IGNORECASE)
_MOST_WORDS = 4
"""A last member of a list is parted at its "and" if it has no more words on either side."""


def ready(text: str) -> str:
    """`text` as the language reads it, of the same length."""
    text = COMMENT.sub(_blank, text)
    text = _HEADING.sub(_blank, text)
    if len(_BULLET.findall(text)) > 1:
        text = _BULLET.sub(_blank, text)
    text = _outside_quotes(_LEAD, text, _blank)
    text = _outside_quotes(_ABOUT, text, _blank)
    text = _BRACKETS.sub(lambda found: f",{found[1]}," if found[1] else found[0], text)
    return "\n".join(map(_list, text.split("\n")))


def _list(line: str) -> str:
    """A line, with a comma for the last "and" of a list: "a, b and c"."""
    start = line.rfind(",") + 1
    joined = list(_LAST_AND.finditer(line, start)) if start and '"' not in line[start:] else []
    if len(joined) != 1:
        return line
    (found,) = joined
    sides = line[start : found.start()], line[found.end() :]
    if not sides[0].strip() or any(len(side.split()) > _MOST_WORDS for side in sides):
        return line
    return f"{line[: found.start()]},{' ' * (len(found[0]) - 1)}{line[found.end() :]}"


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _outside_quotes(pattern: re.Pattern[str], text: str, instead: Callable[[re.Match[str]], str]) -> str:
    """`text` with `instead` for what `pattern` matches, but in lines with quotes."""
    return "\n".join(line if '"' in line else pattern.sub(instead, line) for line in text.split("\n"))
