"""Terminals, pipes and files: colours where they belong, nothing that steers a terminal, no fuss when a pipe ends."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli.output import minute, printable
from digest.model import iso
from tests.cli.calling import SECOND, call, command, on_terminal, process

if TYPE_CHECKING:
    from tests.acceptance.house import House

ESC = b"\x1b"
LISTS = (("papers",), ("subscribers", "list"), ("deliveries",), ("sources", "list"), ("status",))


@given(st.text())
def test_printable_text_steers_nothing_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    assert not set(shown) & {chr(c) for c in (*range(9), *range(11, 32), *range(127, 160))}
    shown.encode()


@given(st.text(st.characters(categories=("L", "N", "P", "Zs"))))
def test_printable_text_is_left_alone(text: str) -> None:
    assert printable(text) == text


def test_what_is_written_out() -> None:
    assert printable("a\x1b[1m\r\x9bb\u202ec\udcff\t\n") == "a\\x1b[1m\\r\\x9bb\\u202ec\\udcff\t\n"


def test_an_instant_for_people() -> None:
    assert minute(iso(datetime(2026, 5, 25, 7, 30, 59, 123, UTC))) == "2026-05-25 07:30Z"
    assert minute(iso(datetime(2026, 5, 25, tzinfo=UTC))) == "2026-05-25"
    assert minute(None) == ""


def test_colours_on_a_terminal_only(lived_in: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ESC in on_terminal("preview", "--sample")
    assert ESC in on_terminal("papers")
    monkeypatch.delenv("NO_COLOR")
    piped = process("preview", "--sample")
    assert (piped.returncode, piped.stderr) == (0, b"")
    assert ESC not in piped.stdout
    for args in LISTS:
        assert "\x1b" not in call(*args).out
    assert lived_in.config.exists()


@pytest.mark.usefixtures("lived_in")
def test_no_codes_at_all_where_none_are_wanted() -> None:
    for args in (("preview", "--sample"), ("papers",), ("run", "--now", "2026-05-22T12:00:00Z")):
        written = on_terminal(*args, NO_COLOR="1")
        assert ESC not in written
        assert written.strip()


@pytest.mark.usefixtures("lived_in")
def test_a_table_on_a_terminal_fits_it() -> None:
    lines = on_terminal("papers", NO_COLOR="1").decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) > 12


@pytest.mark.usefixtures("lived_in")
def test_a_table_in_a_pipe_is_a_line_a_row() -> None:
    lines = call("papers").out.splitlines()
    assert len(lines) == 1 + 11
    assert {line.count("\t") for line in lines} == {3}


@pytest.mark.parametrize(
    "args",
    [
        ("preview", "--sample"),
        ("preview", "--sample", "--format", "html"),
        ("sources", "read", str(SECOND)),
        ("sources", "read", str(SECOND), "--json"),
    ],
)
def test_a_reader_that_goes_away(args: tuple[str, ...]) -> None:
    with subprocess.Popen(command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(30) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_disk_that_is_full() -> None:
    with open("/dev/full", "wb") as full:
        done = process("preview", "--sample", stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith(b"digest: [Errno 28] ")
    assert b"Traceback" not in done.stderr


def test_an_encoding_that_lacks_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    for_people = process("sources", "read", str(SECOND))
    assert (for_people.returncode, for_people.stderr) == (0, b"")
    assert b"\t?-Bench" in for_people.stdout
    as_json = process("sources", "read", str(SECOND), "--json")
    assert "π-Bench".encode() in as_json.stdout


def test_names_that_would_steer_the_terminal(folder: Path) -> None:
    name = "\x1b]0;owned\x07.txt"
    (folder / name).write_text("\x1b[31mred\x9b")
    for args in (("sources", "read", name), ("preview", "-s", name), ("sources", "read", "\x1b[31m"), ("\x1b[31m",)):
        done = call(*args)
        assert done.code in (1, 2)
        assert "\x1b" not in done.out + done.err, args
        assert "\x9b" not in done.out + done.err, args


def test_a_name_that_is_no_text(folder: Path) -> None:
    done = process("sources", "read", b"\xff.json")  # type: ignore[arg-type]
    assert done.returncode == 1
    assert done.stderr.startswith(b"digest: \\udcff.json: ")
    assert list(folder.iterdir()) == []
