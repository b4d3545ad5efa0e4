"""RIS, as reference managers and publishers export it: a tag of two signs, two spaces, a dash, a space, the value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.imports.decoding import start
from digest.imports.gathering import Gathering, entry_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.imports.gathering import Imported

TAG = re.compile(r"([A-Z][A-Z0-9]) {1,4}-(?: (.*)|$)")
_LONGEST = 20_000

Record = dict[str, list[str]]


def read_ris(text: str) -> Imported:
    """The papers of an RIS file, and their keywords as interests.

    Raises:
        UsageError: there is no reference in it.
    """
    gathering, found = Gathering(), False
    for line, record in _records(text):
        found = True
        if not gathering.room():
            break
        gathering.keywords(word for value in record.get("KW", ()) for word in re.split("[;\n]", value))
        gathering.paper(
            entry_of(
                _first(record, "TI", "T1", "CT", "BT"),
                _first(record, "AB", "N2"),
                url=_first(record, "UR", "L1", "L2", "LK"),
                doi=_first(record, "DO"),
                authors=[*record.get("AU", ()), *record.get("A1", ())],
            ),
            f"line {line}",
        )
    if not found:
        raise UsageError(f'RIS expected, a reference that begins with "TY  - JOUR" ({start(text)})')
    return gathering.done("ris")


def _records(text: str) -> Iterator[tuple[int, Record]]:
    """Each reference, with the number of its first line. One that nothing ends is ended by the next, or by the file."""
    record, begun = Record(), 0
    for number, tag, value in _fields(text):
        if tag in ("TY", "ER") and record:
            yield begun, record
            record, begun = Record(), 0
        if tag == "TY":
            begun = number
        if begun and tag != "ER":
            record.setdefault(tag, []).append(value)
    if record:
        yield begun, record


def _fields(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, tag, value) of each field; a line without a tag goes on with the value before it."""
    number, tag, parts = 0, "", list[str]()
    for here, line in enumerate(text.split("\n"), 1):
        found = TAG.match(line)
        if found is None:
            parts.append(line)
            continue
        if tag:
            yield number, tag, _value(parts)
        number, tag, parts = here, found[1], [found[2] or ""]
    if tag:
        yield number, tag, _value(parts)


def _value(parts: list[str]) -> str:
    return " ".join(part.strip() for part in parts)[:_LONGEST].strip()


def _first(record: Mapping[str, list[str]], *tags: str) -> str:
    return next((value for tag in tags for value in record.get(tag, ()) if value), "")
