"""Every way in which a mail server can fail, and what `digest run` makes of it: nothing lost, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.relayed import DAYS, State, relayed, states, suppressed, tick
from tests.lab.faults import sink

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.dovecot import Dovecot
    from tests.lab.postfix import Postfix

READERS = ("ada@one.test", "bob@two.test")
MORNING, LATER, MUCH_LATER = DAYS[0], "2026-05-21T08:40:00Z", "2026-05-21T20:00:00Z"


def taken(server) -> list[tuple[str, str]]:
    """(recipient, Message-ID) of each message that the server has seen whole."""
    return sorted((str(m["X-Rcpt-Args"]).split()[0].strip("<>"), str(m["Message-ID"])) for m in server.taken())


@pytest.mark.parametrize("case", ["ok", "slow", "no-pipelining", "plain-helo"])
def test_a_server_of_any_age_and_speed_takes_each_message_once(case: str, tmp_path: Path) -> None:
    with sink(case) as server:
        house = relayed(tmp_path, server.port, READERS)
        summary = tick(house, MORNING)
        again = tick(house, LATER)
    assert summary["deliveries"] == {"accepted": 2}
    assert again["deliveries"] == {}
    assert states(house) == dict.fromkeys(READERS, State("accepted", 250))
    with sink("ok", server.port) as server:
        tick(house, MUCH_LATER)
        assert server.taken() == []


@pytest.mark.parametrize(("case", "code"), [("rcpt4", 450), ("dot4", 451), ("dot421", 421), ("drop-data", 0)])
def test_what_failed_for_now_goes_out_later(case: str, code: int, tmp_path: Path) -> None:
    with sink(case) as server:
        house = relayed(tmp_path, server.port, READERS)
        assert tick(house, MORNING)["deliveries"] == {"deferred": 2}
        seen = sorted(set(taken(server)))  # what was throttled was tried again at a slower pace
    assert states(house) == dict.fromkeys(READERS, State("deferred", code))
    assert suppressed(house) == {}
    with sink("ok", server.port) as server:
        assert tick(house, LATER)["deliveries"] == {"accepted": 2}
        assert [reader for reader, _ in taken(server)] == list(READERS)
        assert seen == (taken(server) if case.startswith("dot") else []), "the second try is the same message"


def test_no_conversation_at_all_counts_no_attempt(tmp_path: Path) -> None:
    with sink("connect421") as server:
        house = relayed(tmp_path, server.port, READERS)
        summary = tick(house, MORNING)
    assert "421" in summary["outage"]
    rows = house.run_json("deliveries")
    assert [(row["status"], row["attempts"]) for row in rows] == [("pending", 0)] * 2
    with sink("ok", server.port) as server:
        assert tick(house, "2026-05-21T08:01:00Z")["deliveries"] == {"accepted": 2}
        assert [reader for reader, _ in taken(server)] == list(READERS)


def test_an_address_that_never_took_mail_is_given_up_at_once(tmp_path: Path) -> None:
    with sink("rcpt5") as server:
        house = relayed(tmp_path, server.port, READERS)
        summary = tick(house, MORNING)
    assert summary["deliveries"] == {"failed": 2}
    assert states(house) == dict.fromkeys(READERS, State("failed", 550))
    assert suppressed(house) == dict.fromkeys(READERS, "dead")
    checked = house.run_json("suppressions", "check", READERS[0])[0]
    assert [(b["kind"], b["status"], b["origin"]) for b in checked["bounces"]] == [("hard", "5.1.1", "smtp")]


def test_a_refusal_of_our_mail_pauses_the_domain_and_gives_nobody_up(tmp_path: Path) -> None:
    with sink("dot5") as server:
        house = relayed(tmp_path, server.port, READERS)
        summary = tick(house, MORNING)
    assert {pause["domain"] for pause in summary["paused"]} == {"one.test", "two.test"}
    assert len(summary["alarms"]) == 2
    assert states(house) == dict.fromkeys(READERS, State("deferred", 554))
    assert suppressed(house) == {}
    with sink("ok", server.port) as server:
        assert tick(house, "2026-05-21T08:20:00Z")["deliveries"] == {}, "the pause runs"
        assert tick(house, "2026-05-21T08:50:00Z")["deliveries"] == {"accepted": 2}
        assert [reader for reader, _ in taken(server)] == list(READERS)


def test_a_line_cut_behind_the_dot_is_tried_once_more_with_the_same_message(tmp_path: Path) -> None:
    with sink("ambiguous") as server:
        house = relayed(tmp_path, server.port, READERS)
        assert tick(house, MORNING)["deliveries"] == {"unknown": 2}
        first = taken(server)
        assert [reader for reader, _ in first] == list(READERS)
        tick(house, LATER)
        assert taken(server) == sorted(first * 2)
        assert len({m.as_bytes() for m in map(_without_trace, server.taken())}) == 2
        assert tick(house, MUCH_LATER)["deliveries"] == {}
        assert len(server.taken()) == 4
    assert states(house) == dict.fromkeys(READERS, State("unknown", 0))
    assert suppressed(house) == {}


def _without_trace(message):
    for field in ("X-Client-Addr", "X-Client-Proto", "X-Helo-Args", "X-Mail-Args", "X-Rcpt-Args", "Received"):
        del message[field]
    return message


def test_a_line_cut_behind_the_dot_is_left_where_the_operator_wants_it(tmp_path: Path) -> None:
    with sink("ambiguous") as server:
        house = relayed(tmp_path, server.port, READERS, unknown="leave")
        for now in (MORNING, LATER, MUCH_LATER):
            tick(house, now)
        assert [reader for reader, _ in taken(server)] == list(READERS)
    assert states(house) == dict.fromkeys(READERS, State("unknown", 0))


@pytest.mark.xdist_group("postfix")
def test_refused_recipients_stop_nobody_else(postfix: Postfix, dovecot: Dovecot, tmp_path: Path) -> None:
    readers = [f"{name}@example.test" for name in ("alice", "grey", "full", "gone", "bob")]
    house = relayed(tmp_path, postfix.smtp, readers)
    summary = tick(house, MORNING)
    assert summary["deliveries"] == {"accepted": 2, "deferred": 2, "failed": 1}
    assert states(house) == {
        "alice@example.test": State("accepted", 250),
        "grey@example.test": State("deferred", 450),
        "full@example.test": State("deferred", 452),
        "gone@example.test": State("failed", 550),
        "bob@example.test": State("accepted", 250),
    }
    assert suppressed(house) == {"gone@example.test": "dead"}
    for row in house.run_json("deliveries", "--status", "accepted"):
        assert row["queue_id"] in postfix.log
        dovecot.mailbox(row["recipient"]).wait_for(row["message_id"])


@pytest.mark.xdist_group("postfix")
@pytest.mark.parametrize(("name", "code"), [("slow", 421), ("block", 554)])
def test_postfix_that_wants_less_or_nothing_of_us(name: str, code: int, postfix: Postfix, tmp_path: Path) -> None:
    reader = f"{name}@example.test"
    house = relayed(tmp_path, postfix.smtp, [reader])
    summary = tick(house, MORNING)
    assert states(house) == {reader: State("deferred", code)}
    assert [pause["domain"] for pause in summary["paused"]] == (["example.test"] if name == "block" else [])
    assert suppressed(house) == {}
