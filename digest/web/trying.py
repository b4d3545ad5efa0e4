"""Try before you subscribe: how the last days would have been ranked by some interests, why, and the mail itself.

All of it is read only, and bounded (`limits`): ranking is what costs most of all that a stranger can ask for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from digest.errors import TemplateError, UsageError
from digest.mail import phrases
from digest.mail.cards import MONTHS
from digest.mail.render import render
from digest.mail.templates import environment
from digest.model import Profile
from digest.ranking.query import parse
from digest.services import enrol
from digest.services.trial import DAYS, MOST_DAYS, NOBODY, Trials
from digest.web import request, views
from digest.web.forms import explained
from digest.web.limits import Costly
from digest.web.rendering import answer, page
from digest.web.security import FRAMED

if TYPE_CHECKING:
    from flask import Response
    from jinja2 import Environment

    from digest.model import Interest, Rendered, Subscriber
    from digest.services.trial import Trial
    from digest.web.door import Door
    from digest.web.site import Site
    from digest.web.views import PaperView

EXAMPLES = (
    "diffusion models, -survey",
    'reinforcement learning^2, "chain of thought"',
    "protein folding, cat:q-bio",
)
"""Interests that show what can be said."""
TRIALS = "digest.trials"
"""Where the application keeps its `Trials`, for other pages that rank (`Flask.extensions`)."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial as the page shows it: over how long, the best papers, and a row a day: (date, came, in the mail)."""

    trial: Trial
    span: str
    papers: list[PaperView]
    days: tuple[tuple[str, int, int], ...]
    mail_day: str


class Trying:
    """The pages for trying out.

    Args:
        door: makes the form to subscribe that stands beneath.
    """

    def __init__(self, site: Site, door: Door) -> None:
        self._site, self._door, self._costly = site, door, Costly(site.turns)
        self.trials = Trials(site.store, site.ranker, site.publish_rules)

    def show(self) -> Response:
        """GET /try: the best papers of the last days for the interests asked for."""
        typed, mistake, tried = request.text("interests"), "", None
        days = _days(request.field("days"))
        try:
            interests = parse(typed)
            tried = _told(self._site, self._tried(interests, days), days) if interests else None
        except UsageError as error:
            mistake = explained(error)
        return page(
            *(self._site, "try.html", 400 if mistake else 200),
            private=bool(typed),
            typed=typed,
            mistake=mistake,
            examples=EXAMPLES,
            tried=tried,
            form=self._door.form({"interests": "" if mistake else typed}),
        )

    def mail(self) -> Response:
        """GET /try/mail: the mail of the latest day, as it would have been sent."""
        trial = self._tried(parse(request.text("interests")), DAYS)
        html = self._rendered(trial).html
        # The frame is a small window: links open in one of their own.
        framed = html.replace("<head>", '<head>\n<base target="_blank">', 1)
        return answer(framed, "text/html", private=True, headers={"Content-Security-Policy": FRAMED})

    def _tried(self, interests: tuple[Interest, ...], days: int) -> Trial:
        now = self._site.clock()
        with self._costly.page(request.network().block, now.timestamp()):
            return self.trials.of(Profile(interests), now, days, self._nobody)

    def _rendered(self, trial: Trial) -> Rendered:
        """The mail, by the built-in templates where those of the operator fail; as in life."""

        def rendered(templates: Environment) -> Rendered:
            head, line = self._site.letterhead, self._site.summary
            return render(trial.edition, trial.subscriber, head, templates, summary=line)

        try:
            return rendered(self._site.environment)
        except TemplateError:
            return rendered(environment())

    @cached_property
    def _nobody(self) -> Subscriber:
        """Somebody with the wishes of who asks for nothing else."""
        return replace(NOBODY, **enrol.wishes(self._site.defaults))


def _told(site: Site, trial: Trial, days: int) -> Tried:
    return Tried(
        trial=trial,
        span=f"{days} days" if days > 1 else "24 hours",
        papers=views.papers(trial.scored, site.summary),
        days=tuple(
            (f"{phrases.DAYS[one.day.weekday()]}, {one.day.day} {MONTHS[one.day.month - 1]}", one.came, one.picked)
            for one in trial.days
        ),
        mail_day=phrases.weekday(trial.edition.edition_date),
    )


def _days(text: str) -> int:
    """How many days to look back; the usual number for what is none."""
    return min(max(int(text), 1), MOST_DAYS) if text.isascii() and text.isdigit() and len(text) < 4 else DAYS
