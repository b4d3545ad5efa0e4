"""``digest subscribers``: in, changed, out, and from one installation to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.house import build
from tests.cli.calling import Called, call

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.house import House

ADA, BOB = "ada@example.test", "bob@example.test"
pytestmark = pytest.mark.usefixtures("house")


def add(*args: str) -> Called:
    return call("subscribers", "add", *args)


def listed() -> list[str]:
    return [record["address"] for record in call("subscribers", "list", "--json").lines]


def test_add_with_every_wish() -> None:
    wishes = ("--name", "Ada", "--zone", "Europe/Zurich", "--send-at", "6:30", "--rhythm", "weekly:fri")
    limits = ("--max-papers", "7", "--min-score", "0.25", "--empty", "note")
    added = add(ADA, "-i", "diffusion^2", "-i", '"long video"', "-i", "-survey", *wishes, *limits, "--json").json
    del added["created_at"]
    assert added == {
        "address": ADA,
        "name": "Ada",
        "status": "active",
        "paused_until": None,
        "zone": "Europe/Zurich",
        "send_at": "06:30",
        "rhythm": "weekly:fri",
        "max_papers": 7,
        "min_score": 0.25,
        "empty": "note",
        "interests": ["diffusion^2", '"long video"', "-survey"],
        "next_due_at": None,
    }


def test_add_says_what_somebody_gets() -> None:
    assert add(ADA).out == f"added {ADA}: daily at 07:00 UTC; no interests: the trending list\n"


def test_defaults_come_from_the_configuration(house: House) -> None:
    with house.config.open("a") as file:
        file.write('[defaults]\nzone = "Asia/Tokyo"\nsend_at = "05:15"\ninterests = ["robots"]\n')
    assert add(ADA).out == f"added {ADA}: daily at 05:15 Asia/Tokyo; robots\n"


def test_twice_is_refused_whatever_the_case() -> None:
    add(ADA)
    again = add(ADA.upper())
    assert again.code == 2
    assert "is enrolled already" in again.err
    assert listed() == [ADA]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (("-i", '"long video'), '(column 1)\n  "long video\n  ^\n'),
        (("--zone", "Europe/Zurick"), 'did you mean "Europe/Zurich"?'),
        (("--send-at", "25:00"), "25:00"),
        (("--rhythm", "hourly"), "hourly"),
        (("--max-papers", "0"), "from 1 to 100"),
        (("--min-score", "2"), "from 0 to 1"),
        (("--empty", "maybe"), "'maybe' is not one of 'skip', 'note'"),
        (("--max-papers", "many"), "'many' is not a valid integer"),
    ],
)
def test_a_wish_that_cannot_be(wish: tuple[str, str], said: str) -> None:
    added = add(ADA, *wish)
    assert (added.code, added.out) == (2, "")
    assert said in added.err
    assert listed() == []


@pytest.mark.parametrize("address", ["ada", "ada@", "@example.test", "a b@example.test", "a@b\nBcc: c@d", "a@b\x1b[1m"])
def test_what_is_no_address(address: str) -> None:
    added = add(address)
    assert added.code == 2
    assert added.err.startswith("digest: ")
    assert "\x1b" not in added.err
    assert listed() == []


def test_set_changes_only_what_is_named() -> None:
    add(ADA, "-i", "diffusion", "--send-at", "06:30")
    changed = call("subscribers", "set", ADA, "--zone", "Asia/Tokyo", "--json").json
    assert (changed["zone"], changed["send_at"], changed["interests"]) == ("Asia/Tokyo", "06:30", ["diffusion"])
    assert call("subscribers", "set", ADA, "--no-interests", "--json").json["interests"] == []
    both = call("subscribers", "set", ADA, "--no-interests", "-i", "robots")
    assert (both.code, both.err) == (2, "digest: --no-interests and --interest exclude each other\n")


def test_list_and_show() -> None:
    add(ADA, "-i", "diffusion", "-i", "robots")
    header, row = (line.split("\t") for line in call("subscribers", "list").out.splitlines())
    assert header == ["address", "status", "rhythm", "send_at", "zone", "interests", "next_due_at"]
    assert row == [ADA, "active", "daily", "07:00", "UTC", "diffusion, robots", ""]
    shown = dict(line.split(maxsplit=1) for line in call("subscribers", "show", ADA).out.splitlines())
    assert (shown["address"], shown["interests"]) == (ADA, "diffusion, robots")
    assert call("subscribers", "show", ADA, "--json").json["editions"] == []


def test_nobody_yet() -> None:
    assert call("subscribers", "list").out.startswith("no subscribers yet")
    assert call("subscribers", "list", "--json").out == ""


@pytest.mark.parametrize("verb", ["show", "set", "remove"])
def test_somebody_unknown(verb: str) -> None:
    done = call("subscribers", verb, "nobody@example.test")
    assert done.code == 2
    assert done.err.startswith("digest: no subscriber nobody@example.test")


def test_remove_and_come_back() -> None:
    add(ADA)
    assert call("subscribers", "remove", ADA).out == f"removed {ADA}\n"
    assert [r["status"] for r in call("subscribers", "list", "--status", "gone", "--json").lines] == ["gone"]
    assert call("subscribers", "remove", ADA).code == 2
    assert "--again" in add(ADA).err
    assert add(ADA, "--again").code == 0
    assert [r["status"] for r in call("subscribers", "list", "--json").lines] == ["active"]


def test_an_export_is_an_import(tmp_path: Path) -> None:
    add(ADA, "-i", 'author:"Yann LeCun"^2', "--name", "Ada Ünal", "--send-at", "06:30", "--min-score", "0.2")
    add(BOB, "--rhythm", "weekdays", "--zone", "Asia/Tokyo")
    exported = call("subscribers", "export")
    file = tmp_path / "people.jsonl"
    assert call("subscribers", "export", str(file)).out == ""
    assert file.read_text(encoding="utf-8") == exported.out
    other = tmp_path / "other"
    other.mkdir()
    config = str(build(other).config)
    assert call("-c", config, "subscribers", "import", str(file)).out == "added 2, changed 0, skipped 0\n"
    assert [_lasting(r) for r in call("-c", config, "subscribers", "export").lines] == [
        _lasting(r) for r in exported.lines
    ]
    again = call("-c", config, "subscribers", "import", "--json", "-", stdin=exported.out.encode())
    assert again.json == {"added": [], "changed": [ADA, BOB], "skipped": []}


def _lasting(record: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in record.items() if key not in ("created_at", "next_due_at")}


def test_a_bad_line_stops_no_other(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    bad = json.dumps({"address": "carl@example.test", "zone": "Mars/Base"})
    file.write_text(f"# our readers\n{ADA}\n\nno address\n{{broken\n{bad}\n{BOB}\n")
    done = call("subscribers", "import", str(file))
    assert (done.code, done.out) == (1, "added 2, changed 0, skipped 3\n")
    assert [line.split(":")[0].strip() for line in done.err.splitlines()] == ["line 4", "line 5", "line 6"]
    assert listed() == [ADA, BOB]


def test_who_left_stays_away_from_an_import(tmp_path: Path) -> None:
    add(ADA)
    call("subscribers", "remove", ADA)
    done = call("subscribers", "import", "-", stdin=f"{ADA}\n".encode())
    assert (done.code, done.out) == (1, "added 0, changed 0, skipped 1\n")
    assert "has left" in done.err


def test_a_file_in_another_encoding_enrols_nobody(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_bytes(f"{ADA}\n".encode() + "# für alle\n".encode("latin-1"))
    done = call("subscribers", "import", str(file))
    assert done.code == 2
    assert "is not UTF-8" in done.err
    assert listed() == []
