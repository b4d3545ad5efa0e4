"""This machine: configuration, secret, keys, database, disk, templates, subscribers."""

from __future__ import annotations

import os
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from digest.doctor import database, house
from digest.doctor.findings import Level
from digest.doctor.house import LEAST_FREE, LITTLE_FREE, is_nobodys, zone_finding
from digest.errors import ConfigError
from digest.mail.dkim import make_key
from digest.storage.steps import STEPS
from tests.factories import subscriber
from tests.storage.databases import new_postgresql

if TYPE_CHECKING:
    from pathlib import Path


def levels(findings):
    return [(finding.check, finding.level) for finding in findings]


def test_every_mistake_of_a_configuration_is_a_finding(tmp_path):
    found = house.broken_config(ConfigError(["smtp.port: too large", "mail.from: missing"], "c.toml"))
    assert [f.what for f in found] == ["c.toml: smtp.port: too large", "c.toml: mail.from: missing"]
    assert {f.level for f in found} == {Level.ERROR}


def test_without_a_configuration_one_is_to_be_made():
    (finding,) = house.broken_config(ConfigError(["there is no such file; ..."], "config.toml"))
    assert finding.todo.splitlines()[-1].strip() == "digest init"


def test_an_examples_sender_is_told(app):
    found = list(house.config_findings(app(mail={"from": "d@example.org", "transport": "sendmail"}).config))
    assert levels(found) == [("configuration", Level.OK), ("sender", Level.ERROR)]
    found = list(house.config_findings(app(mail={"from": "d@example.org"}).config))
    assert levels(found) == [("configuration", Level.OK), ("sender", Level.WARNING)]


@pytest.mark.parametrize(("chosen", "level"), [("", Level.NOTE), ("papers.new.test", Level.WARNING)])
def test_a_list_that_is_known_by_another_name_is_told(app, chosen, level):
    wired = app(mail={"from": "d@new.test", "list_id": chosen})
    with wired.store() as store:
        store.note("list_id", "digest.old.test")
    (finding,) = (f for f in house.config_findings(wired.config) if f.check == "list")
    assert finding.level is level
    assert "digest.old.test" in finding.what


@pytest.mark.parametrize("domain", ["example.org", "mail.example.com", "x.test", "localhost", "home.local"])
def test_some_domains_are_nobodys(domain):
    assert is_nobodys(domain)
    assert not is_nobodys(f"{domain}.arxiv.org")


def test_who_asks_the_web_says_who_they_are(app):
    config = app(mail={"from": "d@arxiv.org"}, sources=[{"name": "a", "url": "https://x.test/"}]).config
    assert levels(house.config_findings(config)) == [("configuration", Level.OK), ("configuration", Level.NOTE)]


def test_a_secret_is_for_its_owner_alone(app):
    config = app().config
    assert levels(house.secret_findings(config)) == [("secret", Level.OK)]
    config.secret_path.chmod(0o644)
    (finding,) = house.secret_findings(config)
    assert (finding.level, finding.todo.splitlines()[-1].strip()) == (Level.WARNING, f"chmod 600 {config.secret_path}")
    config.secret_path.unlink()
    (finding,) = house.secret_findings(config)
    assert (finding.level, finding.todo.splitlines()[-1].strip()) == (Level.ERROR, "digest init")


def test_a_secret_may_come_from_the_environment(app, monkeypatch):
    config = app().config
    config.secret_path.unlink()
    monkeypatch.setenv("DIGEST_SECRET", "b" * 40)
    assert [f.what for f in house.secret_findings(config)] == ["the key that signs links comes from the environment"]


def test_passwords_are_looked_at(app, tmp_path):
    config = app(smtp={"username": "u", "password_file": "pw"}).config
    assert levels(house.secret_findings(config)) == [("secret", Level.OK), ("smtp password", Level.ERROR)]
    (tmp_path / "pw").write_text("hush")
    (tmp_path / "pw").chmod(0o640)
    assert levels(house.secret_findings(config)) == [("secret", Level.OK), ("smtp password", Level.WARNING)]


def rsa(bits):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=bits).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    place.chmod(0o600)


def test_keys_are_looked_at_where_we_sign(app, tmp_path):
    assert list(house.key_findings(app().config)) == []
    config = app(dkim={"selector": "s1", "ed25519_selector": "s2"}).config
    assert [f.level for f in house.key_findings(config)] == [Level.ERROR, Level.ERROR]
    write(tmp_path / "dkim.pem", rsa(1024))
    write(tmp_path / "dkim-ed25519.pem", make_key("ed25519"))
    weak, mine, strong, also = house.key_findings(config)
    assert (weak.level, f"{tmp_path / 'dkim.pem'} has an RSA key of 1024 bits; 2048 are advised") == (
        Level.WARNING,
        weak.what,
    )
    assert [f.level for f in (mine, strong, also)] == [Level.OK] * 3
    write(tmp_path / "dkim.pem", b"no key")
    assert next(house.key_findings(config)).level is Level.ERROR


def test_a_database_of_today_is_good_and_stays_as_it_is(app, tmp_path):
    config = app().config
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert levels(database.database_findings(config)) == [("database", Level.OK)]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_older_database_is_not_migrated(app, tmp_path):
    config = app().config
    with sqlite3.connect(tmp_path / "digest.db") as connection:
        connection.execute(f"DELETE FROM schema_steps WHERE number = {len(STEPS)}")
    connection.close()
    (finding,) = database.database_findings(config)
    assert (finding.level, "older version" in finding.what) == (Level.NOTE, True)
    with sqlite3.connect(tmp_path / "digest.db") as connection:
        assert connection.execute("SELECT max(number) FROM schema_steps").fetchone() == (len(STEPS) - 1,)
    connection.close()


def test_a_newer_database_is_an_error():
    assert database.judge_schema("d", 9, 8).level is Level.ERROR


def test_a_missing_database_is_to_be_made(app, tmp_path):
    config = app().config
    (tmp_path / "digest.db").unlink()
    (finding,) = database.database_findings(config)
    assert (finding.level, finding.todo.splitlines()[-1].strip()) == (Level.ERROR, "digest init")


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_what_is_no_database_is_an_error(app, tmp_path, content):
    config = app().config
    (tmp_path / "digest.db").write_bytes(content)
    (finding,) = database.database_findings(config)
    assert finding.level is Level.ERROR


def test_a_damaged_database_is_found_out(app, tmp_path):
    config, place = app().config, tmp_path / "digest.db"
    with app().store() as store:
        for _ in range(400):
            store.add_subscriber(subscriber(id=0))
    with sqlite3.connect(place) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'subscribers'").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with place.open("r+b") as file:
        file.seek((root - 1) * 4096 + 8)
        file.write(bytes(2000))
    assert Level.ERROR in [f.level for f in database.database_findings(config)]


def test_a_database_for_all_to_read_is_told(app, tmp_path):
    config = app().config
    (tmp_path / "digest.db").chmod(0o644)
    assert levels(database.database_findings(config)) == [("database", Level.OK), ("database", Level.WARNING)]


@pytest.mark.parametrize(
    ("free", "level"), [(LEAST_FREE - 1, Level.ERROR), (LITTLE_FREE - 1, Level.WARNING), (10**12, Level.OK)]
)
def test_room_on_the_disk(app, monkeypatch, free, level):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    assert levels(house.disk_findings(app().config)) == [("disk", level)]


def test_subscribers_are_counted(app):
    made = app()
    assert [f.level for f in house.subscriber_findings(made)] == [Level.NOTE, Level.OK]
    with made.store() as store:
        store.add_subscriber(subscriber(id=0, zone="Asia/Tokyo"))
    first, second = house.subscriber_findings(made)
    assert first.what == "1 active subscriber"
    assert second.what == "the data on Asia/Tokyo, UTC is there"


def test_a_zone_without_data_is_told():
    assert zone_finding(["UTC", "Mars/Olympus", "../etc/passwd"]).what == "no data on Mars/Olympus, ../etc/passwd"


def test_the_built_in_templates_are_in_order(app):
    assert levels(house.template_findings(app())) == [("templates", Level.OK)]


def test_a_broken_template_is_named(app, tmp_path):
    (tmp_path / "templates" / "mail").mkdir(parents=True)
    (tmp_path / "templates" / "mail" / "digest.html").write_text("{{ nothing_of_that_name }}")
    found = list(house.template_findings(app(mail={"templates": "templates"})))
    assert Level.ERROR in [f.level for f in found]
    assert "digest.html:1" in found[0].what


def test_folders_that_may_not_be_written_to(tmp_path):
    assert house.writable(tmp_path)
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        assert not house.writable(tmp_path)


def test_a_database_server_is_looked_at(app):
    url = new_postgresql()
    config = app(database={"url": url}).config
    assert levels(database.database_findings(config)) == [("database", Level.OK)]


def test_a_database_server_without_our_tables_is_an_error(app):
    made = app()
    config = app(database={"url": new_postgresql()}).config
    (finding,) = database.database_findings(config)
    assert (finding.level, finding.todo.splitlines()[-1].strip()) == (Level.ERROR, "digest init")
    assert made.config.database_url != config.database_url
