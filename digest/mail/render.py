"""An edition, rendered: subject, text part, HTML part; pure, given the environment.

Gmail clips a message near 102 kB and hides the way to unsubscribe with the rest. So the HTML part, as
encoded for the wire, stays below `MAX_HTML` whatever the papers hold: lower picks shrink to one line
each, then to a number. The text part shows the same picks in the same shape.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from digest.mail.encoding import encode
from digest.mail.page import MAX_LINES, arranged, page
from digest.mail.templates import fill
from digest.mail.text import clean, cut, one_line
from digest.model import Rendered

if TYPE_CHECKING:
    import jinja2

    from digest.mail.page import Page
    from digest.model import Edition, Letterhead, Subscriber

MAX_HTML = 90_000
MAX_SUBJECT = 100
MAX_CARDS = 80
_GAP = re.compile(r"\n{3,}")


def render(edition: Edition, subscriber: Subscriber, letterhead: Letterhead, env: jinja2.Environment) -> Rendered:
    """Subject (one line, at most 100 characters), complete text part and complete HTML part.

    Raises:
        TemplateError: a template fails.
        MessageError: the letterhead names an address that cannot be written to.
    """
    whole = page(edition, subscriber, letterhead)
    fitting, html = _fitted(whole, env)
    text = _GAP.sub("\n\n", clean(fill(env, "mail/digest.txt", fitting))).strip("\n") + "\n"
    subject = cut(one_line(fill(env, "mail/subject.txt", fitting)), MAX_SUBJECT, "...")
    return Rendered(subject=subject, text=text, html=html)


def _fitted(whole: Page, env: jinja2.Environment) -> tuple[Page, str]:
    """The largest arrangement of `whole` that is small enough, and its HTML; the smallest one if none is."""
    levels = _levels(sum(len(section.cards) for section in whole.sections))
    made: dict[int, tuple[Page, str]] = {}

    def fits(level: int) -> bool:
        smaller = arranged(whole, *levels[level])
        html = clean(fill(env, "mail/digest.html", smaller)).strip("\n") + "\n"
        made[level] = (smaller, html)
        return len(encode(html)[1]) < MAX_HTML

    if fits(0):
        return made[0]
    level = min(bisect_left(range(len(levels)), True, lo=1, key=fits), len(levels) - 1)
    return made[level]


def _levels(cards: int) -> list[tuple[int, int]]:
    """Arrangements as (whole cards, lines), largest first."""
    return [(full, MAX_LINES) for full in range(min(cards, MAX_CARDS), -1, -1)] + [
        (0, lines) for lines in range(MAX_LINES - 1, -1, -1)
    ]
