"""``digest sources``: where papers come from, and what a file holds."""

from __future__ import annotations

from typing import Any

import click

from digest.cli.groups import Group
from digest.cli.output import echo_json, json_option, progress, rows, say, table
from digest.cli.records import look_record
from digest.errors import UsageError
from digest.model import Entry, iso

COLUMNS = ("name", "verdict", "looked_at", "new", "detail", "where")
NO_SOURCES = "no sources: name some under [[sources]] in the configuration"


@click.group(cls=Group)
def command() -> None:
    """List and check the configured sources; read any snapshot."""


@command.command("list", short_help="List them, with the last look at each.")
@json_option
@click.pass_obj
def list_command(obj: dict[str, Any], as_json: bool) -> None:
    """List the configured sources with the last look at each."""
    from digest.app import App

    app = App.load(obj["config"])
    records = []
    with app.store() as store:
        for spec in app.config.sources:
            state, last = store.source_state(spec.name), store.looks(spec.name, 1)
            look = last[0] if last else None
            records.append(
                {
                    "name": spec.name,
                    "where": spec.shown,
                    "kind": spec.kind,
                    "verdict": look.verdict.value if look else None,
                    "looked_at": iso(look.at) if look else None,
                    "entries": look.entries if look else None,
                    "new": look.new if look else None,
                    "rejects": look.rejects if look else None,
                    "detail": look.detail if look else "",
                    "next_look_at": iso(state.next_poll_at),
                    "failures": state.failures,
                }
            )
    rows(records, COLUMNS, NO_SOURCES, as_json)


@command.command("check", short_help="Look at them now, and store nothing.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
@click.pass_obj
def check_command(obj: dict[str, Any], names: tuple[str, ...], as_json: bool) -> int:
    """Look at the sources (or those named) now, and store nothing."""
    from digest.app import App
    from digest.services.look import look_at

    app = App.load(obj["config"])
    results = []
    with app.scratch() as store, progress(obj["verbose"]) as step:
        for source in app.sources(names):
            step(f"looking at {source.spec.name}")
            store.sync_sources([source.spec.name])
            results.append(look_at(store, source, app.clock()))
    rows(
        [look_record(r) for r in results],
        ("name", "verdict", "entries", "new", "rejects", "detail"),
        NO_SOURCES,
        as_json,
    )
    return 1 if any(result.failed for result in results) else 0


@command.command("read", short_help="Print the entries of any snapshot.")
@click.argument("path")
@click.option("--kind", default="auto", show_default=True, help="The reader to use; chosen by content if not named.")
@json_option
def read_command(path: str, kind: str, as_json: bool) -> int:
    """Read the snapshot at PATH (a file, a folder, or - for standard input) and print its entries.

    Rejected entries, and files that are no feed, are named on standard error.
    """
    from digest.app import system_clock
    from digest.services.reading import read_path

    _check_kind(kind)
    entries: list[Entry] = []
    failed = read = 0
    for reading, problem in read_path(path, system_clock(), kind):
        if problem is not None:
            say(f"digest: {problem}", err=True)
            failed += 1
        if reading is not None:
            read += 1
            entries.extend(reading.entries)
            for reject in reading.rejects:
                say(f"rejected {reject.place}: {reject.reason}", err=True)
    if as_json:
        for entry in entries:
            echo_json(as_record(entry))
    elif read:
        listed = [(i, iso(e.published) or "", e.title, _by(e)) for i, e in enumerate(entries, 1)]
        table(("n", "published", "title", "authors"), listed, "no entries")
    if not read and not failed:
        say(f"digest: {path}: there is nothing to read", err=True)
    return 1 if failed or not read else 0


def _check_kind(kind: str) -> None:
    from digest.sources.read import KINDS

    if kind not in ("auto", *KINDS):
        raise UsageError(f"no reader {kind!r}: there are auto, {', '.join(k for k in KINDS if k != 'auto')}")


def _by(entry: Entry) -> str:
    """The first two authors and how many more there are."""
    count = author_count(entry) or 0
    if not entry.authors:
        return f"{count} authors" if count else ""
    more = f" +{count - 2}" if count > 2 else ""
    return ", ".join(entry.authors[:2]) + more


def author_count(entry: Entry) -> int | None:
    """How many authors the entry has, whether it names them or only counts them."""
    return len(entry.authors) or entry.author_count


def as_record(entry: Entry) -> dict[str, Any]:
    """An entry for programs."""
    return {
        "title": entry.title,
        "abstract": entry.abstract,
        "authors": list(entry.authors),
        "author_count": author_count(entry),
        "published": iso(entry.published),
        "upvotes": entry.upvotes,
        "id": entry.arxiv_id or entry.doi or entry.id or None,
        "url": entry.links.best or None,
        "categories": list(entry.categories),
        "announcement": entry.announcement.value if entry.announcement else None,
        "comments": entry.comments,
        "version": entry.version,
        "listed_on": entry.listed_on.isoformat() if entry.listed_on else None,
        "summary": entry.summary or None,
        "keywords": list(entry.keywords),
        "links": {
            name: getattr(entry.links, name)
            for name in ("abstract", "pdf", "html", "code", "project")
            if getattr(entry.links, name)
        },
        "place": entry.place,
    }
