"""JSON as it comes over the wire: decoded and parsed with bounds, and what an error answer says."""

from __future__ import annotations

import json
import re

from digest.papers.charset import decode
from digest.sources.fields import words

LARGEST = 50 * 2**20
"""Bytes beyond which an answer is not read."""

_THROTTLED = re.compile(r"\brate.?limit|\btoo many requests|\brate exceeded", re.IGNORECASE)


def looks_like_json(content: bytes) -> bool:
    """Whether the first character is that of a JSON object or list."""
    return decode(content[:256]).lstrip()[:1] in ("{", "[")


def load(content: bytes) -> object:
    """The value of a JSON document. Control characters within strings are let pass, NaN and infinities are None.

    Raises:
        ValueError: "not valid JSON: ..." with line and column, or that it is too large or nested too deep.
    """
    if len(content) > LARGEST:
        raise ValueError(f"{len(content):,} bytes are more than the {LARGEST:,} that are read")
    try:
        value: object = json.loads(decode(content).strip(), strict=False, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        raise ValueError(f"not valid JSON: {what} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError("not valid JSON: nested too deep") from None
    except ValueError as error:  # an integer of thousands of digits
        raise ValueError(f"not valid JSON: {error}") from None
    return value


def peek(content: bytes) -> object:
    """The value of a JSON object or list, None where `content` holds none: for telling formats apart."""
    try:
        return load(content) if looks_like_json(content) else None
    except ValueError:
        return None


def error_words(answer: object) -> str:
    """What an error answer (``{"error": "..."}``, ``{"message": ...}``, ``{"detail": ...}``) says, else ""."""
    if not isinstance(answer, dict):
        return ""
    found = (answer.get(name) for name in ("error", "message", "detail", "errors"))
    said = next((value for value in found if value), "")
    said = said[0] if isinstance(said, list) else said
    return words(said.get("message") if isinstance(said, dict) else said, tex=False, limit=200)


def says_throttled(text: str) -> bool:
    """Whether the words of an error answer ask for fewer requests."""
    return _THROTTLED.search(text) is not None
