"""What ``digest interests import`` and ``digest feedback import`` have in common: a file, or an ORCID iD, read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.output import echo_json, say
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.app import App
    from digest.imports import Imported
    from digest.services.importing import Brought

file_argument = click.argument("file", metavar="FILE")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


def read(app: App, file: str) -> Imported:
    """What `file` holds: a path, "-" for standard input, or an ORCID iD.

    Raises:
        UsageError: it cannot be read, or is nothing that is known.
        SourceError: ORCID does not answer.
    """
    from digest.imports import read_import
    from digest.imports.people import orcid_in

    imported = read_import(file.encode() if orcid_in(file) else _content(file), file)
    if not imported.orcid:
        return imported
    from digest.sources.orcid import works
    from digest.sources.polite import Politeness

    return works(imported.orcid, Politeness(), contact=app.config.http.contact)


def _content(file: str) -> bytes:
    """The bytes of a file, not many more than are read of it."""
    from digest.imports import MOST_BYTES

    if file == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None


def bring(
    app: App, imported: Imported, address: str, *, interests: bool = False, papers: bool = False, dry_run: bool = False
) -> Brought:
    """Give the subscriber with that address what was imported; with `dry_run` on a copy of the store.

    Raises:
        UsageError: there is no such subscriber.
    """
    from digest.services import importing
    from digest.services.enrol import find

    with app.scratch() if dry_run else app.store() as store:
        who = find(store, address)
        return importing.bring(store, who, imported, app.clock(), interests=interests, papers=papers)


def tell(done: Brought, as_json: bool) -> int:
    """Print what an import did; the exit code says whether it brought anything, now or earlier."""
    from digest.services.importing import as_record

    if as_json:
        echo_json(as_record(done))
    else:
        for interest in done.interests:
            say(f"added {interest}")
        for one in done.liked:
            say(f"likes {one.paper.key}: {one.paper.title}")
        if done.known:
            say(f"known before: {done.known}")
        tell_skipped(done.skipped)
    return 0 if done.interests or done.liked or done.known else 1


def tell_skipped(skipped: Iterable[tuple[str, str]]) -> None:
    """Say on standard error what was left out."""
    for place, reason in skipped:
        say(f"digest: skipped {place}: {reason}", err=True)
