"""Installations to look at, and a certificate for loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from digest.app import App
from digest.config import parse
from digest.storage import create_store
from tests.factories import NOW
from tests.lab.certificates import issue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lab.certificates import Certificates

Tables = dict[str, Any]


@pytest.fixture
def app(tmp_path: Path) -> Callable[..., App]:
    """An installation with a database and a secret, by the tables of its configuration."""

    def made(**tables: Tables) -> App:
        mail = {"from": "Papers <papers@x.test>", "transport": "maildir", **tables.pop("mail", {})}
        app = App(parse({"mail": mail, **tables}, tmp_path / "config.toml"), lambda: NOW)
        secret = app.config.secret_path
        if not secret.exists():
            secret.write_text("a" * 64)
            secret.chmod(0o600)
            create_store(app.config.database_url).close()
        return app

    return made


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate for 127.0.0.1, good for a day, its key and its authority."""
    return issue(tmp_path_factory.mktemp("tls"))
