"""Python reprs where JSON was meant: some archives of Daily Papers hold ``str(paper)`` for each paper.

They are read, since they hold whole days of papers, and the place of such an entry says what it was. Only what a
repr of JSON values can hold is let through to `ast.literal_eval`: no operator, name, call or f-string reaches the
parser, brackets nest at most as deep as CPython's tokenizer allows (200), and the length is bounded.
"""

from __future__ import annotations

import ast
import re

LONGEST = 500_000
"""Characters of one repr beyond which it is not read (the longest real one has some 130,000)."""

# Atomic groups and possessive repeats: linear time, nothing is tried twice.
_TOKENS = re.compile(
    r"""(?>'(?>[^'\\\n]|\\.)*+'|"(?>[^"\\\n]|\\.)*+"|[\s{}\[\],:]|-?\d++(?:\.\d++)?(?:e[+-]?\d++)?(?=[,\]}\s:])|True|False|None)*+""",
)


def read_repr(text: str) -> object:
    """The value that `text` is the repr of.

    Raises:
        ValueError: it is too long, or not the repr of a JSON value.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a Python repr, not JSON, of {len(text):,} characters: too long to read")
    if not _TOKENS.fullmatch(text):
        raise ValueError("a string, not a JSON object")
    try:
        value: object = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError("a Python repr, not JSON, and not a whole one") from None
    return value
