"""``digest init``: two commands from an empty folder to something that runs."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config import example
from tests.cli.calling import call

if TYPE_CHECKING:
    import pytest


def test_it_makes_three_files(folder: Path) -> None:
    done = call("init")
    assert (done.code, done.err) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == ["config.toml", "digest.db", "secret"]
    assert (folder / "config.toml").read_text(encoding="utf-8") == example()
    assert done.out.splitlines()[-1].startswith("next: ")


def test_the_secret_is_the_owners_alone(folder: Path) -> None:
    call("init")
    secret = folder / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(bytes.fromhex(secret.read_text())) == 32


def test_again_it_keeps_everything(folder: Path) -> None:
    call("init")
    (folder / "config.toml").write_text("[digest]\ntitle = 'Mine'\n")
    call("subscribers", "add", "ada@example.test")
    before = {path.name: path.read_bytes() for path in (folder / "config.toml", folder / "secret")}
    assert call("init").code == 0
    assert {path.name: path.read_bytes() for path in (folder / "config.toml", folder / "secret")} == before
    assert [record["address"] for record in call("subscribers", "list", "--json").lines] == ["ada@example.test"]


def test_force_keeps_every_older_configuration(folder: Path) -> None:
    place = folder / "config.toml"
    for text in ("# the first\n", "# the second\n"):
        place.write_text(text)
        assert call("init", "--force").code == 0
        assert place.read_text(encoding="utf-8") == example()
    assert (folder / "config.toml.old").read_text() == "# the first\n"
    assert (folder / "config.toml.old2").read_text() == "# the second\n"


def test_the_configuration_goes_where_it_is_looked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("DIGEST_CONFIG", str(elsewhere / "mine.toml"))
    assert call("init").code == 0
    assert sorted(path.name for path in elsewhere.iterdir()) == ["digest.db", "mine.toml", "secret"]
    assert call("status").code == 0


def test_a_folder_that_is_missing() -> None:
    done = call("-c", "nowhere/config.toml", "init")
    assert (done.code, done.out, done.err) == (2, "", "digest: nowhere is no folder: make it first\n")
    assert not Path("nowhere").exists()


def test_a_place_that_cannot_be_written(folder: Path) -> None:
    done = call("-c", "/proc/config.toml", "init")
    assert done.code == 2
    assert done.err.startswith("digest: cannot write /proc/config.toml: ")
    assert list(folder.iterdir()) == []


def test_a_configuration_with_mistakes_makes_no_database(folder: Path) -> None:
    (folder / "config.toml").write_text("[mail]\nfrom = 'nobody'\n")
    done = call("init")
    assert done.code == 2
    assert "mail.from: " in done.err
    assert [path.name for path in folder.iterdir()] == ["config.toml"]


def test_a_lost_secret_is_not_made_anew_without_a_word(folder: Path) -> None:
    call("init")
    assert call("suppressions", "add", "bob@example.test").code == 0
    (folder / "secret").unlink()
    again = call("init")
    assert (again.code, (folder / "secret").exists()) == (2, False)
    assert "suppressed addresses" in again.err
    assert "--new-secret" in again.err
    assert call("run").code == 2
    taken = call("init", "--new-secret")
    assert taken.code == 0
    assert "lost, as only a hash of the old secret is known: 1" in taken.out
    assert call("status").code == 0


def test_with_another_secret_nothing_runs_and_everything_says_why(folder: Path) -> None:
    call("init")
    call("subscribers", "add", "ada@example.test")
    old = (folder / "secret").read_bytes()
    (folder / "secret").write_text("0123456789abcdef" * 4)
    for args in (["run"], ["init"], ["status"], ["subscribers", "list"], ["serve"], ["web"]):
        done = call(*args)
        assert (done.code, "not the secret that this database was used with" in done.err) == (2, True), args
    assert call("receive", stdin=b"From: a@b.test\n\nx\n").code == 75
    told = call("doctor", "--offline", "--json")
    findings = [one for one in told.lines if one["check"] == "secret"]
    assert [one["level"] for one in findings if "not the secret" in one["what"]] == ["error"]
    (folder / "secret").write_bytes(old)
    assert call("status").code == 0
    assert "was refused" in call("doctor", "--offline").out


def test_a_new_key_before_the_old_one_is_taken_and_then_needed(folder: Path) -> None:
    call("init")
    old = (folder / "secret").read_text()
    (folder / "secret").write_text("0123456789abcdef" * 4 + "\n" + old)
    assert call("status").code == 0
    (folder / "secret").write_text(old)
    assert "the key that signs" in call("status").err
    assert call("init", "--new-secret").code == 0
    assert call("status").code == 0


def test_what_is_written_is_its_owners_alone_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        call("init")
        place = folder / "config.toml"
        place.write_text(place.read_text().replace('transport = "smtp"', 'transport = "maildir"'))
        call("subscribers", "add", "ada@example.test")
        call("subscribers", "export", "people.jsonl")
        call("preview", "--sample", "--output", "preview.html")
        call("run")
        written = [path for path in folder.rglob("*") if path != place]
        open_to_others = [str(path) for path in written if path.stat().st_mode & 0o077]
    finally:
        os.umask(before)
    assert {"digest.db", "secret", "people.jsonl", "preview.html"} <= {path.name for path in written}
    assert open_to_others == []
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
