"""``digest interests check``: as lines, as JSON, on a terminal, for a subscriber, and without leaving a trace."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.calling import SECOND, call, drop, on_terminal

if TYPE_CHECKING:
    from tests.acceptance.house import House

ADA = "ada@example.test"
CODES = re.compile(rb"\x1b\[[0-9;]*m")


@pytest.fixture
def grown(lived_in: House) -> House:
    """An installation in which both days of the sample are stored."""
    drop(SECOND, lived_in.spool)
    lived_in.tick("2026-05-22T08:00:00Z")
    return lived_in


@pytest.mark.usefixtures("grown")
def test_one_line_for_each_fact() -> None:
    done = call("interests", "check", "agent", "nonesuch", "--days", "3650")
    assert (done.code, done.err) == (0, "")
    facts = [line.split(": ", 2) for line in done.out.splitlines()]
    agent = [rest for name, *rest in facts if name == "agent"]
    assert re.fullmatch(r"\d+ of \d+ papers", agent[0][0])
    assert [label for label, *_ in agent[1:]][:4] == ["weeks", "example", "example", "example"]
    assert re.fullmatch(r"2026-W\d\d \d+(, 2026-W\d\d \d+)*", agent[1][1])
    assert [rest for name, *rest in facts if name == "nonesuch"][-1] == ["note", "matches nothing"]


@pytest.mark.usefixtures("grown")
def test_as_json() -> None:
    agent, survey = call("interests", "check", "agents^2", "-survey", "--days", "3650", "--json").lines
    assert list(agent) == ["interest", "hits", "papers", "weeks", "examples", "goes_with", "found_as", "warnings"]
    assert agent["interest"] == "agents^2"
    assert sum(agent["weeks"].values()) == agent["hits"] > 0
    assert list(agent["weeks"]) == ["2026-W21"]
    assert len(agent["examples"]) == min(3, agent["hits"])
    weights = list(agent["goes_with"].values())
    assert weights == sorted(weights, reverse=True)
    assert all(0 < weight <= 1 for weight in weights)
    assert survey["goes_with"] == {}


@pytest.mark.usefixtures("grown")
def test_acronyms_and_typos() -> None:
    (llm, typo) = call("interests", "check", "LLM", "reinforcment learning", "--days", "3650", "--json").lines
    assert "large language model" in llm["found_as"]
    assert typo["warnings"] == ['matches nothing; did you mean "reinforcement learning"?']


@pytest.mark.usefixtures("grown")
def test_all_interests_of_a_subscriber_and_those_given_besides() -> None:
    mine = call("interests", "check", "--profile", ADA, "--json", "--days", "3650").lines
    assert [record["interest"] for record in mine] == ["reinforcement learning"]
    both = call("interests", "check", "--profile", ADA, "-learning", "--json", "--days", "3650").lines
    assert [record["interest"] for record in both] == ["reinforcement learning", "-learning"]
    assert 'papers that "reinforcement learning" finds' in " ".join(both[1]["warnings"])


@pytest.mark.usefixtures("grown")
def test_a_subscriber_without_interests_or_one_that_is_not_there() -> None:
    done = call("interests", "check", "--profile", "bob@example.test")
    assert (done.code, done.out, done.err) == (0, "", "bob@example.test has no interests: the trending list\n")
    done = call("interests", "check", "--profile", "eve@example.test")
    assert (done.code, done.out) == (2, "")
    assert "no subscriber eve@example.test" in done.err


def test_nothing_stored_is_changed(grown: House) -> None:
    def state() -> dict[str, str]:
        files = sorted(path for path in grown.root.rglob("*") if path.is_file())
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = state()
    assert call("interests", "check", "video agents", "--profile", ADA).code == 0
    assert state() == before


@pytest.mark.usefixtures("grown")
def test_what_cannot_be_learned_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.services.learning.Archive", lambda *_: 1 / 0)
    done = call("interests", "check", "agent", "--json", "--days", "3650")
    assert (done.code, done.json["interest"], done.json["goes_with"]) == (1, "agent", {})
    assert "digest: learning what goes with the interests: ZeroDivisionError" in done.err


@pytest.mark.usefixtures("grown")
def test_only_the_last_days_count() -> None:
    done = call("interests", "check", "agent", "--days", "1", "--json")
    assert done.json["papers"] == 0
    assert "no papers of the last 1 days are stored" in done.err


@pytest.mark.usefixtures("grown")
def test_on_a_terminal_weeks_are_bars() -> None:
    written = on_terminal("interests", "check", "agent", "nonesuch", "--days", "3650")
    assert CODES.search(written)
    lines = CODES.sub(b"", written).decode().splitlines()
    assert re.fullmatch(r"agent  \d+ of \d+ papers", lines[0].rstrip())
    assert re.fullmatch(r"  weeks +█  2026-W21 to 2026-W21, at most \d+ a week *", lines[1])
    assert lines[2].startswith("  example ")
    assert lines[-1].rstrip().endswith("matches nothing")
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("grown")
def test_no_color_is_respected() -> None:
    assert not CODES.search(on_terminal("interests", "check", "agent", "--days", "3650", NO_COLOR="1"))
