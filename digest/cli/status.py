"""``digest status``: is everything well?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import echo_json, json_option
from digest.model import iso

if TYPE_CHECKING:
    from digest.storage import Store


@click.command()
@json_option
@click.pass_obj
def command(obj: dict[str, Any], as_json: bool) -> None:
    """Counts, the last look at each source, who is next, and what waits in the outbox."""
    from digest.app import App

    app = App.load(obj["config"])
    with app.store() as store:
        record = as_record(store, [spec.name for spec in app.config.sources])
    echo_json(record) if as_json else show(record)


def as_record(store: Store, names: list[str]) -> dict[str, Any]:
    """The state of an installation for programs."""
    following = store.next_due()
    looks = [look for name in names for look in store.looks(name, 1)]
    return {
        "counts": store.counts(),
        "sources": [
            {"name": k.source, "verdict": k.verdict.value, "at": iso(k.at), "new": k.new, "detail": k.detail}
            for k in looks
        ],
        "never_looked_at": [name for name in names if name not in {look.source for look in looks}],
        "next_due": {"subscriber": following[0].address, "at": iso(following[1])} if following else None,
        "deliveries": {status.value: n for status, n in sorted(store.delivery_counts().items())},
    }


def show(record: dict[str, Any]) -> None:
    """The same for people."""
    click.echo("  ".join(f"{name}: {n}" for name, n in record["counts"].items()))
    for look in record["sources"]:
        detail = f": {look['detail']}" if look["detail"] else ""
        click.echo(f"source {look['name']}: {look['verdict']} at {look['at']}, {look['new']} new{detail}")
    for name in record["never_looked_at"]:
        click.echo(f"source {name}: not looked at yet")
    if record["next_due"]:
        click.echo(f"next edition: {record['next_due']['subscriber']} at {record['next_due']['at']}")
    waiting = "  ".join(f"{status}: {n}" for status, n in record["deliveries"].items())
    click.echo(f"deliveries: {waiting or 'none'}")
