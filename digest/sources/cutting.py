"""What is handed on of a reading is cut to measure, whatever reader made it: nothing endless gets into the store."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from digest.sources.fields import ABSTRACT, MOST_NAMES, NAME, TITLE

if TYPE_CHECKING:
    from digest.model import Entry, Reading, Reject

WORD = 500
"""Letters and digits that one word may have; characters of scripts that write no spaces are words each."""
LABELS = 100
"""Categories or keywords of an entry that are kept."""
REASON = 300
"""Characters of the reason of a reject, and of what is seen of its title."""

_TEXTS = {
    "title": TITLE,
    "abstract": ABSTRACT,
    "summary": ABSTRACT,
    "organization": NAME,
    "id": TITLE,
    "doi": NAME + 100,
}
_LISTS = {"authors": MOST_NAMES, "categories": LABELS, "keywords": LABELS}
_EAST = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LONG_WORD = re.compile(rf"(?<![^\W_{_EAST}])([^\W_{_EAST}]{{{WORD}}})[^\W_{_EAST}]+")


def cut(reading: Reading) -> Reading:
    """`reading` with the texts and lists of its entries and rejects within bounds; mostly it is so already."""
    entries = tuple(map(_entry, reading.entries))
    return replace(reading, entries=entries, rejects=tuple(map(_reject, reading.rejects)), title=_text(reading.title))


def _entry(entry: Entry) -> Entry:
    changed: dict[str, Any] = {}
    for name, most in _TEXTS.items():
        before = getattr(entry, name)
        if len(before) > WORD and (after := _text(before, most)) != before:
            changed[name] = after
    for name, most in _LISTS.items():
        members = getattr(entry, name)
        if len(members) > most or any(len(member) > NAME for member in members):
            changed[name] = tuple(_text(member, NAME) for member in members[:most])
    return replace(entry, **changed) if changed else entry


def _reject(reject: Reject) -> Reject:
    if max(len(reject.place), len(reject.reason), len(reject.title)) <= REASON:
        return reject
    return replace(
        reject, place=reject.place[:REASON], reason=reject.reason[:REASON], title=_text(reject.title, REASON)
    )


def _text(text: str, most: int = TITLE) -> str:
    """`text` without what is beyond `most` characters, nor of a word beyond `WORD`."""
    return _LONG_WORD.sub(r"\1", text[:most]).rstrip() if len(text) > WORD else text
