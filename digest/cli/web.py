"""``digest web``: the pages alone, until SIGTERM."""

from __future__ import annotations

from typing import Any

import click

from digest.cli.output import log_to_stderr
from digest.cli.serve import pages
from digest.errors import UsageError


@click.command(short_help="Answer for the pages alone, until SIGTERM.")
@click.option("--listen", metavar="PLACE", help="host:port or the path of a socket, in place of web.listen.")
@click.pass_obj
def command(obj: dict[str, Any], listen: str | None) -> None:
    """Answer for the pages, and do nothing else: people can subscribe, look and leave while `digest serve` is down.

    What they cause to be sent waits for it, or for `digest run`. SIGTERM or Ctrl-C ends it.
    """
    from digest.app import App
    from digest.scheduler import attend

    app = App.load(obj["config"])
    place = _place(app.config.web.listen if listen is None else listen)
    log_to_stderr(verbose=True)
    with app.store() as store:
        found = pages(app, store, place)
        for one in found:
            one.look()  # what is wrong with the place ends it now
        attend(found)


def _place(listen: str) -> str:
    """`listen`, if it is a place to listen at.

    Raises:
        UsageError: it is none.
    """
    from digest.config.addresses import listener

    if not listen:
        raise UsageError('web.listen is "": say where, `digest web --listen 127.0.0.1:8420`')
    try:
        return listener(listen)
    except ValueError as error:
        raise UsageError(f"--listen: {error}") from None
