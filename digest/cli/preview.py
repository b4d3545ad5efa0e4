"""``digest preview``: the very message that ``digest run`` would send, and nothing changed by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import echo_json, log_to_stderr, say, with_options
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.services.preview import Preview

FORMATS = ("terminal", "text", "html", "eml", "json")
SUFFIXES = {".html": "html", ".htm": "html", ".txt": "text", ".eml": "eml", ".json": "json"}

_OPTIONS = (
    click.option(
        "--snapshot", "-s", "snapshots", multiple=True, metavar="PATH", help="A file, folder or - to read; repeat."
    ),
    click.option("--seen", multiple=True, metavar="PATH", help="A snapshot whose papers count as known; repeat."),
    click.option("--interest", "-i", "interests", multiple=True, metavar="TERM", help="An interest; repeat for more."),
    click.option("--like", "liked", multiple=True, metavar="PAPER", help="Rank as if this paper was liked; repeat."),
    click.option("--for", "address", default="", metavar="ADDRESS", help="As this subscriber would get it."),
    click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The edition of this day."),
    click.option(
        "--max", "max_papers", type=click.IntRange(1, 100), metavar="N", help="At most this many ranked papers."
    ),
    click.option("--format", "form", type=click.Choice(FORMATS), help="What to print; default terminal."),
    click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
    click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write it to FILE; the suffix picks the format.",
    ),
    click.option("--open", "open_it", is_flag=True, help="Show the HTML in the browser."),
    click.option("--sample", is_flag=True, help="Use the bundled sample: two days, the first already seen."),
    click.option("--fetch", is_flag=True, help="Ask the sources over the network, too."),
)


@click.command()
@with_options(_OPTIONS)
@click.pass_obj
def command(obj: dict[str, Any], /, **asked: Any) -> int:
    """Show the digest that would be sent, and change nothing.

    Without --snapshot it stands on a copy of the database and what the spool folders hold.
    """
    from digest.app import App

    log_to_stderr(obj["verbose"], quiet=True)
    form = _format(asked)
    named = bool(asked["snapshots"] or asked["sample"])
    app = App.for_preview(obj["config"], required=bool(asked["address"]) or not named)
    shown = _preview(app, asked)
    for problem in shown.problems:
        say(f"digest: {problem}", err=True)
    _hand_out(app, shown, form, asked["output"], asked["open_it"])
    return 1 if shown.problems else 0


def _preview(app: App, asked: dict[str, Any]) -> Preview:
    from digest.app import SAMPLE_INTERESTS, sample_paths
    from digest.ranking.query import parse_all
    from digest.sources.workers import warm

    warm()  # it starts while the rest is imported and the database copied
    from digest.services.preview import Request, preview

    seen, snapshots, terms = asked["seen"], asked["snapshots"], asked["interests"]
    if asked["sample"]:
        first, second = sample_paths()
        seen, snapshots, terms = (first, *seen), (second, *snapshots), terms or SAMPLE_INTERESTS
    terms = terms or (() if asked["address"] else app.default_interests())
    request = Request(
        address=asked["address"],
        interests=parse_all(terms) if terms else None,
        max_papers=asked["max_papers"],
        liked=asked["liked"],
        on=asked["on"].date() if asked["on"] else None,
    )
    signing = app if asked["address"] else app.for_nobody()
    with app.scratch(with_past=bool(asked["address"]) or not snapshots) as store:
        return preview(
            store,
            app.snapshot_sources(snapshots) if snapshots else app.preview_sources(asked["fetch"]),
            app.ranker(),
            signing.publish_rules(),
            signing.letters(store),
            request,
            app.preview_moment(snapshots if asked["sample"] else ()),
            app.snapshot_sources(seen),
        )


def _format(asked: dict[str, Any]) -> str:
    """The format asked for, or the one of the file's suffix; with a file of no known suffix, HTML."""
    if asked["as_json"]:
        return "json"
    if asked["form"] is None and asked["output"] is not None:
        return SUFFIXES.get(asked["output"].suffix.lower(), "html")
    return asked["form"] or "terminal"


def _hand_out(app: App, shown: Preview, form: str, output: Path | None, open_it: bool) -> None:
    """To standard output, or to a file with the terminal's view beside it."""
    if output is None and not open_it:
        _print(app, shown, form)
        return
    from digest.cli.terminal import draw, drawn

    place = output or _temporary()
    form = "html" if output is None else form
    content = drawn(shown, app.letterhead).encode() if form == "terminal" else _content(shown, form)
    try:
        place.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror}") from error
    draw(shown, app.letterhead)
    say(f"{form} written to {place}")
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
    elif form == "json":
        echo_json(_record(shown))
    else:
        click.echo(_content(shown, form), nl=False)


def _content(shown: Preview, form: str) -> bytes:
    """The preview in a format other than the terminal's."""
    if form == "eml":
        return shown.message
    if form == "json":
        return (json.dumps(_record(shown), ensure_ascii=False, indent=1) + "\n").encode()
    return (shown.rendered.html if form == "html" else shown.rendered.text).encode()


def _record(shown: Preview) -> dict[str, Any]:
    from digest.cli.records import preview_record

    return preview_record(shown)
