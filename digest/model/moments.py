"""Instants in writing, and days as instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def iso(moment: datetime | None) -> str | None:
    """`moment` in ISO 8601, UTC: "2026-05-25T07:30:00Z", or the bare date where it is midnight UTC."""
    if moment is None:
        return None
    moment = moment.astimezone(UTC)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def midnight(day: date) -> datetime:
    """The beginning of `day`, in UTC."""
    return datetime.combine(day, time(), UTC)
