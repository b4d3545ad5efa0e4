"""What status and headers of an HTTP answer say: the answer itself as a value, throttling, failure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from digest.errors import Throttled
from digest.papers.charset import decode
from digest.papers.text import plain
from digest.sources.looks import throttled

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = timedelta(days=1)
"""The longest that a server's wish to be left alone is taken at its word."""

_ASKING_FOR_PATIENCE = (406, 429, 503)
"""Besides 429 (RFC 6585), arXiv throttles with 503 and, since September 2026, with 406."""

_SECONDS = re.compile(r"\d{1,9}", re.ASCII)
_QUOTA = re.compile(r";\s*(r|t)=(\d{1,9})(?![\d.])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end: `url` is the one that answered, header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether this is content (2xx)."""
        return 200 <= self.status < 300

    @property
    def location(self) -> str:
        """Where a redirection leads, "" if this is none."""
        return self.headers.get("location", "") if self.status in (301, 302, 303, 307, 308) else ""

    @property
    def media_type(self) -> str:
        """The Content-Type, parameters included."""
        return self.headers.get("content-type", "")[:200]


def throttling(answer: Answer, place: str, now: datetime) -> Throttled | None:
    """The error for an answer that asks for fewer requests, whatever its status; None for any other."""
    if answer.status not in _ASKING_FOR_PATIENCE and not throttled(answer.content):
        return None
    until = retry_at(answer.headers, now) or exhausted_until(answer.headers, now)
    return Throttled(place, f"asked for fewer requests ({error_words(answer)})", until)


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When to come back, after ``Retry-After`` (RFC 9110, 10.2.3): seconds or a date; within a day of `now`."""
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return _bounded(now + timedelta(seconds=int(value)), now)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return _bounded(moment if moment.tzinfo else moment.replace(tzinfo=UTC), now)


def exhausted_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a used-up quota is filled again, after ``RateLimit: "api";r=0;t=123`` (IETF draft; Hugging Face).

    None as long as every quota that is named has requests remaining (`r`). `t` is in seconds.
    """
    waits = []
    for quota in headers.get("ratelimit", "")[:2000].split(","):
        numbers = {name: int(value) for name, value in _QUOTA.findall(quota)}
        if numbers.get("r") == 0 and "t" in numbers:
            waits.append(numbers["t"])
    return _bounded(now + timedelta(seconds=max(waits)), now) if waits else None


def _bounded(moment: datetime, now: datetime) -> datetime:
    return min(max(moment, now), now + LONGEST_WAIT).astimezone(UTC)


def error_words(answer: Answer) -> str:
    """Status and the beginning of the body: "HTTP 404 Not Found: no such category"."""
    try:
        phrase = f" {HTTPStatus(answer.status).phrase}"
    except ValueError:
        phrase = ""
    head = decode(answer.content[:4096])
    said = plain(head, html="<" in head, tex=False, limit=200)
    return f"HTTP {answer.status}{phrase}{': ' if said else ''}{said}"
