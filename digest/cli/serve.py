"""``digest serve``: ticks until SIGTERM."""

from __future__ import annotations

from typing import Any

import click

from digest.cli.output import log_to_stderr


@click.command()
@click.pass_obj
def command(obj: dict[str, Any]) -> None:
    """Tick for ever: fetch, publish at each subscriber's hour, deliver. SIGTERM ends it cleanly."""
    from digest.app import App
    from digest.scheduler import serve

    log_to_stderr(verbose=True)
    app = App.load(obj["config"])
    with app.store() as store:
        serve(app.line(store), app.clock, app.config.scheduler.tick)
