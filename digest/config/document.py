"""What is written about the options: the example file and the reference, both from the declarations."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from digest.config.options import options
from digest.config.sections import SECTIONS, SourceTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.config.options import Option, Section

WIDTH = 100
_HEAD = """\
Configuration of `digest`.

Paths are relative to this file. Lengths of time have a unit: "90s", "15m", "2h", "14d".
A line like `#key = value` shows the default, or a sample where the default is empty: take the "#" off to change it.
Everything is checked when the file is read, and all mistakes are told at once."""
_SOURCES = """\
# Hugging Face Daily Papers.
[[sources]]
name = "hf"
url = "https://huggingface.co/api/daily_papers?date={date}&p={page}"

# arXiv: the day's announcements of a category, or of several joined by "+" (cs.CL+cs.LG).
#[[sources]]
#name = "arxiv"
#url = "https://rss.arxiv.org/rss/cs.CL"

# A folder: every file that is put there is read once.
#[[sources]]
#name = "inbox"
#path = "inbox"
"""


def example() -> str:
    """The commented config file to start from: config.example.toml, and what ``digest init`` writes."""
    blocks = ["\n".join(_comment(_HEAD))]
    blocks += ["\n".join(_section(name, section)) for name, section in SECTIONS.items()]
    blocks += ["\n".join(_source_help()), _SOURCES]
    return "\n\n".join(blocks)


def reference() -> str:
    """A Markdown table of every option: key, default, meaning."""
    lines = ["| Option | Default | Meaning |", "|---|---|---|"]
    tables: dict[str, type[Section]] = {**SECTIONS, "sources": SourceTable}
    for name, section in tables.items():
        lines += [_row(f"{name}.{key}", option) for key, (_, option) in options(section).items()]
    return "\n".join(lines) + "\n"


def _section(name: str, section: type[Section]) -> Iterator[str]:
    yield from _comment(section.about)
    yield f"[{name}]"
    for key, (_, option) in options(section).items():
        yield ""
        yield from _comment(option.help)
        shown = option.default if option.sample is None else option.sample
        yield f"{'' if option.set else '#'}{key} = {toml(shown)}"


def _source_help() -> Iterator[str]:
    yield from _comment(SourceTable.about + " Its options:\n\n")
    for key, (_, option) in options(SourceTable).items():
        yield from _comment(f"{key}: {option.help}", indent="  ")


def _comment(text: str, indent: str = "") -> Iterator[str]:
    for paragraph in text.splitlines():
        wrapped = textwrap.wrap(paragraph, WIDTH - 2, subsequent_indent=indent, break_on_hyphens=False)
        yield from (f"# {line}".rstrip() for line in wrapped or [""])


def _row(key: str, option: Option) -> str:
    default = "required" if key == "sources.name" else f"`{toml(option.default)}`"
    return f"| `{key}` | {default} | {_cell(option.help)} |"


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table: marks that would change its look are escaped."""
    for mark in "\\|<>[]*_~":
        text = text.replace(mark, "\\" + mark)
    return text


def toml(value: object) -> str:
    """A text, number, truth value, list or empty table, as TOML writes it."""
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)
