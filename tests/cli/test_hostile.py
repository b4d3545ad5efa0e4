"""What a feed says is shown as it stands: it styles nothing, steers nothing and hides nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.calling import call, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

TITLES = [
    "How <think> tags change [bold red]reasoning[/bold red] in [/] models",
    "Red \x1b[31mtitles\x1b[0m and \x1b]8;;https://evil.example\x07links\x1b]8;;\x07",
    "C1 \x9b31mcontrols\x9d0;owned\x9c and bells\x07",
    "Turned \u202egnirts\u202c and \u2066isolated\u2069 text",
    "[link=https://evil.example]Click[/link] :smile: {{ 7 * 7 }} {% raw %}",
    "Line\nbreaks\r\nand\ttabs\x0b\x0c\u2028every\u2029where",
    "Subject\r\nBcc: everybody@example.test",
    "<script>alert(1)</script> & <b>markup</b>",
    "W" * 3000,
    "Emoji 👩‍🔬 中文 ﷽ e\u0301",
]


@pytest.fixture
def day(folder: Path) -> str:
    entries = [
        {
            "paper": {
                "id": f"2605.{n:05d}",
                "title": title,
                "summary": f"Abstract {n}. {title}",
                "authors": [{"name": f"A {title[:40]}"}, {"name": "\x1b[2J"}],
                "publishedAt": "2026-05-21T00:00:00.000Z",
                "upvotes": 50 - n,
            }
        }
        for n, title in enumerate(TITLES, 1)
    ]
    (folder / "2026-05-22.json").write_text(json.dumps(entries))
    return "2026-05-22.json"


def _steering(text: str) -> set[str]:
    """The characters in `text` that could steer a terminal or turn its text."""
    return {
        c for c in text if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" or c in "\u202a\u202e\u2066\u2028"
    }


@pytest.mark.parametrize("form", ["terminal", "text", "html", "json"])
def test_nothing_steers(day: str, form: str) -> None:
    done = call("preview", "-s", day, "-i", "reasoning", "--format", form)
    assert (done.code, done.err) == (0, "")
    assert _steering(done.out) == set()


@pytest.mark.parametrize("args", [("sources", "read"), ("sources", "read", "--json")])
def test_nothing_steers_when_read(day: str, args: tuple[str, ...]) -> None:
    done = call(*args, day)
    assert (done.code, len(done.out.splitlines()) - ("--json" not in args)) == (0, len(TITLES))
    assert _steering(done.out) == set()


def test_markup_is_text(day: str) -> None:
    shown = " ".join(call("preview", "-s", day).out.split())
    assert TITLES[0] in shown
    assert TITLES[4] in shown
    assert "1. How <think>" in shown


def test_a_terminal_gets_only_our_own_codes(day: str) -> None:
    assert b"\x1b" not in on_terminal("preview", "-s", day, NO_COLOR="1")
    coloured = on_terminal("preview", "-s", day, "-i", "reasoning")
    assert b"\x1b[2J" not in coloured
    assert b"\x1b[31m" not in coloured
    assert b"\x1b]" not in coloured
    assert "\x9b".encode() not in coloured
    assert b"[bold red]" in coloured


def test_a_message_has_only_its_own_headers(day: str) -> None:
    lines = call("preview", "-s", day, "--format", "eml").out.partition("\r\n\r\n")[0].splitlines()
    assert [line for line in lines if line.lower().startswith("bcc")] == []


def test_an_interest_is_shown_as_it_is_written(day: str) -> None:
    done = call("preview", "-s", day, "-i", "[bold]\x1b[31mreasoning", "-i", "reasoning")
    assert "\x1b" not in done.out + done.err
    assert done.code in (0, 2)
