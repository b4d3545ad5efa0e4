"""``digest interests``: try interests on what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli.groups import Group, TermsCommand
from digest.cli.output import echo_json, json_option, say

if TYPE_CHECKING:
    from digest.ranking.check import Check


@click.group(cls=Group)
def command() -> None:
    """Check interests against the stored papers."""


@command.command("check", cls=TermsCommand, short_help="How often terms match, with example titles.")
@click.argument("terms", nargs=-1, required=True, metavar="TERM...")
@click.option("--days", default=28, show_default=True, type=click.IntRange(1, 3650), help="How far to look back.")
@json_option
@click.pass_obj
def check_command(obj: dict[str, Any], terms: tuple[str, ...], days: int, as_json: bool) -> None:
    """How often each TERM matches in the stored weeks, with example titles."""
    from datetime import timedelta

    from digest.app import App
    from digest.ranking.check import check
    from digest.ranking.query import parse_all

    interests = parse_all(terms)
    app = App.load(obj["config"])
    with app.store() as store:
        papers = [row.paper for row in store.papers(app.clock() - timedelta(days=days), 20_000)]
    if not papers:
        say(f"no papers of the last {days} days are stored: `digest run` fetches some", err=True)
    for report in check(interests, papers):
        echo_json(as_record(report)) if as_json else show(report)


def as_record(report: Check) -> dict[str, Any]:
    """The report on one interest for programs."""
    return {
        "interest": str(report.interest),
        "hits": report.hits,
        "papers": report.papers,
        "examples": list(report.examples),
        "warning": report.warning,
    }


def show(report: Check) -> None:
    """The same for people."""
    say(f"{report.interest}: {report.hits} of {report.papers} papers")
    for title in report.examples:
        say(f"    {title}")
    if report.warning:
        say(f"    note: {report.warning}")
