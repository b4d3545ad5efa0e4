"""``digest interests``: try interests on what is stored."""

from __future__ import annotations

from typing import Any

import click

from digest.cli.output import json_option


@click.group()
def command() -> None:
    """Check interests against the stored papers."""


@command.command("check")
@click.argument("terms", nargs=-1, required=True, metavar="TERM...")
@click.option("--days", default=28, show_default=True, type=click.IntRange(1), help="How far to look back.")
@json_option
@click.pass_obj
def check_command(obj: dict[str, Any], terms: tuple[str, ...], days: int, as_json: bool) -> None:
    """How often each TERM matches in the stored weeks, with example titles."""
    from datetime import timedelta

    from digest.app import App
    from digest.cli.output import echo_json
    from digest.ranking.check import check
    from digest.ranking.query import parse_all

    interests = parse_all(terms)
    app = App.load(obj["config"])
    with app.store() as store:
        papers = [row.paper for row in store.papers(app.clock() - timedelta(days=days), 20_000)]
    for report in check(interests, papers):
        if as_json:
            echo_json(
                {
                    "interest": str(report.interest),
                    "hits": report.hits,
                    "papers": report.papers,
                    "examples": list(report.examples),
                    "warning": report.warning,
                }
            )
            continue
        click.echo(f"{report.interest}: {report.hits} of {report.papers} papers")
        for title in report.examples:
            click.echo(f"    {title}")
        if report.warning:
            click.echo(f"    note: {report.warning}")
