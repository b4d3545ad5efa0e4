"""``digest deliveries``: the outbox."""

from __future__ import annotations

from typing import Any

import click

from digest.cli.output import json_option, rows
from digest.model import Delivery, DeliveryStatus, iso

COLUMNS = ("id", "recipient", "status", "attempts", "due_at", "sent_at", "last_error")


@click.command()
@click.option("--status", type=click.Choice([s.value for s in DeliveryStatus]), help="Only those in this state.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most this many.")
@json_option
@click.pass_obj
def command(obj: dict[str, Any], status: str | None, limit: int, as_json: bool) -> None:
    """List deliveries, newest first."""
    from digest.app import App

    with App.load(obj["config"]).store() as store:
        found = store.deliveries(DeliveryStatus(status) if status else None, limit)
    rows([as_record(delivery) for delivery in found], COLUMNS, "no deliveries", as_json)


def as_record(delivery: Delivery) -> dict[str, Any]:
    """A delivery for programs."""
    return {
        "id": delivery.id,
        "edition_id": delivery.edition_id,
        "recipient": delivery.recipient,
        "message_id": delivery.message_id,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "due_at": iso(delivery.due_at),
        "expires_at": iso(delivery.expires_at),
        "sent_at": iso(delivery.sent_at),
        "last_code": delivery.last_code,
        "last_error": delivery.last_error,
        "queue_id": delivery.queue_id,
    }
