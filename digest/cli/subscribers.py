"""``digest subscribers``: who gets mail."""

from __future__ import annotations

from typing import IO, Any

import click

from digest.cli import subscriptions
from digest.cli.groups import Group
from digest.cli.output import echo_json, json_option, minute, rows, say, with_options
from digest.errors import UsageError
from digest.model import SubscriberStatus

COLUMNS = ("address", "status", "rhythm", "send_at", "zone", "interests", "next_due_at")

_WISHES = (
    click.option("--name", help="A name to know them by."),
    click.option("--interest", "-i", "interests", multiple=True, metavar="TERM", help="An interest; repeat for more."),
    click.option("--zone", help="IANA time zone, such as Europe/Zurich."),
    click.option("--send-at", metavar="HH:MM", help="Local time of day."),
    click.option("--rhythm", help="daily, weekdays, or weekly:fri."),
    click.option("--max-papers", type=int, help="At most this many ranked papers."),
    click.option("--min-score", type=float, help="Leave out papers that score less (0 to 1)."),
    click.option("--empty", type=click.Choice(["skip", "note"]), help="What to send on a day without papers."),
)


def _given(wanted: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wanted.items() if value is not None and value != ()}


@click.group(cls=Group, short_help="Who gets mail.")
def command() -> None:
    """Who gets mail: add, change, list, pause, remove, import, export."""


@command.command("add", short_help="Enrol an address.")
@click.argument("address")
@with_options(_WISHES)
@click.option("--again", is_flag=True, help="Enrol an address that has left or is suppressed.")
@json_option
@click.pass_obj
def add_command(obj: dict[str, Any], /, address: str, again: bool, as_json: bool, **wanted: Any) -> None:
    """Enrol ADDRESS, active at once: you answer for its owner's consent."""
    from digest.app import App
    from digest.services.enrol import add, as_record

    app = App.load(obj["config"])
    with app.store() as store:
        added = add(store, address, _given(wanted), app.default_wishes(), app.clock(), again, app.keyring())
    echo_json(as_record(added)) if as_json else say(f"added {added.address}: {_words(as_record(added))}")


@command.command("set", short_help="Change what somebody wants.")
@click.argument("address")
@with_options(_WISHES)
@click.option("--no-interests", is_flag=True, help="Drop all interests: the trending list.")
@json_option
@click.pass_obj
def set_command(obj: dict[str, Any], /, address: str, no_interests: bool, as_json: bool, **wanted: Any) -> None:
    """Change what ADDRESS wants; what is not named stays."""
    from digest.app import App
    from digest.services.enrol import as_record, change

    given = _given(wanted)
    if no_interests and "interests" in given:
        raise UsageError("--no-interests and --interest exclude each other")
    if no_interests:
        given["interests"] = ()
    app = App.load(obj["config"])
    with app.store() as store:
        changed = change(store, address, given, app.clock())
    echo_json(as_record(changed)) if as_json else say(f"{changed.address}: {_words(as_record(changed))}")


def _words(record: dict[str, Any]) -> str:
    interests = ", ".join(record["interests"]) or "no interests: the trending list"
    return f"{record['rhythm']} at {record['send_at']} {record['zone']}; {interests}"


@command.command("list", short_help="List them.")
@click.option("--status", type=click.Choice([s.value for s in SubscriberStatus]), help="Only those in this state.")
@json_option
@click.pass_obj
def list_command(obj: dict[str, Any], status: str | None, as_json: bool) -> None:
    """List subscribers; who was erased is nobody."""
    from digest.app import App
    from digest.services.enrol import as_record

    with App.load(obj["config"]).store() as store:
        found = store.subscribers(SubscriberStatus(status) if status else None)
    empty = "no subscribers yet: `digest subscribers add you@example.org --interest TERM`"
    rows([as_record(subscriber) for subscriber in found if subscriber.address], COLUMNS, empty, as_json)


@command.command("show", short_help="Show one of them, and the editions made so far.")
@click.argument("address")
@json_option
@click.pass_obj
def show_command(obj: dict[str, Any], address: str, as_json: bool) -> None:
    """Show one subscriber and the editions made so far."""
    from digest.app import App
    from digest.services.enrol import as_record, find

    app = App.load(obj["config"])
    with app.store() as store:
        subscriber = find(store, address)
        made = store.editions(subscriber.id, 14)
        suppressed = store.suppression(app.keyring().address_hash(subscriber.address))
    editions = [{"edition_date": e.edition_date.isoformat(), "picks": len(e.picks)} for e in made]
    reason = suppressed.reason.value if suppressed else None
    record = {**as_record(subscriber), "suppressed": reason, "editions": editions}
    echo_json(record) if as_json else _show(record)


def _show(record: dict[str, Any]) -> None:
    """One subscriber for people; what is not set is left out."""
    for key, value in record.items():
        if key == "editions" or value in (None, "", []):
            continue
        shown = ", ".join(value) if isinstance(value, list) else minute(value) if key.endswith("_at") else value
        say(f"{key:12} {shown}")
    for edition in record["editions"]:
        say(f"edition      {edition['edition_date']}: {edition['picks']} papers")


@command.command("remove", short_help="Let an address go.")
@click.argument("address")
@click.pass_obj
def remove_command(obj: dict[str, Any], address: str) -> None:
    """Let ADDRESS go: nothing more is mailed to it, and no import brings it back."""
    from digest.app import App
    from digest.services.enrol import remove

    app = App.load(obj["config"])
    with app.store() as store:
        gone = remove(store, address, app.clock())
    say(f"removed {gone.address}")


for _other in (
    subscriptions.pause_command,
    subscriptions.resume_command,
    subscriptions.new_link_command,
    subscriptions.consents_command,
    subscriptions.erase_command,
):
    command.add_command(_other)


@command.command("import", short_help="Enrol or change many, one a line.")
@click.argument("file", type=click.File(encoding="utf-8"))
@json_option
@click.pass_obj
def import_command(obj: dict[str, Any], file: IO[str], as_json: bool) -> int:
    """Enrol or change one subscriber a line of FILE: JSON as `export` gives it, or a bare address.

    A line that cannot be used is named and skipped. An address that has left or is suppressed stays away.
    """
    from digest.app import App
    from digest.services.enrol import import_all

    lines = _lines(file)
    app = App.load(obj["config"])
    with app.store() as store:
        done = import_all(store, lines, app.default_wishes(), app.clock(), app.keyring())
    if as_json:
        skipped = [{"place": place, "reason": reason} for place, reason in done.skipped]
        echo_json({"added": done.added, "changed": done.changed, "skipped": skipped})
    else:
        say(f"added {len(done.added)}, changed {len(done.changed)}, skipped {len(done.skipped)}")
        for place, reason in done.skipped:
            say(f"  {place}: {reason}", err=True)
    return 1 if done.skipped else 0


def _lines(file: IO[str]) -> list[str]:
    """Every line of the file, read before anybody is enrolled."""
    try:
        return file.readlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{file.name} is not UTF-8: {error.reason}") from None


@command.command("export", short_help="Write all of them, one JSON object a line.")
@click.argument("file", type=click.File("w", encoding="utf-8"), default="-")
@click.pass_obj
def export_command(obj: dict[str, Any], file: IO[str]) -> None:
    """Write every subscriber to FILE (or standard output), one JSON object a line; who was erased is nobody."""
    import json
    from operator import attrgetter

    from digest.app import App
    from digest.services.enrol import as_record

    with App.load(obj["config"]).store() as store:
        for subscriber in filter(attrgetter("address"), store.subscribers()):
            file.write(json.dumps(as_record(subscriber), ensure_ascii=False) + "\n")
