"""`digest dkim`: keys appear where they are missing and are never touched; the records are what signers sign for."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import pytest

from digest.mail.dkim import load_signer, make_key, public_record
from tests.cli.calling import Called, call

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.house import House

ONE = '\n[dkim]\nselector = "digest2026"\n'
TWO = ONE + 'ed25519_selector = "short"\ndomain = "Mail.example.test"\n'


def dkim(house: House, lines: str, *args: str) -> Called:
    """`digest dkim` with `lines` at the end of the configuration."""
    text = house.config.read_text().partition("\n[dkim]")[0]
    house.config.write_text(text + lines)
    return call("-c", str(house.config), "dkim", *args)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_without_a_selector_it_says_which_lines_are_missing(house: House) -> None:
    called = dkim(house, "")
    assert (called.code, called.out) == (2, "")
    lines = called.err[called.err.index("  [dkim]") :]
    assert not list(house.root.glob("*.pem"))
    again = dkim(house, "\n" + re.sub(r"(?m)^  ", "", lines))
    assert (again.code, len(again.out.splitlines())) == (0, 2)


def test_keys_are_made_for_the_owner_alone_and_their_records_printed(house: House) -> None:
    called = dkim(house, TWO)
    keys = [house.root / "dkim.pem", house.root / "dkim-ed25519.pem"]
    assert called.code == 0
    assert [mode(key) for key in keys] == [0o600, 0o600]
    records = [re.fullmatch(r'(\S+)\. IN TXT ((?:"[^"]{1,255}" ?)+)', line) for line in called.out.splitlines()]
    assert [record[1] for record in records if record] == [
        "digest2026._domainkey.mail.example.test",
        "short._domainkey.mail.example.test",
    ]
    texts = ["".join(re.findall(r'"([^"]*)"', record[2])) for record in records if record]
    assert texts == [public_record(key.read_bytes()) for key in keys]
    assert called.err.count("a new") == 2
    assert "next: publish these records" in called.err


def test_a_second_call_changes_nothing_and_prints_the_same(house: House) -> None:
    first = dkim(house, TWO)
    before = {key: (key.read_bytes(), key.stat().st_mtime_ns) for key in house.root.glob("*.pem")}
    again = dkim(house, TWO)
    assert (again.code, again.out) == (0, first.out)
    assert {key: (key.read_bytes(), key.stat().st_mtime_ns) for key in house.root.glob("*.pem")} == before
    assert again.err.count("is kept") == 2


def test_json_has_all_that_a_program_needs(house: House) -> None:
    made, again = (dkim(house, ONE, "--json").json for _ in range(2))
    key = house.root / "dkim.pem"
    record = public_record(key.read_bytes())
    assert made == {
        "name": "digest2026._domainkey.example.test",
        "type": "TXT",
        "value": record,
        "strings": [record[:255], record[255:]],
        "algorithm": "rsa",
        "selector": "digest2026",
        "domain": "example.test",
        "key_file": str(key),
        "made": True,
    }
    assert again == made | {"made": False}


def test_the_key_is_one_that_signs_for_that_name(house: House) -> None:
    told = dkim(house, ONE, "--json").json
    signer = load_signer((house.root / "dkim.pem").read_bytes(), told["domain"], told["selector"])
    assert (signer.name, signer.record) == (told["name"], told["value"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is not a private key in PEM form"), (make_key("ed25519"), "holds an Ed25519 key, and an RSA key belongs")],
    ids=["nothing", "ed25519"],
)
def test_a_file_that_is_no_such_key_is_named_and_stays(house: House, content: bytes, reason: str) -> None:
    key = house.root / "dkim.pem"
    key.write_bytes(content)
    called = dkim(house, ONE)
    assert (called.code, called.out) == (2, "")
    assert f"dkim.key_file: {key}" in called.err
    assert reason in called.err
    assert key.read_bytes() == content


def test_a_key_that_others_can_read_is_pointed_out(house: House) -> None:
    dkim(house, ONE)
    (house.root / "dkim.pem").chmod(0o644)
    assert "chmod 600" in dkim(house, ONE).err
    assert mode(house.root / "dkim.pem") == 0o644


@pytest.mark.parametrize("place", ["none/dkim.pem", "spool"])
def test_a_place_where_no_key_can_be_is_named(house: House, place: str) -> None:
    called = dkim(house, f'{ONE}key_file = "{place}"\n')
    assert called.code == 2
    assert f"dkim.key_file: cannot {'read' if place == 'spool' else 'write'} {house.root / place}" in called.err
