"""``digest init``: a configuration, a database, a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from digest.errors import UsageError


@click.command()
@click.option("--force", is_flag=True, help="Write a new config.toml even if there is one (the old one is kept).")
@click.pass_obj
def command(obj: dict[str, Any], force: bool) -> None:
    """Write a commented config.toml, make the database and a secret.

    What is there already stays as it is, so that it is safe to call again.
    """
    from digest.app import App, make_secret
    from digest.config import example
    from digest.storage import create_store

    place = Path(obj["config"] or "config.toml")
    _write_config(place, example(), force)
    app = App.load(str(place))
    secret = app.config.secret_path
    click.echo(f"{secret}: {'a new secret, keep it to yourself' if make_secret(secret) else 'kept'}")
    with create_store(app.config.database_url):
        click.echo(f"{app.config.shown_database}: ready")
    click.echo(f"next: edit {place}, `digest sources check`, `digest subscribers add`, `digest run`")


def _write_config(place: Path, text: str, force: bool) -> None:
    if place.exists() and not force:
        click.echo(f"{place}: kept as it is")
        return
    if not place.parent.is_dir():
        raise UsageError(f"{place.parent} is no folder: make it first")
    if place.exists():
        old = place.with_suffix(place.suffix + ".old")
        place.replace(old)
        click.echo(f"{old}: the configuration as it was")
    place.write_text(text, encoding="utf-8")
    click.echo(f"{place}: written")
