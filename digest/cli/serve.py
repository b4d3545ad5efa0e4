"""``digest serve``: ticks until SIGTERM."""

from __future__ import annotations

from typing import Any

import click

from digest.cli.output import log_to_stderr


@click.command(short_help="Tick for ever, until SIGTERM.")
@click.pass_obj
def command(obj: dict[str, Any]) -> None:
    """Tick for ever: fetch, publish at each subscriber's hour, deliver; take in what comes back, as [inbound] says.

    SIGTERM or Ctrl-C ends it when the tick in hand is finished; a second one ends that tick, too, after the
    step it is at.
    """
    from digest.app import App
    from digest.inbound.beside import beside
    from digest.scheduler import serve

    log_to_stderr(verbose=True)
    app = App.load(obj["config"])
    with app.store() as store:
        serve(app.line(store), app.clock, app.config.scheduler.tick, beside(app, store))
