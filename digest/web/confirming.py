"""The page behind the link of a confirmation: what was asked for, and what became of it. Only POST changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.editions.timetable import first_due
from digest.mail import phrases
from digest.model import Subscriber, SubscriberStatus
from digest.services import enrol, joining
from digest.web import request
from digest.web.rendering import page

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response

    from digest.model import Confirmation
    from digest.web.site import Site


def show(site: Site, token: str) -> Response:
    """The page of a request: what was asked for, or what became of it."""
    found = joining.looked_up(site.store, site.keys, token)
    if found is None or found.confirmed_at is not None or found.expires_at <= site.clock():
        return _ended(site, found)
    wanted = Subscriber(id=0, address=found.address, **enrol.wishes(found.wishes))
    return page(
        *(site, "confirm.html"),
        private=True,
        asked=wanted,
        rhythm=phrases.rhythm(wanted),
        interests=phrases.interests(wanted),
        most=wanted.max_papers or site.publish_rules.limits.max_papers,
        wording=found.wording,
        expires=_moment(found.expires_at, wanted.zone),
    )


def say_yes(site: Site, token: str) -> Response:
    """Make whoever holds `token` a subscriber, and tell when the first mail comes."""
    done = joining.confirm(site.store, site.join_rules, token, request.network().shown, site.clock())
    if done.kind == "new":
        site.nudge()
    return _confirmed(site, done.kind, done.subscriber)


def decline(site: Site, token: str) -> Response:
    """It was not them: forget the request, and send nothing."""
    joining.decline(site.store, site.keys, token, site.clock())
    return _confirmed(site, "declined", None)


def _ended(site: Site, found: Confirmation | None) -> Response:
    """The page of a request that is open no more."""
    subscriber = None if found is None or found.subscriber_id is None else site.store.subscriber(found.subscriber_id)
    if subscriber is None or subscriber.status is SubscriberStatus.GONE:
        return _confirmed(site, "over", None)
    return _confirmed(site, "already", subscriber)


def _confirmed(site: Site, kind: str, subscriber: Subscriber | None) -> Response:
    """What became of a request: "new", "already", "over" or "declined"."""
    first = "" if subscriber is None else first_mail(subscriber, site.clock())
    return page(site, "confirmed.html", private=True, kind=kind, about=subscriber, first=first)


def first_mail(subscriber: Subscriber, now: datetime) -> str:
    """When the next mail comes to somebody: "on Monday, 25 May 2026, at 07:00 (UTC)"; "" where it does at once."""
    due = subscriber.next_due_at or first_due(subscriber.rhythm, subscriber.send_at, subscriber.zone, now)
    return f"on {_moment(due, subscriber.zone)} ({subscriber.zone})" if due > now else ""


def _moment(when: datetime, zone: str) -> str:
    """ "Monday, 25 May 2026, at 07:00", as clocks in `zone` show it."""
    local = when.astimezone(ZoneInfo(zone))
    return f"{phrases.weekday(local.date())}, at {local:%H:%M}"
