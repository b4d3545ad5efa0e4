"""What every answer says to browsers, who is believed, and what visitors see of our mistakes: nothing."""

from __future__ import annotations

import logging

import pytest
from flask import request

from digest.errors import StorageError, TokenError, UsageError
from digest.web import MAX_BODY, create_app, security
from digest.web import request as asking
from tests.web.conftest import put, site_of

PATHS = ("/", "/atom", "/nothing", "/search?q=%22", "/static/style.css", "/robots.txt", "/health", "/paper/2605.00001")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_every_answer_has_the_headers(client, add, path, method):
    add(1)
    answer = client.open(path, method=method)
    assert {name: answer.headers.get(name) for name in security.HEADERS} == security.HEADERS
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_a_body(client, add, path):
    add(1)
    get, head = client.get(path), client.head(path)
    assert head.data == b""
    assert head.status_code == get.status_code
    assert head.headers == get.headers


def test_the_policy_lets_nothing_in_from_elsewhere():
    rules = dict(rule.strip().split(" ", 1) for rule in security.POLICY.split(";"))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("img-src") == "'self' data:"
    assert rules.pop("base-uri") == "'none'"
    assert set(rules.values()) == {"'self'"}
    assert set(rules) >= {"style-src", "script-src", "form-action", "frame-src", "frame-ancestors"}


@pytest.mark.parametrize("path", ["/", "/atom", "/days", "/search?q=case", "/paper/arxiv:2605.00001"])
def test_public_pages_are_kept_for_a_minute_and_asked_for_by_etag(client, store, add, path):
    add(1)
    first = client.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=60"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert {name: again.headers.get(name) for name in security.HEADERS} == security.HEADERS
    add(1, 2)
    if path != "/paper/arxiv:2605.00001":
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/search?q=%22", "/day/x"])
def test_mistakes_are_not_kept(client, path):
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_the_style_sheet_is_kept_for_good_under_its_version(client):
    page = client.get("/").text
    place = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    answer = client.get(place)
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/style.css?v=other").headers["Cache-Control"] == "public, max-age=3600"
    assert client.get(place, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert len(answer.data) <= 16 * 1024
    assert b"http" not in answer.data
    assert b"@import" not in answer.data


@pytest.mark.parametrize("name", ["base.html", "../mail/digest.html", "..%2Fmail%2Fdigest.html", "STYLE.CSS", ""])
def test_no_other_file_is_sent(client, name):
    assert client.get(f"/static/{name}").status_code == 404


def test_robots_leave_pages_of_one_person_alone(client):
    closed = {line.removeprefix("Disallow: ") for line in client.get("/robots.txt").text.splitlines()[1:]}
    assert {"/manage/", "/unsubscribe/", "/confirm/", "/edition/", "/opinion/", "/feed/", "/operator"} <= closed
    assert "/" not in closed


def test_a_wrong_method_is_told_with_the_right_ones(client):
    answer = client.post("/days")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "HEAD"}
    assert "<h1>This does not work here</h1>" in answer.text


@pytest.fixture
def broken(site):
    """Somebody who asks an application in which much goes wrong."""
    app = create_app(site)

    def failing(error):
        def view(**_):
            raise error

        return view

    app.add_url_rule("/secret/<token>", "bug", failing(ValueError("a bug of ours")))
    app.add_url_rule("/storage", "storage", failing(StorageError("sqlite:////var/lib/digest.db: disk I/O error")))
    app.add_url_rule("/token", "token", failing(TokenError("not a token")))
    app.add_url_rule("/usage", "usage", failing(UsageError("no such time zone")))
    app.add_url_rule("/form", "form", lambda: asking.field("name", 5), methods=["GET", "POST"])

    def upload():
        asking.allow(2 * MAX_BODY)
        return str(len(request.get_data()))

    app.add_url_rule("/upload", "upload", upload, methods=["POST"])
    return app.test_client()


def test_a_bug_is_logged_and_not_shown(broken, caplog):
    answer = broken.get("/secret/abcdefghij")
    assert answer.status_code == 500
    assert "<h1>Something went wrong here</h1>" in answer.text
    assert not {"ValueError", "a bug of ours", "Traceback"} & set(answer.text.split())
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info[1].args == ("a bug of ours",)
    assert "abcdefghij" not in record.getMessage()
    assert "/secret/<token>" in record.getMessage()


def test_a_store_that_fails_is_no_fault_of_the_visitor(broken, caplog):
    answer = broken.get("/storage")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "sqlite" not in answer.text
    assert "disk I/O error" in caplog.text


def test_a_closed_store_is_503_everywhere(client, store, add):
    add(1)
    store.close()
    store._db.reading = lambda: (_ for _ in ()).throw(StorageError("gone"))
    assert {client.get(path).status_code for path in ("/", "/health", "/atom", "/days")} == {503}


@pytest.mark.parametrize(
    ("path", "status", "words"), [("/token", 404, "not one of ours"), ("/usage", 400, "time zone")]
)
def test_what_visitors_got_wrong_is_told(broken, path, status, words):
    answer = broken.get(path)
    assert answer.status_code == status
    assert words in answer.text


def test_what_is_too_long_is_not_read(broken):
    assert broken.post("/form", data={"name": "x" * MAX_BODY}).status_code == 413
    assert broken.post("/form", data={"name": " abcdefgh\x00 "}).text == "abcde"
    assert broken.get("/form?name=abcdefgh").text == "abcde"
    assert broken.post("/upload", data=b"x" * (MAX_BODY + 1)).text == str(MAX_BODY + 1)
    assert broken.post("/upload", data=b"x" * (2 * MAX_BODY + 1)).status_code == 413


def test_a_template_that_fails_still_leaves_an_answer(store, tmp_path, caplog):
    own = tmp_path / "own" / "web"
    own.mkdir(parents=True)
    (own / "base.html").write_text("{{ no_such_name }}")
    client = create_app(site_of(store, tmp_path, mail={"templates": "own"})).test_client()
    answer = client.get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert answer.text.startswith("There is no such page.")
    assert client.get("/").status_code == 500


def test_a_template_of_ones_own_may_add_to_ours(store, tmp_path):
    own = tmp_path / "own" / "web"
    own.mkdir(parents=True)
    (own / "base.html").write_text(
        '{% extends "default:web/base.html" %}{% block footer %}{{ super() }}<p>Room 4.12</p>{% endblock %}'
    )
    (own / "style.css").write_text("body { color: red }")
    client = create_app(site_of(store, tmp_path, mail={"templates": "own"})).test_client()
    assert "<p>Room 4.12</p>" in client.get("/").text
    assert client.get("/static/style.css").text == "body { color: red }"


@pytest.fixture
def heard(store, tmp_path):
    """What the application takes a request's sender to be, with so many proxies."""

    def ask(proxies, **headers):
        site = site_of(store, tmp_path, web={"proxies": proxies})
        app = create_app(site)
        app.add_url_rule("/who", "who", lambda: asking.network().shown)
        return app.test_client().get("/who", headers=headers, environ_base={"REMOTE_ADDR": "198.51.100.7"}).text

    return ask


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (0, "192.0.2.1", "198.51.100.0/24"),
        (1, "192.0.2.1", "192.0.2.0/24"),
        (1, "203.0.113.9, 192.0.2.1", "192.0.2.0/24"),
        (2, "203.0.113.9, 192.0.2.1", "203.0.113.0/24"),
        (1, "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (2, "192.0.2.1", "198.51.100.0/24"),
    ],
)
def test_only_our_own_proxies_say_who_asks(heard, proxies, forwarded, network):
    assert heard(proxies, **{"X-Forwarded-For": forwarded}) == network


@pytest.mark.parametrize("proxies", [0, 1])
def test_the_name_that_was_asked_for_is_in_no_link(store, tmp_path, proxies):
    client = create_app(site_of(store, tmp_path, web={"proxies": proxies})).test_client()
    put(store, 1)
    for path in ("/", "/atom", "/paper/2605.00001", "/nothing", "/robots.txt", "/days.atom"):
        answer = client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.text + str(answer.headers)
