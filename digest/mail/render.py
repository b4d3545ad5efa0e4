"""An edition, rendered: subject, text part, HTML part; pure, given the environment.

Gmail clips a message near 102 kB and hides the way to unsubscribe with the rest; whether it counts the HTML
alone or all that came is not settled. So the whole message, as encoded for the wire, stays below
`MAX_MESSAGE` whatever the papers hold: lower picks shrink to one line each, then to a number. The text
part shows the same picks in the same shape.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.mail.encoding import encode
from digest.mail.page import arranged, page
from digest.mail.templates import fill
from digest.mail.text import clean, cut, one_line
from digest.model import Rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import jinja2

    from digest.mail.page import Page, PageLinks
    from digest.model import Edition, Letterhead, Subscriber, Unsubscribe

MAX_MESSAGE = 90_000
# What stands around the two bodies: the header with its list fields, part headers, two DKIM signatures.
AROUND = 8_192
MAX_SUBJECT = 100
MAX_CARDS, MAX_LINES = 80, 100
FEW_CARDS, FEW_LINES = 10, 20
# An arrangement that leaves no more room than this is good enough: each better one costs a rendering.
_NEAR = 3_000
# What a line weighs where a card weighs 1, and what a page without picks takes: for first guesses only.
_LINE, _FRAME = 0.12, AROUND + 6_000
_GUESSES = 6
_GAP = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A page in both parts; `size` is what they take in a message, in bytes."""

    page: Page
    html: str
    text: str
    size: int


def render(
    edition: Edition,
    subscriber: Subscriber,
    letterhead: Letterhead,
    env: jinja2.Environment,
    unsubscribe: Unsubscribe | None = None,
    *,
    summary: str = "sentence",
    links: PageLinks | None = None,
) -> Rendered:
    """Subject (one line, at most 100 characters), complete text part and complete HTML part.

    `unsubscribe` is how this subscriber leaves; without it, by mail to the address of `letterhead`. `summary`
    chooses the line that sums up each paper: "sentence", "source" or "none" (see `cards.card`). `links` are the
    edition's pages on the web (`page.page_links`); without them there are none.

    Raises:
        TemplateError: a template fails.
        MessageError: an address in `letterhead` or `unsubscribe` cannot be written to.
    """
    draft = _fitted(page(edition, subscriber, letterhead, unsubscribe, summary=summary, links=links), env)
    subject = cut(one_line(fill(env, "mail/subject.txt", draft.page)), MAX_SUBJECT, "...")
    return Rendered(subject=subject, text=draft.text, html=draft.html)


def size(html: str, text: str) -> int:
    """How many bytes a message with these parts takes on the wire, at most."""
    return len(encode(html)[1]) + len(encode(text)[1]) + AROUND


def _fitted(whole: Page, env: jinja2.Environment) -> _Draft:
    """The largest arrangement of `whole` that is small enough, or one near it; the smallest one if none is."""
    levels = _levels(
        sum(len(section.cards) for section in whole.sections),
        sum(len(section.cards) + len(section.lines) for section in whole.sections),
    )
    drafts: dict[int, _Draft] = {}

    def sized(at: int) -> int:
        drafts[at] = _drafted(whole, levels[at], env)
        return drafts[at].size

    return drafts[_first_small([full + _LINE * lines for full, lines in levels], sized)]


def _first_small(weights: Sequence[float], sized: Callable[[int], int]) -> int:
    """Where the size first falls below `MAX_MESSAGE`, or a little behind; the last place if it never does.

    `weights` fall, and sizes with them. Most editions fit at once. Else each guess follows from the two
    nearest sizes known, as if size were a straight line over weight, which it nearly is: two to four
    renderings where halving would take seven. The last place returned is always one that was `sized`.
    """
    low, low_size = 0, sized(0)
    high, high_size = len(weights) - 1, _FRAME
    if low_size < MAX_MESSAGE or not high:
        return 0
    fits = False
    for tries in range(len(weights)):
        if fits and (high - low == 1 or high_size > MAX_MESSAGE - _NEAR):
            return high
        at = _guess(weights, (low, low_size), (high, high_size)) if tries < _GUESSES else (low + high + 1) // 2
        at = min(max(at, low + 1), high - fits)
        found = sized(at)
        if found < MAX_MESSAGE or at == high:
            high, high_size, fits = at, found, True
        else:
            low, low_size = at, found
    return high


def _guess(weights: Sequence[float], low: tuple[int, int], high: tuple[int, int]) -> int:
    """The place whose weight lets expect a size just below `MAX_MESSAGE`."""
    per_weight = (low[1] - high[1]) / (weights[low[0]] - weights[high[0]])
    wanted = weights[low[0]] - (low[1] - MAX_MESSAGE + _NEAR / 2) / max(per_weight, 1.0)
    return bisect_left(weights, -wanted, low[0], high[0], key=lambda weight: -weight)


def _drafted(whole: Page, level: tuple[int, int], env: jinja2.Environment) -> _Draft:
    smaller = arranged(whole, *level)
    html = clean(fill(env, "mail/digest.html", smaller)).strip("\n") + "\n"
    text = _GAP.sub("\n\n", clean(fill(env, "mail/digest.txt", smaller))).strip("\n") + "\n"
    return _Draft(smaller, html, text, size(html, text))


def _levels(cards: int, picks: int) -> list[tuple[int, int]]:
    """Arrangements as (whole cards, lines), largest first: a few cards outlast many lines, a few lines all cards.

    `cards` of the `picks` may be shown whole.
    """
    cards = min(cards, MAX_CARDS)
    few = min(cards, FEW_CARDS)
    levels = [
        *((full, MAX_LINES) for full in range(cards, few, -1)),
        *((few, lines) for lines in range(MAX_LINES, FEW_LINES, -1)),
        *((full, FEW_LINES) for full in range(few, 0, -1)),
        *((0, lines) for lines in range(FEW_LINES, -1, -1)),
    ]
    return list(dict.fromkeys((full, min(lines, picks - full)) for full, lines in levels))
