"""What is read off a request: who asks, and fields that are bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from digest.services.joining import Place

LINE, TEXT = 500, 12_000
"""The most characters that a field of one line, and one of several, may hold; what is longer is cut."""


def network() -> Place:
    """The network that asks; which address counts as that, the proxies of the site have settled (`security`)."""
    from digest.services.joining import place_of

    return place_of(request.remote_addr or "")


def field(name: str, most: int = LINE) -> str:
    """A field of the form (POST) or of the query (GET), without blanks around it, at most `most` characters; "" without
    one."""
    values = request.form if request.method == "POST" else request.args
    return _bounded(values.get(name, ""), most)


def text(name: str, most: int = TEXT) -> str:
    """A field of several lines, each ended by a line feed."""
    return field(name, most).replace("\r\n", "\n").replace("\r", "\n")


def fields(*names: str, most: int = LINE) -> dict[str, str]:
    """Several fields by their names."""
    return {name: field(name, most) for name in names}


def allow(most: int) -> None:
    """Let this request bring `most` bytes; called before anything of its body is read."""
    request.max_content_length = most
    request.max_form_memory_size = most


def _bounded(value: str, most: int) -> str:
    return value.replace("\x00", "").strip()[:most]
