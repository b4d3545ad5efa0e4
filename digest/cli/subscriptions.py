"""The commands of ``digest subscribers`` that end, stop or prove a subscription: pause, resume, consents, erase."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from digest.cli.output import echo_json, json_option, minute, rows, say
from digest.errors import UsageError
from digest.model import iso

if TYPE_CHECKING:
    from digest.model import Confirmation, Subscriber
    from digest.storage import Store

CONSENTS = ("confirmed_at", "confirmed_from", "asked_at", "asked_from", "origin", "wording")


@click.command("pause", short_help="Send nothing for a while.")
@click.argument("address")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day on which mail comes again.")
@json_option
@click.pass_obj
def pause_command(obj: dict[str, Any], address: str, until: datetime | None, as_json: bool) -> None:
    """Send ADDRESS nothing until DATE (a day in their time zone); without one, until `resume`."""
    from digest.app import App
    from digest.services.enrol import find
    from digest.services.managing import pause

    app = App.load(obj["config"])
    with app.store() as store:
        who = find(store, address)
        end = None if until is None else until.replace(tzinfo=ZoneInfo(who.zone)).astimezone(UTC)
        paused = pause(store, who, end, app.clock())
    _tell(paused, as_json)


@click.command("resume", short_help="End a pause.")
@click.argument("address")
@json_option
@click.pass_obj
def resume_command(obj: dict[str, Any], address: str, as_json: bool) -> None:
    """Go on sending to ADDRESS; the next edition covers the time of the pause."""
    from digest.app import App
    from digest.services.enrol import find
    from digest.services.managing import unpause

    app = App.load(obj["config"])
    with app.store() as store:
        _tell(unpause(store, find(store, address), app.clock()), as_json)


def _tell(subscriber: Subscriber, as_json: bool) -> None:
    from digest.services.enrol import as_record

    until = iso(subscriber.paused_until)
    if as_json:
        echo_json(as_record(subscriber))
    else:
        say(f"{subscriber.address}: {subscriber.status.value}{f' until {minute(until)}' if until else ''}")


@click.command("new-link", short_help="End somebody's links, but those to unsubscribe.")
@click.argument("address")
@json_option
@click.pass_obj
def new_link_command(obj: dict[str, Any], address: str, as_json: bool) -> None:
    """End the links to the page, the feed and the editions of ADDRESS in all mails so far.

    Those to unsubscribe work on; the next mail brings new ones.
    """
    from digest.app import App
    from digest.services.enrol import find

    with App.load(obj["config"]).store() as store:
        found = find(store, address)
        store.new_link(found.id)
    echo_json({"renewed": found.address}) if as_json else say(f"the links of {found.address} have ended")


@click.command("consents", short_help="The proofs that somebody asked for mail.")
@click.argument("address")
@json_option
@click.pass_obj
def consents_command(obj: dict[str, Any], address: str, as_json: bool) -> None:
    """When, from where and to which sentence ADDRESS said yes; also of somebody who has left."""
    from digest.app import App

    with App.load(obj["config"]).store() as store:
        found = [_consent(given) for given in store.consents(_known(store, address).id)]
    rows(found, CONSENTS, f"none is stored: whoever added {address} answers for it", as_json)


def _consent(given: Confirmation) -> dict[str, Any]:
    return {
        "address": given.address,
        "asked_at": iso(given.asked_at),
        "asked_from": given.asked_from,
        "confirmed_at": iso(given.confirmed_at),
        "confirmed_from": given.confirmed_from,
        "origin": given.origin.value,
        "wording": given.wording,
        "wishes": dict(given.wishes),
    }


@click.command("erase", short_help="Forget everything about somebody, for good.")
@click.argument("address")
@json_option
@click.pass_obj
def erase_command(obj: dict[str, Any], address: str, as_json: bool) -> None:
    """Unsubscribe ADDRESS and erase what is stored of them: wishes, opinions, editions, addresses, proofs.

    This cannot be undone. What stays says nothing of them: numbers, and the keyed hash of an address that must not
    be written to.
    """
    from digest.app import App
    from digest.services.leaving import erase

    app = App.load(obj["config"])
    with app.store() as store:
        erase(store, _known(store, address), app.clock())
    echo_json({"erased": address}) if as_json else say(f"erased {address}")


def _known(store: Store, address: str) -> Subscriber:
    """Who has that address, or had it until they left.

    Raises:
        UsageError: nobody.
    """
    found = store.subscriber_by_address(address)
    if found is None:
        raise UsageError(f"no subscriber {address}: `digest subscribers list` shows who there is")
    return found
