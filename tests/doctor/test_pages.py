"""Our own pages: where they answer, who reaches that place; how strangers join; commands by mail."""

from __future__ import annotations

import socket

import pytest

from digest.doctor.findings import Level
from digest.doctor.house import secret_findings
from digest.doctor.joining import command_findings, joining_findings
from digest.doctor.pages import operator_findings, page_findings

URL = {"web_url": "https://papers.x.test"}
INSIDE, OUTSIDE = "127.0.0.1:1", "192.0.2.1:80"


def told(judge, app, **tables):
    return [(finding.level, finding.what) for finding in judge(app(**tables).config)]


@pytest.fixture(autouse=True)
def _unreachable(monkeypatch):
    """No test waits for an address that nobody has."""
    monkeypatch.setattr("digest.doctor.handover._SECONDS", 0.05)


def test_pages_that_nobody_makes_are_noted(app):
    assert told(page_findings, app, web={"listen": ""}) == [
        (Level.NOTE, "web.listen is empty, so there are no pages here: people subscribe and leave by mail")
    ]
    ((_, what),) = told(page_findings, app, web={"listen": ""}, digest=URL)
    assert what.endswith("https://papers.x.test must be answered by another `digest web`")


def test_who_listens_is_heard(app):
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        found = told(page_findings, app, web={"listen": place, "proxies": 1}, digest=URL)
    assert found == [
        (Level.OK, f"somebody listens at {place} (web.listen)"),
        (Level.OK, f"only this machine reaches {place}, and who asks is read from X-Forwarded-For"),
    ]
    assert told(page_findings, app, web={"listen": place})[0][0] is Level.NOTE


def test_without_an_address_links_lead_nowhere_else(app):
    found = told(page_findings, app, web={"listen": INSIDE})
    assert [level for level, _ in found] == [Level.NOTE, Level.NOTE]
    assert "lead to http://127.0.0.1:1, which is this very machine" in found[1][1]
    assert "are not in the mail" in told(page_findings, app, web={"listen": "/run/digest/web.sock"})[1][1]


@pytest.mark.parametrize(
    ("listen", "proxies", "words"),
    [
        (INSIDE, 0, "web.proxies is 0, though a web server must stand in front of 127.0.0.1:1"),
        ("/run/digest/web.sock", 0, "web.proxies is 0"),
        (OUTSIDE, 1, "whoever reaches 192.0.2.1:80 without your web server can pretend to be anybody"),
        (OUTSIDE, 0, "the pages answer at 192.0.2.1:80 without TLS"),
    ],
)
def test_what_stands_in_front_must_fit(app, listen, proxies, words):
    *_, (level, what) = told(page_findings, app, web={"listen": listen, "proxies": proxies}, digest=URL)
    assert (level, what.startswith(words)) == (Level.WARNING, True)


def operator(app, monkeypatch, password="a password of 24 letters", **web):
    monkeypatch.setenv("OPERATOR", password)
    return told(operator_findings, app, web={"listen": INSIDE, **web})


def test_who_sees_the_page_of_the_operator(app, monkeypatch):
    by_password, by_header = {"operator_password_env": "OPERATOR"}, {"operator_header": "X-User", "proxies": 1}
    assert operator(app, monkeypatch)[0][0] is Level.NOTE
    assert operator(app, monkeypatch, **by_password, listen="")[0][0] is Level.NOTE
    assert operator(app, monkeypatch, **by_password) == [(Level.OK, "a password opens /operator")]
    assert operator(app, monkeypatch, "short", **by_password) == []  # the check of the secrets tells
    assert operator(app, monkeypatch, "", **by_password) == []
    assert [level for level, _ in operator(app, monkeypatch, **by_password, **by_header)] == [Level.OK, Level.OK]
    outside = operator(app, monkeypatch, **by_password, **by_header, listen=OUTSIDE)
    assert [level for level, _ in outside] == [Level.ERROR, Level.ERROR]
    assert "can send X-User, and is let in" in outside[0][1]


def test_its_password_is_a_secret_like_others(app, tmp_path):
    file = tmp_path / "operator"
    file.write_text("a password of 24 letters\n")
    file.chmod(0o644)
    config = app(web={"operator_password_file": str(file)}).config
    assert [(f.check, f.level) for f in secret_findings(config)][1:] == [("operator password", Level.WARNING)]
    file.write_text("short\n")
    [_, short] = secret_findings(config)
    assert (short.check, short.level) == ("operator password", Level.ERROR)
    assert "5 characters can be guessed: take 12 or more at random" in short.what
    file.unlink()
    assert [(f.check, f.level) for f in secret_findings(config)][1:] == [("operator password", Level.ERROR)]


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({}, (Level.OK, "strangers can subscribe at http://127.0.0.1:8420/subscribe")),
        (
            {"digest": URL, "joining": {"address": "papers@x.test"}},
            (Level.OK, "strangers can subscribe at https://papers.x.test/subscribe and by mail to papers@x.test"),
        ),
        ({"joining": {"open": False}}, (Level.NOTE, "strangers cannot subscribe")),
        ({"web": {"listen": ""}}, (Level.WARNING, "strangers may subscribe, but there is no way")),
    ],
)
def test_the_ways_in(app, tables, expected):
    ((level, what),) = told(joining_findings, app, **tables)
    assert (level, what[: len(expected[1])]) == expected


def test_commands_that_nobody_proves_are_an_error(app):
    assert told(command_findings, app)[0][0] is Level.NOTE
    joining, inbound = {"address": "papers@x.test"}, {"lmtp": INSIDE, "authserv_id": "mx.x.test"}
    assert told(command_findings, app, joining=joining, inbound=inbound) == [
        (Level.OK, "what comes to papers@x.test is taken in over LMTP at 127.0.0.1:1")
    ]
    found = told(command_findings, app, joining=joining, mail={"reply_to": "me@x.test"})
    assert [level for level, _ in found] == [Level.ERROR, Level.NOTE, Level.NOTE]
    assert "is not followed: inbound.authserv_id is empty" in found[0][1]
    assert found[2][1].startswith("answers to the digest go to me@x.test")
    crowded = told(command_findings, app, joining={"address": f"{'p' * 40}@x.test"}, inbound=inbound)
    assert (crowded[0][0], "leaves no room" in crowded[0][1]) == (Level.ERROR, True)


def test_the_pipe_that_is_advised(app):
    made = app(joining={"address": "papers@x.test"}, inbound={"authserv_id": "mx.x.test"})
    (finding,) = command_findings(made.config)
    line = finding.todo.splitlines()[-1]
    assert line.startswith('    papers: "|')
    assert line.endswith(f'-c {made.config.place} receive"')
