"""Sources: looked at once, and told in a line each."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor import sources
from digest.doctor.findings import Level
from digest.doctor.sources import Look, ahead, judge, source_findings
from digest.model import SourceSpec
from digest.sources.polite import Politeness
from tests.cli.calling import SECOND, drop
from tests.factories import NOW
from tests.sources.server import Reply, serving


@pytest.fixture
def web(monkeypatch):
    """A server for which it is `NOW`."""
    set_clock(monkeypatch, NOW)
    with serving() as server:
        yield server


def set_clock(monkeypatch, moment):
    told = format_datetime(moment, usegmt=True)
    monkeypatch.setattr("http.server.BaseHTTPRequestHandler.date_time_string", lambda *_: told)


def told(app, **spec):
    made = app(sources=[{"name": "s", "private": True, **spec}])
    found = source_findings(made, made.config.sources[0], Politeness(clock=lambda: NOW, sleep=lambda _: None))
    return [(finding.check, finding.level, finding.what) for finding in found]


def listing(*days):
    papers = [
        {"paper": {"id": f"2605.{n:05}", "title": f"Paper {n}", "summary": "Text.", "publishedAt": f"{day}T00:00:00Z"}}
        for n, day in enumerate(days)
    ]
    return json.dumps(papers).encode()


def test_a_feed_is_counted(app, web):
    web.replies["/f"] = Reply(listing("2026-05-24", NOW.date().isoformat()))
    assert told(app, url=f"{web.url}/f") == [("s", Level.OK, "2 entries, the newest of today")]
    assert web.paths == ["/f"]


def test_an_old_feed_is_doubted(app, web):
    web.replies["/f"] = Reply(listing("2026-01-02"))
    assert told(app, url=f"{web.url}/f") == [("s", Level.WARNING, "1 entry, the newest of 2026-01-02")]


@pytest.mark.parametrize(
    ("reply", "level", "what"),
    [
        (Reply(b"<html><p>Hello</p></html>"), Level.ERROR, "is no feed: "),
        (Reply(b"gone", 404), Level.ERROR, "cannot be reached: "),
        (Reply(b"slowly", 429), Level.WARNING, "asks to be left alone for now: "),
    ],
)
def test_what_is_no_feed_is_an_error(app, web, reply, level, what):
    web.replies["/f"] = reply
    ((_, found, said),) = told(app, url=f"{web.url}/f")
    assert (found, said.startswith(what)) == (level, True)


def test_a_host_that_is_not_there_is_an_error(app):
    ((_, level, what),) = told(app, url="http://127.0.0.1:1/")
    assert (level, "no answer" in what) == (Level.ERROR, True)


def test_a_host_inside_is_asked_only_if_the_source_says_so(app, web):
    web.replies["/f"] = Reply(listing("2026-05-24"))
    made = app(sources=[{"name": "s", "url": f"{web.url}/f"}])
    (found,) = source_findings(made, made.config.sources[0], Politeness(clock=lambda: NOW, sleep=lambda _: None))
    assert (found.level, web.asked) == (Level.ERROR, [])
    assert 'write "private = true" under this source' in found.todo


def test_a_key_in_the_url_is_not_told(app, web):
    web.replies["/f?api_key=s3cret"] = Reply(b"no such key: api_key=s3cret", 403)
    ((_, _, what),) = told(app, url=f"{web.url}/f?api_key=s3cret")
    assert "api_key=***" in what
    assert "s3cret" not in what


def test_an_empty_feed_is_noted(app, web):
    empty = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'
    web.replies["/f"] = Reply(empty, headers={"Content-Type": "application/rss+xml"})
    assert told(app, url=f"{web.url}/f") == [("s", Level.NOTE, "a feed, with no entries at the moment")]


def test_a_folder_is_looked_at(app, tmp_path):
    spool = tmp_path / "spool"
    ((_, level, what),) = told(app, path="spool")
    assert (level, what.startswith("cannot be reached: ")) == (Level.ERROR, True)
    spool.mkdir()
    assert told(app, path="spool") == [("s", Level.NOTE, f"{spool} is there, with no snapshot in it yet")]
    drop(SECOND, spool)
    ((_, level, what),) = told(app, path="spool")
    assert (level, what.partition(" ")[2].startswith("entries, the newest of 2026-05-2")) == (Level.OK, True)


def test_standard_input_is_left_alone(app):
    assert told(app, path="-")[0][1] is Level.NOTE


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(minutes=12), "12 minutes ahead of"),
        (timedelta(hours=-3), "3 hours behind"),
        (timedelta(days=40), "40 days ahead of"),
    ],
)
def test_a_wrong_clock_is_noticed(app, web, monkeypatch, ahead, words):
    set_clock(monkeypatch, NOW - ahead)
    web.replies["/f"] = Reply(listing(NOW.date().isoformat()))
    (_, (check, level, what)) = told(app, url=f"{web.url}/f")
    assert (check, level) == ("clock", Level.WARNING)
    assert what == f"our clock is {words} that of s's host: mail will come at the wrong time"


def test_a_cached_answer_tells_no_time(app, web, monkeypatch):
    web.replies["/f"] = Reply(listing(NOW.date().isoformat()), headers={"Age": "4000"})
    set_clock(monkeypatch, NOW - timedelta(hours=2))
    assert [level for _, level, _ in told(app, url=f"{web.url}/f")] == [Level.OK]


@given(st.text())
def test_no_header_is_too_much_for_the_clock(text):
    assert isinstance(ahead(text, NOW), timedelta)


def test_rejects_are_told():
    spec = SourceSpec("s", path="spool")
    found = list(judge(spec, Look(snapshots=1, entries=2, rejects=3), NOW))
    assert [(f.level, f.what) for f in found] == [
        (Level.OK, "2 entries"),
        (Level.WARNING, "3 more entries could not be read"),
    ]


def test_no_sources_are_an_error():
    assert sources.no_sources().level is Level.ERROR
