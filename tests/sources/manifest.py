"""The captures' MANIFEST.md: how many entries a feed library found in each file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ROW = re.compile(r"- (\S+) @\w+ items (\d+)$")


def item_counts(captures: Path, folder: str) -> dict[str, str]:
    """File name -> the column "items" ("12", "406+10", "3 PubmedArticle", "object", "-") of one folder's section."""
    text = (captures / "MANIFEST.md").read_text(encoding="utf-8")
    section = re.split(rf"^## {folder} ", text, flags=re.MULTILINE)[1].partition("\n## ")[0]
    counts: dict[str, str] = {}
    for line in section.splitlines():
        if row := _ROW.match(line):
            counts[row[1]] = row[2]
        elif line.startswith("| ") and not line.startswith("| file"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("| "))]
            counts[cells[0].replace("\\|", "|")] = _count(cells)
    return counts


def _count(cells: list[str]) -> str:
    """The sixth cell, counted from the right where a path holds a bar."""
    known = [cell for cell in cells[4:] if re.match(r"(?:\d|object|cassette|-$)", cell)]
    return known[-1] if known else ""


def total(count: str) -> int | None:
    """The number that a count stands for, None where it is none: "406+10" is 416."""
    numbers = re.match(r"\d+(?:\+\d+)*", count)
    return sum(map(int, numbers[0].split("+"))) if numbers else None
