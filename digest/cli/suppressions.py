"""``digest suppressions``: addresses never to be written to again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli.groups import Group
from digest.cli.output import echo_json, json_option, minute, rows, say
from digest.errors import UsageError
from digest.model import SubscriberStatus, Suppression, SuppressionReason, iso

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Bounce
    from digest.storage import Store

COLUMNS = ("address", "reason", "since", "detail")
# Enough of a hash to tell two apart by eye.
_SHOWN = 12


@click.group(cls=Group, short_help="Addresses that no mail goes to any more.")
def command() -> None:
    """Addresses that no mail goes to any more: list, add, lift, check."""


@command.command("list", short_help="List them, newest first.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most this many.")
@json_option
@click.pass_obj
def list_command(obj: dict[str, Any], limit: int, as_json: bool) -> None:
    """List suppressed addresses, newest first.

    Addresses are kept as keyed hashes: only those of present subscribers can be shown.
    """
    from digest.app import App

    app = App.load(obj["config"])
    with app.store() as store:
        known, found = _known(app, store), store.suppressions(limit)
    records = [as_record(suppression, known.get(suppression.address_hash)) for suppression in found]
    shown = records if as_json else [_for_people(record) for record in records]
    rows(shown, COLUMNS, "no suppressed addresses", as_json)


@command.command("add", short_help="Never write to an address again.")
@click.argument("address")
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in SuppressionReason]),
    default=SuppressionReason.OPERATOR.value,
    show_default=True,
    help="Why.",
)
@click.option("--note", default="", help="What else is to be known about it.")
@json_option
@click.pass_obj
def add_command(obj: dict[str, Any], address: str, reason: str, note: str, as_json: bool) -> None:
    """Never write to ADDRESS again, whoever enrols it; what waits for it is cancelled."""
    from digest.app import App
    from digest.services.enrol import check_address

    app, address = App.load(obj["config"]), check_address(address)
    made = Suppression(app.keyring().address_hash(address), SuppressionReason(reason), app.clock(), note)
    with app.store() as store:
        added = store.suppress(made)
        kept = store.suppression(made.address_hash) or made
    if as_json:
        echo_json({**as_record(kept, address), "added": added})
    else:
        say(f"{address} is suppressed" if added else f"{address} {_words(kept)} already")


@command.command("lift", short_help="Let mail go to an address again.")
@click.argument("address")
@click.pass_obj
def lift_command(obj: dict[str, Any], address: str) -> None:
    """Let mail go to ADDRESS again and forget its bounces: it starts anew."""
    from digest.app import App

    app = App.load(obj["config"])
    with app.store() as store:
        if not store.lift(app.keyring().address_hash(address)):
            raise UsageError(f"{address} is not suppressed")
    say(f"{address} may get mail again")


@command.command("check", short_help="Say whether an address is suppressed, and what bounced.")
@click.argument("address")
@json_option
@click.pass_obj
def check_command(obj: dict[str, Any], address: str, as_json: bool) -> None:
    """Say whether ADDRESS is suppressed, and which bad news there is of it."""
    from digest.app import App

    app = App.load(obj["config"])
    address_hash = app.keyring().address_hash(address)
    with app.store() as store:
        found, bounces = store.suppression(address_hash), store.bounces(address_hash)
    if as_json:
        told = as_record(found, address) if found else {"address_hash": address_hash, "address": address}
        echo_json({**told, "suppressed": found is not None, "bounces": [bounce_record(bounce) for bounce in bounces]})
        return
    say(f"{address} {_words(found)}" if found else f"{address} is not suppressed")
    for bounce in bounces:
        say("  " + " ".join(filter(None, (minute(iso(bounce.at)), bounce.kind, bounce.status, bounce.detail))))


def as_record(suppression: Suppression, address: str | None) -> dict[str, Any]:
    """A suppression for programs; `address` where it is known."""
    return {
        "address_hash": suppression.address_hash,
        "address": address,
        "reason": suppression.reason.value,
        "since": iso(suppression.since),
        "detail": suppression.detail,
    }


def bounce_record(bounce: Bounce) -> dict[str, Any]:
    """A bounce for programs."""
    return {
        "kind": bounce.kind.value,
        "at": iso(bounce.at),
        "status": bounce.status,
        "origin": bounce.origin,
        "detail": bounce.detail,
        "delivery_id": bounce.delivery_id,
    }


def _for_people(record: dict[str, Any]) -> dict[str, Any]:
    address = record["address"] or record["address_hash"][:_SHOWN] + "..."
    return {**record, "address": address, "since": minute(record["since"])}


def _known(app: App, store: Store) -> dict[str, str]:
    """The addresses of all who have not left, by their hashes."""
    keys = app.keyring()
    present = (who.address for who in store.subscribers() if who.status is not SubscriberStatus.GONE)
    return {keys.address_hash(address): address for address in present}


def _words(suppression: Suppression) -> str:
    from digest.services.enrol import REASONS

    told = f": {suppression.detail}" if suppression.detail else ""
    return f"is suppressed since {minute(iso(suppression.since))}: {REASONS[suppression.reason]}{told}"
