"""``digest papers``: what is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from digest.cli.output import json_option, rows
from digest.model import Paper, iso

COLUMNS = ("first_seen", "key", "upvotes", "title")


@click.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="First seen on or after this day.")
@click.option("--new", "only_new", is_flag=True, help="Only those that no edition has covered yet.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most this many.")
@json_option
@click.pass_obj
def command(obj: dict[str, Any], since: datetime | None, only_new: bool, limit: int, as_json: bool) -> None:
    """List stored papers, newest first."""
    from digest.app import App

    with App.load(obj["config"]).store() as store:
        found = store.papers(since.replace(tzinfo=UTC) if since else None, limit)
        if only_new:
            covered = max((s.cutoff for s in store.subscribers()), default=0)
            fresh = {paper.key for paper in store.papers_new(covered, store.last_snapshot())}
            found = [row for row in found if row.paper.key in fresh]
        records = [{**as_record(row.paper), "first_seen": iso(row.first_seen)} for row in found]
    rows(records, COLUMNS, "no papers yet: `digest run` fetches some", as_json)


def as_record(paper: Paper) -> dict[str, Any]:
    """A paper for programs."""
    return {
        "key": paper.key,
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": list(paper.authors),
        "categories": list(paper.categories),
        "url": paper.links.best,
        "published": iso(paper.published),
        "upvotes": paper.upvotes,
        "comments": paper.comments,
        "revision": paper.revision,
        "sources": list(paper.sources),
        "aliases": sorted(paper.aliases),
    }
