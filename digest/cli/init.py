"""``digest init``: a configuration, a database, a secret."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import click

from digest.cli.output import say
from digest.errors import UsageError


@click.command(short_help="Write a commented config.toml; make the database, a secret.")
@click.option("--force", is_flag=True, help="Write a new config.toml even if there is one (the old one is kept).")
@click.pass_obj
def command(obj: dict[str, Any], force: bool) -> None:
    """Write a commented config.toml, make the database and a secret.

    What is there already stays as it is, so that it is safe to call again.
    """
    from digest.app import App, make_secret
    from digest.config import example
    from digest.config.loading import CONFIG_VARIABLE
    from digest.storage import create_store

    place = Path(obj["config"] or os.environ.get(CONFIG_VARIABLE) or "config.toml")
    _write_config(place, example(), force)
    app = App.load(str(place))
    secret = app.config.secret_path
    say(f"{secret}: {'a new secret, keep it to yourself' if make_secret(secret) else 'kept'}")
    with create_store(app.config.database_url):
        say(f"{app.config.shown_database}: ready")
    say(f"next: edit {place}, `digest sources check`, `digest subscribers add`, `digest run`")


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
