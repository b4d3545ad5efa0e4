"""``digest deliveries``: the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.groups import Group
from digest.cli.output import echo_json, json_option, rows, say, with_options
from digest.errors import UsageError
from digest.model import Delivery, DeliveryKind, DeliveryStatus, iso

if TYPE_CHECKING:
    from datetime import datetime

    from digest.storage import Store

COLUMNS = ("id", "recipient", "status", "attempts", "due_at", "sent_at", "last_error")
_UNSAID = click.core.ParameterSource.DEFAULT
_LISTING = (
    click.option("--status", type=click.Choice([s.value for s in DeliveryStatus]), help="Only those in this state."),
    click.option("--domain", default="", help="Only those to this recipient domain."),
    click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most this many."),
    json_option,
)


@click.group(cls=Group, invoke_without_command=True, subcommand_metavar="[COMMAND [ARGS]...]")
@with_options(_LISTING)
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """List deliveries, newest first; or have some tried again."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, **options)
    elif given := [name for name in options if ctx.get_parameter_source(name) is not _UNSAID]:
        name = "--json" if given[0] == "as_json" else f"--{given[0]}"
        raise click.UsageError(f"{name} goes behind {ctx.invoked_subcommand!r}", ctx)


@command.command("list", short_help="List them, newest first.")
@with_options(_LISTING)
@click.pass_obj
def list_command(obj: dict[str, Any], /, **options: Any) -> None:
    """List deliveries, newest first."""
    _list(obj, **options)


def _list(obj: dict[str, Any], status: str | None, domain: str, limit: int, as_json: bool) -> None:
    from digest.app import App

    with App.load(obj["config"]).store() as store:
        found = store.deliveries(DeliveryStatus(status) if status else None, limit, domain.lower())
    rows([as_record(delivery) for delivery in found], COLUMNS, "no deliveries", as_json)


@command.command("retry", short_help="Have some that did not get through tried again.")
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1, 2**63 - 1), metavar="ID...")
@json_option
@click.pass_obj
def retry_command(obj: dict[str, Any], numbers: tuple[int, ...], as_json: bool) -> int:
    """Have the deliveries ID... tried again from now on, if they failed, expired or wait.

    So is one of which nobody knows whether it arrived: its reader may get it twice.
    """
    from digest.app import App

    app = App.load(obj["config"])
    now, life = app.clock(), timedelta(seconds=app.config.mail.expires)
    with app.store() as store:
        refused = {number: _retry(store, number, now, now + life) for number in dict.fromkeys(numbers)}
    for number, reason in refused.items():
        if as_json:
            echo_json({"id": number, "retried": not reason, "reason": reason})
        else:
            say(f"{number}: {reason or 'due again'}", err=bool(reason))
    return 1 if any(refused.values()) else 0


def _retry(store: Store, number: int, now: datetime, expires_at: datetime) -> str:
    """Have one tried again; why not, or ""."""
    from digest.storage.outbox import REQUEUED_FROM

    if store.requeue(number, now, expires_at):
        return ""
    found = store.delivery(number)
    if found is None:
        return "there is no such delivery"
    if found.status not in REQUEUED_FROM:
        return f"it is {found.status.value}"
    if found.kind is not DeliveryKind.CONFIRMATION and store.suppression(found.address_hash) is not None:
        return f"{found.recipient} is suppressed: `digest suppressions lift` first"
    if found.kind is not DeliveryKind.EDITION:
        return "nobody waits for that letter any more: what it asks was answered or has expired, or its reader has left"
    return "its subscriber is not active, or has had its papers since"


@command.command("resume", short_help="Send to a paused domain again.")
@click.argument("domain")
@click.pass_obj
def resume_command(obj: dict[str, Any], domain: str) -> None:
    """Send to DOMAIN again, which was paused because its servers refused our mail."""
    from digest.app import App

    with App.load(obj["config"]).store() as store:
        if not store.resume_domain(domain):
            raise UsageError(f"{domain} is not paused: `digest status` shows which domains are")
    say(f"{domain} may get mail again")


def as_record(delivery: Delivery) -> dict[str, Any]:
    """A delivery for programs."""
    return {
        "id": delivery.id,
        "kind": delivery.kind.value,
        "edition_id": delivery.edition_id,
        "recipient": delivery.recipient,
        "domain": delivery.domain,
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
