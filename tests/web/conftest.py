"""A site over a store in a file, with the real pieces, at the moment `NOW`; and a browser without scripts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from digest import config as configuration
from digest.app import App
from digest.mail.templates import environment
from digest.model import Snapshot
from digest.services import look
from digest.storage import Store, create_store, open_store
from digest.web import create_app
from digest.web.site import site as make_site
from tests.factories import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from jinja2 import Environment

    from digest.model import Subscriber
    from digest.web.site import Site

SECRET = b"a secret of the tests"
BASE = "https://papers.example.test"


def listed(number: int, **fields: Any) -> dict[str, Any]:
    """A paper as Hugging Face lists it; the same number is the same paper."""
    paper = {
        "id": f"2605.{number:05d}",
        "title": f"Paper number {number}",
        "summary": f"We study case {number} of the matter at hand. It works well in practice.",
        "authors": [{"name": "Ada Lovelace"}, {"name": "Alan Turing"}],
        "publishedAt": "2026-05-24T00:00:00.000Z",
        "upvotes": number,
    }
    return {"paper": {**paper, **fields}}


def put(store: Store, *papers: dict[str, Any] | int, now: datetime = NOW, source: str = "hf") -> int:
    """Ingest the list of the day of `now`, which holds these papers; the id of its snapshot."""
    content = json.dumps([listed(one) if isinstance(one, int) else one for one in papers]).encode()
    store.sync_sources([source])
    return look.ingest(store, Snapshot(source, now, content, "day.json", listed_on=now.date())).snapshot_id


def site_of(store: Store, folder: Path, **sections: dict[str, Any]) -> Site:
    """A site over `store`; `sections` of the configuration are added to those of the tests."""
    document: dict[str, dict[str, Any]] = {
        "digest": {"title": "Paper Digest", "web_url": BASE},
        "mail": {"from": "Paper Digest <digest@example.test>"},
        "joining": {"address": "digest@example.test"},
    }
    for name, options in sections.items():
        document[name] = {**document.get(name, {}), **options}
    app = App(configuration.parse(document, folder / "config.toml"), clock=lambda: NOW, secret=SECRET)
    made = make_site(app, store)
    return made if "templates" in document["mail"] else replace(made, environment=_built_in())


@cache
def _built_in() -> Environment:
    """The built-in templates, compiled once for all tests."""
    return environment()


@pytest.fixture(scope="session")
def _empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store."""
    place = tmp_path_factory.mktemp("empty") / "digest.db"
    create_store(f"sqlite:///{place}").close()
    return place


@pytest.fixture
def store(tmp_path: Path, _empty: Path) -> Iterator[Store]:
    """An empty store in a file, that several threads may use."""
    place = shutil.copy(_empty, tmp_path / "digest.db")
    with open_store(f"sqlite:///{place}") as opened:
        yield opened


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Site:
    """Everything that pages are made from, over `store`."""
    return site_of(store, tmp_path)


@pytest.fixture
def app(site: Site) -> Flask:
    """The application; a mistake in a page is answered by the page for mistakes, as in life."""
    return create_app(site)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who asks for pages."""
    return app.test_client()


@pytest.fixture
def ada(site: Site) -> Subscriber:
    """Somebody who has got an edition."""
    from tests.web.readers import reader

    known, _ = reader(site, interests="diffusion models, -survey", zone="Europe/Berlin")
    return site.store.subscriber(known.id)


@pytest.fixture
def place(site: Site, ada: Subscriber) -> str:
    """Her page."""
    from tests.web.readers import paths

    return paths(site).manage(ada)


@pytest.fixture
def add(store: Store) -> Callable[..., int]:
    """Puts papers into the store; see `put`."""
    return lambda *papers, **fields: put(store, *papers, **fields)
