"""``digest interests``: try interests on what is stored."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli import importing
from digest.cli.groups import Group, TermsCommand
from digest.cli.output import console, echo_json, json_option, printable, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.text import Text

    from digest.app import App
    from digest.model import Interest
    from digest.ranking.check import Check
    from digest.services.guard import Guard
    from digest.storage import Store

MOST_PAPERS = 20_000
BARS = "▁▂▃▄▅▆▇█"
NO_BAR = "·"
MOST_BARS = 60
WORDS = 8
"""So many of the words that go with an interest are shown to people."""


@click.group(cls=Group, short_help="Check interests, or bring them along.")
def command() -> None:
    """Check interests against the stored papers, or bring them along from elsewhere."""


@command.command("check", cls=TermsCommand, short_help="How often terms match, with example titles.")
@click.argument("terms", nargs=-1, metavar="TERM...")
@click.option("--profile", "address", default="", metavar="ADDRESS", help="All interests of this subscriber, too.")
@click.option("--days", default=28, show_default=True, type=click.IntRange(1, 3650), help="How far to look back.")
@json_option
@click.pass_context
def check_command(ctx: click.Context, terms: tuple[str, ...], address: str, days: int, as_json: bool) -> int:
    """How often each TERM matches in the stored weeks, with example titles, what goes with it, and what looks wrong.

    Nothing that is stored is changed.
    """
    from digest.app import App
    from digest.ranking.query import parse_all
    from digest.services.guard import Guard

    if not (terms or address):
        raise click.MissingParameter(ctx=ctx, param=next(p for p in ctx.command.params if p.name == "terms"))
    parse_all(terms)
    app, guard = App.load(ctx.obj["config"]), Guard()
    with app.scratch() as store:
        interests = parse_all([*_interests_of(store, address), *terms])
        checked = _gathered(app, store, interests, days, guard) if interests else list
    # Outside: on PostgreSQL, a scratch store is a transaction that others may wait for.
    for report in checked():
        echo_json(as_record(report)) if as_json else show(report)
    for failure in guard.failures:
        say(f"digest: {failure}", err=True)
    return 1 if guard.failures else 0


def _interests_of(store: Store, address: str) -> list[str]:
    """The interests of a subscriber in the interest language; none where no address is given."""
    from digest.services.enrol import find

    found = [str(interest) for interest in find(store, address).interests] if address else []
    if address and not found:
        say(f"{address} has no interests: the trending list", err=True)
    return found


def _gathered(
    app: App, store: Store, interests: Sequence[Interest], days: int, guard: Guard
) -> Callable[[], list[Check]]:
    """What tries interests on the papers first seen in the last `days`, with all that it needs from the store.

    What is learned for it is kept in `store`; `guard` names what could not be learned.
    """
    from digest.model import Profile
    from digest.ranking import ranker
    from digest.ranking.check import check, day
    from digest.services.learning import known

    since = app.clock() - timedelta(days=days)
    stored = store.papers(since, MOST_PAPERS)
    if not stored:
        say(f"no papers of the last {days} days are stored: `digest run` fetches some", err=True)
    past = known(store, ranker(), [Profile(tuple(interests))], guard)
    told = {row.paper.key: day(row.paper, row.first_seen.date(), since.date()) for row in stored}
    return lambda: check(interests, [row.paper for row in stored], past, told)


def as_record(report: Check) -> dict[str, Any]:
    """The report on one interest for programs."""
    return {
        "interest": str(report.interest),
        "hits": report.hits,
        "papers": report.papers,
        "weeks": dict(report.weeks),
        "examples": list(report.examples),
        "goes_with": {word: round(weight, 4) for word, weight in report.goes_with},
        "found_as": list(report.found_as),
        "warnings": list(report.warnings),
    }


def show(report: Check) -> None:
    """The same for people: drawn on a terminal, one line for each fact in a pipe."""
    if sys.stdout.isatty():
        _draw(report)
        return
    say(f"{report.interest}: {_hits(report)}")
    for label, text in _facts(report):
        say(f"{report.interest}: {label}: {text}")


def _hits(report: Check) -> str:
    return f"{report.hits} of {report.papers} papers"


def _facts(report: Check) -> Iterator[tuple[str, str]]:
    """What there is to say of an interest: (label, text)."""
    if report.hits and report.weeks:
        yield "weeks", ", ".join(f"{week} {hits}" for week, hits in report.weeks)
    yield from (("example", " ".join(title.split())) for title in report.examples)
    if report.goes_with:
        yield "goes with", ", ".join(word for word, _ in report.goes_with[:WORDS])
    if report.found_as:
        yield "also found as", ", ".join(report.found_as)
    yield from (("note", warning) for warning in report.warnings)


def _draw(report: Check) -> None:
    from rich.table import Table

    out = console()
    head = _styled(str(report.interest), "bold cyan")
    out.print(head.append_text(_styled(f"  {_hits(report)}", "not bold default")))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=len("  also found as"), no_wrap=True)
    grid.add_column(overflow="fold")
    before = ""
    for label, text in _facts(report):
        drawn = _row(report) if label == "weeks" and not out.options.ascii_only else text
        style = {"note": "yellow", "weeks": "green", "example": ""}.get(label, "dim")
        grid.add_row(_styled(f"  {label if label != before else ''}", "dim"), _styled(drawn, style))
        before = label
    out.print(grid)


def _row(report: Check) -> str:
    """A bar for each of the last weeks, the tallest for the most hits."""
    weeks = report.weeks[-MOST_BARS:]
    most = max(hits for _, hits in weeks) or 1
    bars = "".join(BARS[-(-hits * len(BARS) // most) - 1] if hits else NO_BAR for _, hits in weeks)
    return f"{bars}  {weeks[0][0]} to {weeks[-1][0]}, at most {most} a week"


def _styled(text: str, style: str) -> Text:
    """Text as it stands: nothing in it is taken for markup, and nothing in it steers the terminal."""
    from rich.text import Text

    return Text(printable(text), style=style)


@command.command("import", short_help="Interests out of feeds, references or an ORCID record.")
@importing.file_argument
@click.option("--subscriber", "address", metavar="ADDRESS", help="Give them to this subscriber.")
@importing.dry_run_option
@json_option
@click.pass_obj
def import_command(obj: dict[str, Any], file: str, address: str | None, dry_run: bool, as_json: bool) -> int:
    """Interests out of FILE: feeds (OPML), keywords of references (BibTeX, RIS, .nbib, ...), or authors, one a line.

    "-" is standard input; an ORCID iD in place of FILE is looked up at orcid.org. Without --subscriber, the
    interests are printed for the configuration, and nothing is changed.
    """
    from digest.app import App

    app = App.load(obj["config"]) if address else App.for_preview(obj["config"], required=False)
    imported = importing.read(app, file)
    if address:
        return importing.tell(importing.bring(app, imported, address, interests=True, dry_run=dry_run), as_json)
    if as_json:
        echo_json({"kind": imported.kind, "interests": [str(interest) for interest in imported.interests]})
    elif imported.interests:
        _print_lines(imported.interests)
    importing.tell_skipped(imported.skipped)
    if not imported.interests:
        papers = "; the papers in it can be liked: digest feedback import" if imported.papers else ""
        say(f"digest: no interests in {file}{papers}", err=True)
    return 0 if imported.interests else 1


def _print_lines(interests: Sequence[Interest]) -> None:
    """Interests as the configuration writes them, under [defaults]."""
    from digest.config.document import toml

    say("interests = [")
    for interest in interests:
        say(f"    {toml(str(interest))},")
    say("]")
