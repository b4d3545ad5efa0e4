"""The commands that show what is stored, and the one that makes it: papers, deliveries, status, interests, run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.calling import call, drop

if TYPE_CHECKING:
    from tests.acceptance.house import House

NOON = "2026-05-22T12:00:00Z"


def test_run_says_what_it_did(lived_in: House) -> None:
    done = call("run", "--now", NOON)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "huggingface: new: 16 new of 17 entries",
        "editions: 2 to mail",
        "deliveries: 2 accepted",
    ]
    again = call("run", "--now", NOON)
    assert again.out.splitlines()[1:] == [
        "editions: 0 to mail",
        "deliveries: none due",
        "next edition: bob@example.test at 2026-05-22 22:00Z",
    ]
    assert len(lived_in.mails()) == 4


@pytest.mark.usefixtures("lived_in")
def test_run_as_json() -> None:
    summary = call("run", "--now", NOON, "--json").json
    (look,) = summary["sources"]
    assert (look["name"], look["verdict"], look["entries"], look["new"]) == ("huggingface", "new", 17, 16)
    assert [(e["subscriber"], e["edition_date"], e["mailed"]) for e in summary["editions"]] == [
        ("bob@example.test", "2026-05-22", True),
        ("ada@example.test", "2026-05-22", True),
    ]
    assert (summary["deliveries"], summary["outage"], summary["not_due"]) == ({"accepted": 2}, "", [])


def test_run_names_what_failed_and_goes_on(lived_in: House) -> None:
    bad = lived_in.root / "bad.json"
    bad.write_text("{}")
    drop(bad, lived_in.spool, "2026-05-22-bad.json")
    done = call("run", "--now", NOON)
    assert done.code == 1
    assert "2026-05-22-bad.json" in done.out + done.err
    assert "deliveries: 2 accepted" in done.out


def test_run_names_the_mail_server_that_is_away(lived_in: House) -> None:
    text = lived_in.config.read_text().replace('"maildir"', '"smtp"')
    lived_in.config.write_text(text + '[smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n')
    done = call("run", "--now", NOON)
    assert done.code == 1
    assert "no mail could be sent: " in done.err
    assert call("deliveries", "--status", "pending", "--json").lines != []


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize("moment", ["2026-05-22T12:00:00", "2026-05-22", "noon", "", "2026-13-01T00:00:00Z"])
def test_run_at_no_moment(moment: str) -> None:
    done = call("run", "--now", moment)
    assert (done.code, done.out) == (2, "")
    assert "zone" in done.err or "ISO 8601" in done.err


@pytest.mark.usefixtures("lived_in")
def test_run_at_a_moment_in_a_zone() -> None:
    editions = call("run", "--now", "2026-05-22T21:30:00+09:00", "--json").json["editions"]
    assert {edition["created_at"] for edition in editions} == {"2026-05-22T12:30:00Z"}


@pytest.mark.usefixtures("lived_in")
def test_papers() -> None:
    records = call("papers", "--json").lines
    assert len(records) == 11
    assert set(records[0]) == {
        *("key", "title", "abstract", "authors", "categories", "url", "published", "upvotes", "comments"),
        *("revision", "sources", "aliases", "first_seen"),
    }
    assert call("papers", "--limit", "3", "--json").lines == records[:3]
    header, *lines = (line.split("\t") for line in call("papers").out.splitlines())
    assert header == ["first_seen", "key", "upvotes", "title"]
    assert lines == [["2026-05-21 08:00Z", r["key"], str(r["upvotes"]), r["title"]] for r in records]


def test_papers_since_and_new(lived_in: House) -> None:
    assert call("papers", "--new").out.startswith("no papers")
    call("subscribers", "remove", "bob@example.test")
    lived_in.config.write_text(lived_in.config.read_text().replace("[mail]", '[mail]\nfooter = "x"'))
    call("subscribers", "set", "ada@example.test", "--send-at", "23:00")
    call("run", "--now", NOON)
    new = call("papers", "--new", "--json").lines
    assert len(new) == 16
    assert new == call("papers", "--since", "2026-05-22", "--json").lines
    assert len(call("papers", "--since", "2026-05-21", "--json").lines) == 27
    assert call("papers", "--since", "2026-05-23", "--json").out == ""


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize("args", [("--since", "yesterday"), ("--limit", "0"), ("--limit", "x"), ("--sinec", "x")])
def test_papers_called_wrongly(args: tuple[str, ...]) -> None:
    assert call("papers", *args).code == 2


@pytest.mark.usefixtures("lived_in")
def test_deliveries() -> None:
    records = call("deliveries", "--json").lines
    assert sorted((r["recipient"], r["status"]) for r in records) == [
        ("ada@example.test", "accepted"),
        ("bob@example.test", "accepted"),
    ]
    assert call("deliveries", "--status", "accepted", "--json").lines == records
    assert call("deliveries", "--status", "failed").out == "no deliveries\n"
    wrong = call("deliveries", "--status", "lost")
    assert wrong.code == 2
    assert "'accepted'" in wrong.err


@pytest.mark.usefixtures("lived_in")
def test_status() -> None:
    record = call("status", "--json").json
    assert record["counts"]["papers"] == 11
    assert record["counts"]["subscribers_active"] == 2
    assert record["deliveries"] == {"accepted": 2}
    assert record["next_due"] == {"subscriber": "bob@example.test", "at": "2026-05-21T22:00:00Z"}
    assert call("status").out.splitlines() == [
        "papers: 11",
        "snapshots: 1",
        "subscribers: 2 active",
        "source huggingface: partial at 2026-05-21 08:00Z: "
        "11 new of 11 entries; the list of 2026-05-21 is partial and still growing",
        "editions: 2",
        "deliveries: 2 accepted",
        "next edition: bob@example.test at 2026-05-21 22:00Z",
    ]


@pytest.mark.usefixtures("house")
def test_status_of_a_new_installation() -> None:
    assert call("status").out.splitlines() == [
        "papers: 0",
        "snapshots: 0",
        "subscribers: none",
        "source huggingface: not looked at yet",
        "editions: 0",
        "deliveries: none",
    ]


@pytest.mark.usefixtures("lived_in")
def test_interests_check() -> None:
    done = call("interests", "check", "agent", "-survey", '"no such phrase"', "--days", "3650", "--json")
    found = {record["interest"]: record for record in done.lines}
    assert (done.code, list(found)) == (0, ["agent", "-survey", '"no such phrase"'])
    assert found["agent"]["papers"] == 11
    assert 0 < len(found["agent"]["examples"]) <= found["agent"]["hits"]
    assert (found['"no such phrase"']["hits"], found['"no such phrase"']["examples"]) == (0, [])
    assert call("interests", "check", "agent", "--days", "3650").out.startswith("agent: ")


@pytest.mark.usefixtures("house")
def test_interests_check_without_papers() -> None:
    done = call("interests", "check", "agent")
    assert (done.code, done.out) == (0, "agent: 0 of 0 papers\n")
    assert "`digest run` fetches some" in done.err


@pytest.mark.parametrize(("term", "column"), [('"open', 1), ("a^x", 2), ("cat:cs.CL author:", 11)])
def test_interests_check_of_what_does_not_parse(term: str, column: int) -> None:
    done = call("interests", "check", term)
    assert done.code == 2
    assert f"(column {column})" in done.err
    assert term in done.err
