"""What the writer of a mail wrote, without what they quote, forward or sign with. Pure; linear.

Every program marks quotes in its own way, so this goes by shapes: lines that begin with ">", the line above them that
says who wrote (in any language: it ends with a colon), rules of dashes or underscores, a block of header fields, and
the signature behind "-- ".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_LINES = 1_000
_LONGEST = 1_000

_RULE = re.compile(r"_{10,}|-{3,}\s?[^\W\d_][^-]{2,60}\s?-{3,}|-{2,3}")
_SENT_BY = re.compile(
    r"(sent (from|via)|get outlook for|gesendet (von|mit)|von meinem|envoyé (de|depuis)|enviado (desde|do|de)|"
    r"inviato da|verzonden (vanaf|met)|skickat från|sendt fra|wysłane z|отправлено (с|из)|відправлено з)\s.{2,60}|"
    r".{2,40}から送信|從我的.{2,40}傳送|发自我的.{2,40}",
    re.IGNORECASE,
)
_WROTE = re.compile(r"(on|am|le|el|il|op|em|den|dne|w dniu|\d{1,4}[-./])\s?\S.{4,400}:", re.IGNORECASE)
_FIRST_FIELD = re.compile(
    r"\*?(from|von|de|da|van|från|fra|od|kimden|от|发件人|差出人)\*?\s?:\*?\s?\S.*", re.IGNORECASE
)
_NEXT_FIELD = re.compile(
    r"\*?(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado|fecha|para|asunto|inviato|a|oggetto|"
    r"verzonden|aan|onderwerp|skickat|till|дата|кому|тема|发送时间|收件人|主题|送信日時|宛先|件名)\*?\s?:.*",
    re.IGNORECASE,
)


def own_lines(text: str) -> tuple[str, ...]:
    """The lines that the writer wrote, without white space around them; blank ones stand between others only."""
    lines = [line.strip()[:_LONGEST] for line in text.split("\n")[:MOST_LINES]]
    kept: list[str] = []
    for at, line in enumerate(lines):
        if line.startswith(">"):
            _drop_attribution(kept)
        elif _ends_here(line, lines[at + 1 : at + 6]):
            break
        else:
            kept.append(line)
    return tuple("\n".join(kept).strip("\n").split("\n")) if any(kept) else ()


def _ends_here(line: str, following: Sequence[str]) -> bool:
    """Whether all that comes from this line on is a signature, or somebody else's words."""
    if _RULE.fullmatch(line) or _SENT_BY.fullmatch(line):
        return True
    if _FIRST_FIELD.fullmatch(line) and any(map(_NEXT_FIELD.fullmatch, following[:3])):
        return True
    return _attribution_then_words(line, following)


def _attribution_then_words(line: str, following: Sequence[str]) -> bool:
    """Whether this is "On ... wrote:", maybe on two lines, above a quote that is not marked by itself."""
    whole = line if line.endswith(":") else " ".join([line, *following[:1]])
    if "@" not in whole and "wrote" not in whole.lower():
        return False
    if not _WROTE.fullmatch(whole):
        return False
    rest = following if line.endswith(":") else following[1:]
    return not next(filter(None, rest), "").startswith(">")


def _drop_attribution(kept: list[str]) -> None:
    """Take away the line that says whose words follow, which may have been broken in up to three."""
    last = len(kept)
    while last and not kept[last - 1]:
        last -= 1
    for first in range(last - 1, max(last - 4, -1), -1):
        if _WROTE.fullmatch(" ".join(kept[first:last])):
            del kept[first:]
            return
