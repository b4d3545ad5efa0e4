"""``digest serve``: ticks until SIGTERM, with the pages and the mail that comes in beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import log_to_stderr

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.app import App
    from digest.storage import Store
    from digest.web.server import Pages


@click.command(short_help="Tick for ever, until SIGTERM.")
@click.pass_obj
def command(obj: dict[str, Any]) -> None:
    """Tick for ever: fetch, publish at each subscriber's hour, deliver; take in what comes back, as [inbound] says.

    The pages answer beside it, as [web] says.

    SIGTERM or Ctrl-C ends it when the tick in hand is finished; a second one ends that tick, too, after the
    step it is at.
    """
    from digest.app import App
    from digest.inbound.beside import beside
    from digest.scheduler import Nudge, serve

    log_to_stderr(verbose=True)
    app, nudge = App.load(obj["config"]), Nudge()
    with app.store() as store:
        line = app.line(store)
        others = [*beside(app, store, nudge), *pages(app, store, app.config.web.listen, nudge)]
        serve(line, app.clock, app.config.scheduler.tick, others, nudge)


def pages(app: App, store: Store, listen: str, nudge: Callable[[], None] | None = None) -> list[Pages]:
    """The pages that answer at `listen`, none where that is "".

    Args:
        nudge: wakes the scheduler of this process, if there is one.

    Raises:
        ConfigError: a secret or a password is missing.
    """
    if not listen:
        return []
    from digest.web.server import Pages
    from digest.web.site import site

    made = site(app, store) if nudge is None else site(app, store, nudge)
    return [Pages(made, listen, app.config.web.threads)]
