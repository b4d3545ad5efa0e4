"""``digest init``: a configuration, a database, a secret."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import say
from digest.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.storage import Store

_LOST = (
    "and this database was used with it: links in sent mail are made with it, and suppressed addresses known by it. "
    "Bring the file back from a backup or from where digest ran before. If it is lost, `digest init --new-secret` "
    "makes a new one: old links then open nothing, and suppressed addresses of which no mail is kept are written to "
    "again"
)


@click.command(short_help="Write a commented config.toml; make the database, a secret.")
@click.option("--force", is_flag=True, help="Write a new config.toml even if there is one (the old one is kept).")
@click.option("--new-secret", is_flag=True, help="The old secret is lost: go on with the one here, or a new one.")
@click.pass_obj
def command(obj: dict[str, Any], force: bool, new_secret: bool) -> None:
    """Write a commented config.toml, make the database and a secret.

    What is there already stays as it is, so that it is safe to call again. A database that was used with a secret
    keeps to it; with --new-secret all links in sent mail end, and whoever is suppressed and known here by nothing but
    a hash is written to again.
    """
    from digest.app import App
    from digest.config import example
    from digest.config.loading import CONFIG_VARIABLE
    from digest.storage import create_store

    place = Path(obj["config"] or os.environ.get(CONFIG_VARIABLE) or "config.toml")
    _write_config(place, example(), force)
    app = App.load(str(place))
    with create_store(app.config.database_url) as store:
        say(f"{app.config.shown_database}: ready")
        _settle_secret(app, store, new_secret)
    say(f"next: edit {place}, `digest sources check`, `digest subscribers add`, `digest run`")


def _settle_secret(app: App, store: Store, new: bool) -> None:
    """Make a secret where there is none and the database knows none, and see that the two belong together.

    Raises:
        ConfigError: the database was used with another secret, and it is not to be `new`.
    """
    from digest.app import make_secret
    from digest.services.keys import adopt, is_used, prove

    place = app.config.secret_path
    if not new and not app.config.has_secret() and is_used(store):
        raise ConfigError([f"digest.secret_file: {place} is not there, {_LOST}"], str(app.config.place))
    say(f"{place}: {'a new secret, keep it to yourself' if make_secret(place) else 'kept'}")
    wrong = prove(store, app.keyring(), app.clock())
    if wrong and not new:
        raise ConfigError([f"digest.secret_file: {wrong}"], str(app.config.place))
    if wrong:
        done = adopt(store, app.keyring())
        say(f"the new secret is taken; links in mail sent before end here; suppressed addresses kept: {done.kept}")
        if done.lost:
            say(f"lost, as only a hash of the old secret is known: {done.lost}; put them on again if you know them")


def _write_config(place: Path, text: str, force: bool) -> None:
    if place.exists() and not force:
        say(f"{place}: kept as it is")
        return
    if not place.parent.is_dir():
        raise UsageError(f"{place.parent} is no folder: make it first")
    try:
        if place.exists():
            say(f"{_put_aside(place)}: the configuration as it was")
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror}") from error
    say(f"{place}: written")


def _put_aside(place: Path) -> Path:
    """Rename the file to ``config.toml.old``, ``.old2`` and so on, whichever is free."""
    names = (place.with_name(f"{place.name}.old{n if n > 1 else ''}") for n in itertools.count(1))
    old = next(name for name in names if not name.exists())
    return place.rename(old)
