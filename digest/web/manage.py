"""One's own page: what is wished for, what was learned, the editions, a pause.

Each form on it names what it does in the field "do". A change is told on the page that follows (303), a mistake on
the page itself with everything as it was typed. "try" changes nothing: it shows how the last days would have been
ranked by what was typed, and by the papers that were liked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.errors import UsageError
from digest.mail import phrases
from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.services import enrol, feedback, managing
from digest.web import owned, people, wishing
from digest.web.forms import zones_by_area
from digest.web.rendering import page, redirect
from digest.web.request import allow, field, network

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from digest.model import Subscriber
    from digest.web.site import Site
    from digest.web.wishing import Form

NOTICES = {
    "saved": "Your wishes are saved.",
    "resumed": "It goes on: the pause is over.",
    "forgotten": "What you said of that paper is taken back.",
    "dropped": "That one is dropped.",
}
"""What the page says at its top, by the word in its address; a pause is told there anyway."""
WEEKS = (1, 2, 4)
MOST_BODY = 256 * 1024
"""Bytes that a form may have: interests in any script, each character of which takes up to 12."""
FEW = 5
"""So many opinions are shown at first."""


@dataclass(frozen=True, slots=True)
class PauseForm:
    """The form for a pause as it was filled in, and what is wrong with it."""

    choice: str = "2"
    until: str = ""
    fault: str = ""


def show(site: Site, token: str) -> Response:
    """GET: everything as it is stored."""
    return people.managing(site, token, lambda found: _page(site, found, notice=NOTICES.get(field("said"), "")))


def change(site: Site, token: str) -> Response:
    """POST: one change, named by the field "do"."""
    allow(MOST_BODY)
    act = _ACTS.get(field("do"), _nothing)
    return people.managing(site, token, lambda found: act(site, found))


def _nothing(site: Site, subscriber: Subscriber) -> Response:
    return _page(site, subscriber, status=400, fault="That was not understood, and nothing was changed.")


def _save(site: Site, subscriber: Subscriber) -> Response:
    form = wishing.typed(subscriber, _most(site))
    if form.mistakes:
        fault = "Nothing is saved yet: something below is not understood."
        return _page(site, subscriber, form, status=400, fault=fault, typed=True)
    enrol.change(site.store, subscriber.address, form.wishes, site.clock())
    return _said(site, subscriber, "saved")


def _try(site: Site, subscriber: Subscriber) -> Response:
    form = wishing.typed(subscriber, _most(site))
    return _page(site, subscriber, form, status=200 if form.understood is not None else 400, typed=True)


def _pause(site: Site, subscriber: Subscriber) -> Response:
    now, form = site.clock(), PauseForm(field("for"), field("until"))
    try:
        managing.pause(site.store, subscriber, pause_end(form.choice, form.until, subscriber.zone, now), now)
    except UsageError as error:
        return _page(site, subscriber, status=400, pause=replace(form, fault=wishing.sentence(error)))
    return _said(site, subscriber, "paused")


def _resume(site: Site, subscriber: Subscriber) -> Response:
    managing.unpause(site.store, subscriber, site.clock())
    return _said(site, subscriber, "resumed")


def _forget(site: Site, subscriber: Subscriber) -> Response:
    feedback.drop(site.store, subscriber, [field("key", feedback.LONGEST_NAME)])
    return _said(site, subscriber, "forgotten")


def _drop(site: Site, subscriber: Subscriber) -> Response:
    managing.drop_interest(site.store, subscriber, field("interest"), site.clock())
    return _said(site, subscriber, "dropped")


def _renew(site: Site, subscriber: Subscriber) -> Response:
    sent = managing.renew_link(site.store, site.join_rules, subscriber, network(), site.clock()) is None
    site.nudge()
    return page(site, "renewed.html", private=True, sent=sent)


_ACTS: dict[str, Callable[[Site, Subscriber], Response]] = {
    "save": _save,
    "try": _try,
    "pause": _pause,
    "resume": _resume,
    "forget": _forget,
    "drop": _drop,
    "renew": _renew,
}


def pause_end(choice: str, until: str, zone: str, now: datetime) -> datetime | None:
    """When a pause ends: after `choice` weeks, at the beginning of the day `until` in `zone`, or never (None).

    Args:
        choice: one of `WEEKS`, "date" or "ever".
        until: an ISO date, for "date".

    Raises:
        UsageError: another choice, no date, or one that is past or more than a year ahead.
    """
    if choice == "ever":
        return None
    if choice in map(str, WEEKS):
        return now + timedelta(weeks=int(choice))
    if choice != "date":
        raise UsageError("choose how long")
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise UsageError("write the day on which it goes on, like 2026-08-31") from None
    if not timedelta(0) < day - now.astimezone(ZoneInfo(zone)).date() < managing.LONGEST_PAUSE:
        raise UsageError("the day on which it goes on lies ahead, within a year")
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _said(site: Site, subscriber: Subscriber, word: str) -> Response:
    return redirect(site, f"/manage/{subscriber_token(site.keys, Purpose.MANAGE, subscriber)}?said={word}")


def _most(site: Site) -> int:
    return site.publish_rules.limits.max_papers


def _page(
    site: Site,
    subscriber: Subscriber,
    form: Form | None = None,
    *,
    status: int = 200,
    typed: bool = False,
    notice: str = "",
    fault: str = "",
    pause: PauseForm | None = None,
) -> Response:
    form = form or wishing.stored(subscriber, _most(site))
    values: dict[str, Any] = {
        "rhythm": phrases.rhythm(subscriber),
        "paused": owned.paused(subscriber),
        "due": owned.due(subscriber, site.clock()),
        "areas": zones_by_area(),
        "tried": owned.tried(site, subscriber, form.understood),
        "learned": owned.learned(site, subscriber),
        "editions": owned.editions(site, subscriber),
        "feed": site.links.feed(subscriber),
    }
    told: dict[str, Any] = {
        "form": form,
        "typed": typed,
        "notice": notice,
        "fault": fault,
        "pause": pause or PauseForm(),
    }
    return page(site, "manage.html", status, private=True, subscriber=subscriber, few=FEW, **told, **values)
