"""``digest feedback``: what subscribers think of papers, and what it does to their ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.calling import SECOND, call

if TYPE_CHECKING:
    from tests.acceptance.house import House

ADA, BOB = "ada@example.test", "bob@example.test"


@pytest.fixture
def papers(lived_in: House) -> list[str]:
    """The keys of two stored papers."""
    assert lived_in.config.is_file()
    return [record["key"] for record in call("papers", "--limit", "2", "--json").lines]


def test_add_list_and_drop(papers: list[str]) -> None:
    empty = call("feedback", "list", ADA)
    assert (empty.code, empty.out) == (0, f"nothing yet: `digest feedback add {ADA} PAPER`\n")
    one, two = papers
    done = call("feedback", "add", ADA, one.removeprefix("arxiv:") + "v1")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{ADA} likes {one}: ")
    disliked = call("feedback", "add", "ADA@example.TEST", two, "--disliked", "--json").json
    assert disliked.pop("at").startswith("20")
    title = disliked.pop("title")
    assert disliked == {"key": two, "opinion": "disliked", "origin": "cli"}
    header, *lines = (line.split("\t") for line in call("feedback", "list", ADA).out.splitlines())
    assert header == ["said_at", "opinion", "key", "title"]
    assert [line[1:3] for line in lines] == [["disliked", two], ["liked", one]]
    assert lines[0][3] == title
    assert [r["opinion"] for r in call("feedback", "list", ADA, "--json").lines] == ["disliked", "liked"]
    assert call("feedback", "list", BOB, "--json").lines == []
    dropped = call("feedback", "drop", ADA, one)
    assert (dropped.code, dropped.out.startswith(f"{ADA} says nothing any more of {one}: ")) == (0, True)
    assert [r["key"] for r in call("feedback", "list", ADA, "--json").lines] == [two]


def test_a_bad_paper_is_named_and_the_others_are_taken(papers: list[str]) -> None:
    done = call("feedback", "add", ADA, "1706.03762", papers[0], "\x1b[31m", "--json")
    assert (done.code, [record["key"] for record in done.lines]) == (1, [papers[0]])
    reason = "no such paper is stored: `digest papers` lists them"
    assert done.err.splitlines() == [f"digest: 1706.03762: {reason}", rf"digest: \x1b[31m: {reason}"]
    back = call("feedback", "drop", ADA, papers[1], papers[0])
    assert (back.code, back.err) == (1, f"digest: {papers[1]}: {ADA} said nothing of such a paper\n")
    assert call("feedback", "list", ADA, "--json").lines == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("list", "eve@example.test"), "no subscriber eve@example.test"),
        (("add", "eve@example.test", "1706.03762"), "no subscriber eve@example.test"),
        (("drop", "eve@example.test", "1706.03762"), "no subscriber eve@example.test"),
        (("add", ADA), "Missing argument 'PAPER...'"),
        (("lst", ADA), "Did you mean 'list'?"),
    ],
)
@pytest.mark.usefixtures("papers")
def test_called_wrongly(args: tuple[str, ...], said: str) -> None:
    done = call("feedback", *args)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_preview_tries_a_like_out_and_keeps_nothing(papers: list[str]) -> None:
    shown = call("preview", "--for", ADA, "--like", papers[0], "--json")
    assert (shown.code, shown.err) == (0, "")
    assert shown.json["looked_at"] > 0
    assert call("feedback", "list", ADA, "--json").lines == []
    wrong = call("preview", "--for", ADA, "--like", "1706.03762")
    assert (wrong.code, wrong.out) == (2, "")
    assert "1706.03762: no such paper is stored" in wrong.err


def test_a_paper_of_the_snapshot_shown_may_be_liked() -> None:
    listed = call("preview", "-s", str(SECOND), "--json").json["picks"][0]["key"]
    assert call("preview", "-s", str(SECOND), "--like", listed, "--json").code == 0
