"""HttpSource against a real server: validators, dates, pages, and what an answer's status means."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone

import pytest

from digest.errors import NotAFeed, Throttled, Unreachable
from digest.model import Snapshot, SourceState
from digest.sources import NotModified
from digest.sources.bounds import Bounds
from tests.factories import NOW
from tests.sources.server import Asked, Reply, look, packed, source

FEED = b"<rss version='2.0'><channel><title>t</title></channel></rss>"


def test_a_snapshot_is_the_bytes_and_where_they_came_from(web, polite):
    web.replies["/feed?q=a+b"] = Reply(FEED, headers={"Content-Type": "application/rss+xml; charset=utf-8"})
    web_source = source(web.url + "/feed?q=a+b", polite, kind="feed")
    assert look(web_source, NOW) == [
        Snapshot(
            source="web",
            taken_at=NOW,
            content=FEED,
            place=web.url + "/feed?q=a+b",
            kind="feed",
            media_type="application/rss+xml; charset=utf-8",
        )
    ]


def test_the_header_set_is_full(web, polite):
    web.replies["/"] = Reply(FEED)
    look(source(web.url + "/", polite), NOW)
    headers = web.asked[0].headers
    assert headers["host"] == web.url.removeprefix("http://")
    assert headers["user-agent"].startswith("digest/")
    assert headers["accept-encoding"] == "gzip, deflate"
    assert "application/rss+xml" in headers["accept"]
    assert headers["accept-language"] == "en"


def test_the_operators_headers_and_login_are_sent(web, polite):
    web.replies["/"] = Reply(FEED)
    url = web.url.replace("//", "//reader:s%C3%A9cret@") + "/"
    with_login = source(url, polite, headers={"User-Agent": "mine", "X-Key": "k"})
    assert [s.place for s in look(with_login, NOW)] == [web.url + "/"]
    headers = web.asked[0].headers
    assert (headers["user-agent"], headers["x-key"]) == ("mine", "k")
    assert headers["authorization"] == "Basic cmVhZGVyOnPDqWNyZXQ="


def test_a_password_stands_neither_in_errors_nor_in_validators(web, polite):
    web.replies["/"] = [Reply(FEED, headers={"ETag": '"1"'}), Reply(status=500)]
    with_login = source(web.url.replace("//", "//reader:secret@") + "/", polite)
    look(with_login, NOW)
    assert with_login.validators == {web.url + "/": {"etag": '"1"'}}
    with pytest.raises(Unreachable) as caught:
        look(with_login, NOW)
    assert "secret" not in str(caught.value)


def test_validators_are_sent_again_and_304_is_not_modified(web, polite):
    told = {"ETag": 'W/"abc"', "Last-Modified": "Mon, 25 May 2026 04:00:14 GMT"}
    web.replies["/"] = [Reply(FEED, headers=told), Reply(status=304)]
    web_source = source(web.url + "/", polite)
    assert len(look(web_source, NOW)) == 1
    kept = {web.url + "/": {"etag": 'W/"abc"', "last_modified": told["Last-Modified"]}}
    assert web_source.validators == kept

    assert look(web_source, NOW, kept) == [NotModified(web.url + "/")]
    assert web_source.validators == kept
    sent = web.asked[1].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('W/"abc"', told["Last-Modified"])


def test_validators_follow_what_the_server_says(web, polite):
    web.replies["/"] = [Reply(FEED, headers={"ETag": '"2"'}), Reply(FEED)]
    web_source = source(web.url + "/", polite)
    look(web_source, NOW, {web.url + "/": {"etag": '"1"'}, "http://gone.test/": {"etag": '"x"'}})
    assert web_source.validators == {web.url + "/": {"etag": '"2"'}}
    look(web_source, NOW, web_source.validators)
    assert web_source.validators == {}


def test_validators_that_cannot_be_sent_back_are_not_kept(web, polite):
    web.replies["/"] = Reply(FEED, headers={"ETag": '"' + "x" * 2000 + '"', "Last-Modified": "fév"})
    web_source = source(web.url + "/", polite)
    look(web_source, NOW)
    assert web_source.validators == {}


def test_a_snapshot_that_was_not_ingested_is_fetched_again(web, polite):
    """The process dies between fetch and ingest: the iteration never goes on after the snapshot."""
    web.replies["/"] = Reply(FEED, headers={"ETag": '"1"'})
    web_source = source(web.url + "/", polite)
    fetching = web_source.fetch(SourceState("web"), NOW)
    next(fetching)
    assert web_source.validators == {}
    assert next(fetching, None) is None
    assert web_source.validators == {web.url + "/": {"etag": '"1"'}}


def test_a_304_that_was_not_asked_for_is_no_answer(web, polite):
    web.replies["/"] = Reply(status=304)
    with pytest.raises(Unreachable, match="HTTP 304"):
        look(source(web.url + "/", polite), NOW)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_packed_answers_are_unpacked(web, polite, encoding):
    web.replies["/"] = packed(FEED, **{"Content-Encoding": encoding})
    assert [s.content for s in look(source(web.url + "/", polite), NOW)] == [FEED]


# dates


def test_each_of_the_last_days_is_asked_for_oldest_first(web, polite):
    for day in ("23", "24", "25"):
        web.replies[f"/2026-05-{day}"] = Reply(day.encode(), headers={"ETag": f'"{day}"'})
    web_source = source(web.url + "/{date}", polite, days=3)
    fetched = look(web_source, NOW, {web.url + "/2026-05-22": {"etag": '"22"'}})
    assert [(s.content, s.listed_on) for s in fetched] == [
        (b"23", date(2026, 5, 23)),
        (b"24", date(2026, 5, 24)),
        (b"25", date(2026, 5, 25)),
    ]
    assert web_source.validators == {f"{web.url}/2026-05-{d}": {"etag": f'"{d}"'} for d in ("23", "24", "25")}


def test_days_are_those_of_utc(web, polite):
    web.replies["/2026-05-24"] = Reply(b"x")
    early = datetime(2026, 5, 25, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert [s.listed_on for s in look(source(web.url + "/{date}", polite, days=1), early)] == [date(2026, 5, 24)]


def test_400_for_today_is_a_quiet_day(web, polite):
    """Hugging Face answers so for a date that has not begun."""
    web.replies = {"/2026-05-24": Reply(b"x"), "/2026-05-25": Reply(b'{"error":"bad date"}', 400)}
    assert [s.listed_on for s in look(source(web.url + "/{date}", polite), NOW)] == [date(2026, 5, 24)]


def test_400_for_a_day_that_is_over_is_an_error_but_the_other_days_stay(web, polite):
    web.replies = {"/2026-05-24": Reply(b'{"error":"bad date"}', 400), "/2026-05-25": Reply(b"x")}
    fetching = source(web.url + "/{date}", polite).fetch(SourceState("web"), NOW)
    assert next(fetching).listed_on == date(2026, 5, 25)
    with pytest.raises(Unreachable, match=r'2026-05-24: HTTP 400 Bad Request: \{"error":"bad date"\}'):
        next(fetching)


def test_a_day_that_leads_elsewhere_does_not_stand_for_the_day(web, polite):
    """Hugging Face leads from the page of a weekend day to the latest page."""
    web.replies = {"/2026-05-25": Reply(status=302, headers={"Location": "/papers"}), "/papers": Reply(b"latest")}
    [snapshot] = look(source(web.url + "/{date}", polite, days=1), NOW)
    assert (snapshot.listed_on, snapshot.place) == (None, web.url + "/papers")


# pages


def test_pages_are_joined_unchanged_into_one_list(web, polite):
    web.replies = {"/0": Reply(b' [{"a": 1.50},\n 2] '), "/1": Reply(b'["\xc3\xa9"]'), "/2": Reply(b" [ ] ")}
    [snapshot] = look(source(web.url + "/{page}", polite), NOW)
    assert snapshot.content == b'[{"a": 1.50},\n 2,\n"\xc3\xa9"]'
    assert json.loads(snapshot.content) == [{"a": 1.5}, 2, "é"]
    assert web.paths == ["/0", "/1", "/2"]


def test_an_empty_first_page_is_an_empty_list(web, polite):
    web.replies = {"/0": Reply(b"[]")}
    assert [s.content for s in look(source(web.url + "/{page}", polite), NOW)] == [b"[]"]
    assert web.paths == ["/0"]


def test_pages_are_always_asked_for_in_full(web, polite):
    web.replies = {"/0": Reply(b"[1]", headers={"ETag": '"1"'}), "/1": Reply(b"[]")}
    paged = source(web.url + "/{page}", polite)
    look(paged, NOW, {web.url + "/{page}": {"etag": '"1"'}})
    assert "if-none-match" not in web.asked[0].headers
    assert paged.validators == {}


def test_a_failing_page_leaves_its_day_out_and_no_other(web, polite):
    def answer(asked: Asked) -> Reply:
        return Reply(status=500) if asked.path == "/2026-05-24?p=1" else Reply(b"[]" if "p=1" in asked.path else b"[1]")

    web.replies = {f"/2026-05-{d}?p={p}": answer for d in (24, 25) for p in (0, 1)}
    fetching = source(web.url + "/{date}?p={page}", polite).fetch(SourceState("web"), NOW)
    snapshot = next(fetching)
    assert (snapshot.content, snapshot.listed_on) == (b"[1]", date(2026, 5, 25))
    with pytest.raises(Unreachable, match=r"2026-05-24\?p=1: HTTP 500"):
        next(fetching)


def test_400_for_todays_first_page_is_a_quiet_day(web, polite):
    web.replies = {"/2026-05-25/0": Reply(status=400)}
    assert look(source(web.url + "/{date}/{page}", polite, days=1), NOW) == []


@pytest.mark.parametrize("body", [b"<html>", b'{"error": "no"}', b"[1", b"", b"[" * 100_000, b"\xff\xfe[\x00"])
def test_a_page_that_is_no_list_is_no_feed(web, polite, body):
    web.replies = {"/0": Reply(body)}
    with pytest.raises(NotAFeed, match="no page of a list"):
        look(source(web.url + "/{page}", polite), NOW)


def test_the_number_of_pages_is_bounded(web, polite):
    web.replies = {f"/{n}": Reply(b"[%d]" % n) for n in range(9)}
    [snapshot] = look(source(web.url + "/{page}", polite, Bounds(pages=3)), NOW)
    assert json.loads(snapshot.content) == [0, 1, 2]


def test_a_host_that_ignores_page_numbers_is_asked_twice(web, polite):
    web.replies = {f"/{n}": Reply(b"[1, 2]") for n in range(9)}
    [snapshot] = look(source(web.url + "/{page}", polite), NOW)
    assert (snapshot.content, web.paths) == (b"[1, 2]", ["/0", "/1"])


def test_the_pages_together_are_bounded(web, polite):
    web.replies = {f"/{n}": Reply(b'["%d"]' % (10**30 + n)) for n in range(9)}
    with pytest.raises(Unreachable, match="together larger than the 100 bytes"):
        look(source(web.url + "/{page}", polite, Bounds(size=100)), NOW)


# errors


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"no such feed", 404), "HTTP 404 Not Found: no such feed"),
        (Reply(b"<html><script>x</script><p>Server &amp; <b>down</b>\x1b[31m", 500), "Server & down"),
        (Reply(b"", 599), "HTTP 599"),
        (Reply(b"\xff" * 9000, 403), "HTTP 403 Forbidden"),
        (Reply(status=300), "HTTP 300 Multiple Choices"),
    ],
)
def test_an_error_answer_is_told_in_short(web, polite, reply, words):
    web.replies["/"] = reply
    with pytest.raises(Unreachable) as caught:
        look(source(web.url + "/", polite), NOW)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "120"}, 120),
        (503, {"Retry-After": "120"}, 120),
        (406, {"Retry-After": "7"}, 7),
        (429, {"Retry-After": "Mon, 25 May 2026 08:30:00 GMT"}, 1800),
        (429, {"Retry-After": "Mon, 25 May 2026 07:00:00 GMT"}, 0),
        (429, {"Retry-After": "99999999"}, 86_400),
        (429, {"RateLimit": '"api";r=0;t=123'}, 123),
        (429, {"RateLimit": '"pages";r=5;t=9, "api";r=0;t=60'}, 60),
        (429, {"Retry-After": "soon"}, None),
        (429, {}, None),
        (406, {}, None),
    ],
)
def test_throttling_is_told_with_its_end(web, polite, status, headers, wait):
    web.replies["/"] = Reply(b"slow down", status, headers)
    with pytest.raises(Throttled, match="asked for fewer requests") as caught:
        look(source(web.url + "/", polite), NOW)
    assert caught.value.retry_at == (None if wait is None else NOW + timedelta(seconds=wait))


def test_rate_exceeded_with_status_200_is_throttling(web, polite):
    """arXiv does so, and a feed parser takes it for an empty feed."""
    web.replies["/"] = Reply(b"Rate exceeded.")
    with pytest.raises(Throttled):
        look(source(web.url + "/", polite), NOW)


def test_a_throttled_host_is_not_asked_again_before_its_time(web, polite):
    web.replies["/"] = Reply(status=429, headers={"Retry-After": "60"})
    for _ in range(2):
        with pytest.raises(Throttled) as caught:
            look(source(web.url + "/", polite), NOW)
        assert caught.value.retry_at == NOW + timedelta(seconds=60)
    assert len(web.asked) == 1


def test_throttling_ends_the_look_and_what_came_before_stays(web, polite):
    web.replies = {"/2026-05-24": Reply(b"x"), "/2026-05-25": Reply(status=429)}
    fetching = source(web.url + "/{date}", polite).fetch(SourceState("web"), NOW)
    assert next(fetching).content == b"x"
    with pytest.raises(Throttled):
        next(fetching)


def test_a_used_up_quota_holds_the_next_request_back(web, polite):
    web.replies["/"] = Reply(FEED, headers={"RateLimit": '"api";r=0;t=30'})
    assert len(look(source(web.url + "/", polite), NOW)) == 1
    with pytest.raises(Throttled) as caught:
        look(source(web.url + "/", polite), NOW)
    assert caught.value.retry_at == NOW + timedelta(seconds=30)
