"""``digest preview``: the very message that ``digest run`` would send, and nothing changed by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import echo_json, log_to_stderr
from digest.errors import UsageError
from digest.model import iso

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Pick, Scored
    from digest.services.look import LookResult
    from digest.services.preview import Preview

FORMATS = ("terminal", "text", "html", "eml", "json")
SUFFIXES = {".html": "html", ".htm": "html", ".txt": "text", ".eml": "eml", ".json": "json"}
LOOK_IN_NETWORK = "sources over the network were not asked (--fetch asks them)"


@click.command()
@click.option(
    "--snapshot", "-s", "snapshots", multiple=True, metavar="PATH", help="A file, folder or - to read; repeat."
)
@click.option("--seen", multiple=True, metavar="PATH", help="A snapshot whose papers count as known already; repeat.")
@click.option("--interest", "-i", "interests", multiple=True, metavar="TERM", help="An interest; repeat for more.")
@click.option("--for", "address", default="", metavar="ADDRESS", help="As this subscriber would get it.")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The edition of this day.")
@click.option("--max", "max_papers", type=click.IntRange(1, 100), metavar="N", help="At most this many ranked papers.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="What to print; default terminal.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write it to FILE; the suffix picks the format.",
)
@click.option("--open", "open_it", is_flag=True, help="Show the HTML in the browser.")
@click.option("--sample", is_flag=True, help="Use the bundled sample: two days of papers, the first already seen.")
@click.option("--fetch", is_flag=True, help="Ask the sources over the network, too.")
@click.pass_obj
def command(obj: dict[str, Any], /, **asked: Any) -> int:
    """Show the digest that would be sent, and change nothing.

    Without --snapshot it stands on a copy of the database and what the spool folders hold.
    """
    from digest.app import App

    log_to_stderr(obj["verbose"], quiet=True)
    form = _format(asked["form"], asked["output"])
    app = App.for_preview(obj["config"], required=not (asked["snapshots"] or asked["sample"]))
    shown = _preview(app, asked)
    _hand_out(app, shown, form, asked["output"], asked["open_it"])
    return 1 if any(result.problems for result in shown.looks) else 0


def _preview(app: App, asked: dict[str, Any]) -> Preview:
    from digest.app import SAMPLE_INTERESTS, sample_paths
    from digest.ranking.query import parse_all
    from digest.services.preview import Request, preview

    seen, snapshots, terms = asked["seen"], asked["snapshots"], asked["interests"]
    if asked["sample"]:
        first, second = sample_paths()
        seen, snapshots, terms = (first, *seen), (second, *snapshots), terms or SAMPLE_INTERESTS
    terms = terms or (() if asked["address"] else app.default_interests())
    on = asked["on"].date() if asked["on"] else None
    request = Request(
        address=asked["address"],
        interests=parse_all(terms) if terms else None,
        max_papers=asked["max_papers"],
        on=on,
    )
    with app.scratch(with_past=bool(asked["address"]) or not snapshots) as store:
        return preview(
            store,
            app.snapshot_sources(snapshots) if snapshots else app.preview_sources(asked["fetch"]),
            app.ranker(),
            app.publish_rules(),
            app.letters(store),
            request,
            app.preview_moment(snapshots if asked["sample"] else ()),
            app.snapshot_sources(seen),
        )


def _format(form: str | None, output: Path | None) -> str:
    """The format asked for, or the one of the file's suffix; with a file of no known suffix, HTML."""
    if form is None and output is not None:
        return SUFFIXES.get(output.suffix.lower(), "html")
    return form or "terminal"


def _hand_out(app: App, shown: Preview, form: str, output: Path | None, open_it: bool) -> None:
    """To standard output, or to a file with the terminal's view beside it."""
    if output is None and not open_it:
        _print(app, shown, form)
        return
    from digest.cli.terminal import draw

    place = output or _temporary()
    form = "html" if output is None else form
    content = shown.message if form == "eml" else _text_of(shown, form).encode()
    try:
        place.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror}") from error
    draw(shown, app.letterhead)
    click.echo(f"{form} written to {place}")
    if open_it:
        click.launch(place.resolve().as_uri())


def _temporary() -> Path:
    import tempfile

    with tempfile.NamedTemporaryFile(prefix="digest-", suffix=".html", delete=False) as file:
        return Path(file.name)


def _print(app: App, shown: Preview, form: str) -> None:
    if form == "terminal":
        from digest.cli.terminal import draw

        draw(shown, app.letterhead)
    elif form == "eml":
        click.echo(shown.message, nl=False)
    elif form == "json":
        echo_json(as_record(shown))
    else:
        click.echo(_text_of(shown, form), nl=False)


def _text_of(shown: Preview, form: str) -> str:
    if form == "json":
        import json

        return json.dumps(as_record(shown), ensure_ascii=False, indent=1) + "\n"
    if form == "html":
        return shown.rendered.html
    return shown.rendered.text if form == "text" else shown.message.decode("ascii")


def as_record(shown: Preview) -> dict[str, Any]:
    """The preview for programs."""
    return {
        "edition_date": shown.edition.edition_date.isoformat(),
        "subscriber": shown.subscriber.address,
        "sources": [_source(result) for result in shown.looks],
        "picks": [_pick(pick) for pick in shown.edition.picks],
        "left_out": shown.edition.left_out,
        "left_out_papers": [_left_out(scored) for scored in shown.left_out],
        "looked_at": shown.edition.looked_at,
        "would_send": shown.would_send,
        "subject": shown.rendered.subject,
        "message_id": shown.delivery.message_id,
        "bytes": {
            "html": len(shown.rendered.html.encode()),
            "text": len(shown.rendered.text.encode()),
            "message": len(shown.message),
        },
    }


def _source(result: LookResult) -> dict[str, Any]:
    look = result.look
    return {
        "name": look.source,
        "verdict": look.verdict.value,
        "entries": look.entries,
        "new": look.new,
        "rejects": look.rejects,
        "detail": look.detail,
    }


def _pick(pick: Pick) -> dict[str, Any]:
    paper = pick.paper
    return {
        "rank": pick.rank,
        "block": pick.block.value,
        "key": paper.key,
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": list(paper.authors),
        "author_count": len(paper.authors) or paper.author_count,
        "url": paper.links.best or None,
        "score": round(pick.score, 4),
        "upvotes": paper.upvotes,
        "published": iso(paper.published),
        "sources": list(paper.sources),
        "categories": list(paper.categories),
        "matched": [{"term": m.interest, "field": m.field, "count": m.count} for m in pick.matches],
    }


def _left_out(scored: Scored) -> dict[str, Any]:
    return {
        "key": scored.paper.key,
        "title": scored.paper.title,
        "score": round(scored.score, 4),
        "excluded_by": list(scored.excluded_by),
    }
