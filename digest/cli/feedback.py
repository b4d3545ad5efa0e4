"""``digest feedback``: what subscribers think of single papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli import importing
from digest.cli.groups import Group
from digest.cli.output import echo_json, json_option, rows, say
from digest.model import Opinion

if TYPE_CHECKING:
    from digest.services.feedback import Said

COLUMNS = ("said_at", "opinion", "key", "title")
_VERBS = {Opinion.LIKED: "likes", Opinion.DISLIKED: "dislikes"}


@click.group(cls=Group, short_help="Papers that subscribers liked and disliked.")
def command() -> None:
    """Papers that subscribers liked and disliked: list, add, drop, import. Their ranking goes by them, too.

    PAPER is a key that `digest papers` shows, an arXiv id, a DOI, or the URL of the paper's page.
    """


@command.command("list", short_help="List them, the latest first.")
@click.argument("address")
@json_option
@click.pass_obj
def list_command(obj: dict[str, Any], address: str, as_json: bool) -> None:
    """List what ADDRESS said of papers, the latest first."""
    from digest.app import App
    from digest.services.enrol import find
    from digest.services.feedback import as_record, listed

    with App.load(obj["config"]).store() as store:
        found = [as_record(said) for said in listed(store, find(store, address))]
    shown = found if as_json else [{**record, "said_at": record["at"]} for record in found]
    rows(shown, COLUMNS, f"nothing yet: `digest feedback add {address} PAPER`", as_json)


@command.command("add", short_help="Note that somebody liked papers.")
@click.argument("address")
@click.argument("papers", nargs=-1, required=True, metavar="PAPER...")
@click.option("--disliked", is_flag=True, help="They disliked them.")
@json_option
@click.pass_obj
def add_command(obj: dict[str, Any], address: str, papers: tuple[str, ...], disliked: bool, as_json: bool) -> int:
    """Note that ADDRESS liked each PAPER; papers like it rank higher from now on. The last word on a paper holds.

    A paper that is not known is named and skipped.
    """
    from digest.app import App
    from digest.services.enrol import find
    from digest.services.feedback import like

    app, opinion = App.load(obj["config"]), Opinion.DISLIKED if disliked else Opinion.LIKED
    with app.store() as store:
        who = find(store, address)
        said = like(store, who, papers, app.clock(), opinion=opinion)
    return _told(said, f"{who.address} {_VERBS[opinion]}", as_json)


@command.command("drop", short_help="Take back what somebody said of papers.")
@click.argument("address")
@click.argument("papers", nargs=-1, required=True, metavar="PAPER...")
@json_option
@click.pass_obj
def drop_command(obj: dict[str, Any], address: str, papers: tuple[str, ...], as_json: bool) -> int:
    """Take back what ADDRESS said of each PAPER."""
    from digest.app import App
    from digest.services.enrol import find
    from digest.services.feedback import drop

    with App.load(obj["config"]).store() as store:
        who = find(store, address)
        said = drop(store, who, papers)
    return _told(said, f"{who.address} says nothing any more of", as_json)


@command.command("import", short_help="Like the papers of a reference manager, or a list.")
@importing.file_argument
@click.option("--subscriber", "address", metavar="ADDRESS", required=True, help="Who likes them.")
@importing.dry_run_option
@json_option
@click.pass_obj
def import_command(obj: dict[str, Any], file: str, address: str, dry_run: bool, as_json: bool) -> int:
    """Like every paper of FILE: BibTeX, RIS, or a list of arXiv ids, DOIs and URLs, one a line.

    "-" is standard input; an ORCID iD in place of FILE is looked up at orcid.org. A paper of which ADDRESS said
    something before is left as it is.
    """
    from digest.app import App

    app = App.load(obj["config"])
    imported = importing.read(app, file)
    return importing.tell(importing.bring(app, imported, address, papers=True, dry_run=dry_run), as_json)


def _told(said: Said, words: str, as_json: bool) -> int:
    """Print what became of each paper; the exit code says whether any was skipped."""
    from digest.services.feedback import as_record

    for one in said.done:
        echo_json(as_record(one)) if as_json else say(f"{words} {one.paper.key}: {one.paper.title}")
    for name, reason in said.skipped:
        say(f"digest: {name[:200]}: {reason}", err=True)
    return 1 if said.skipped else 0
