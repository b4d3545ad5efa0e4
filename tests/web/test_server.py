"""The pages over real connections."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import socket
import stat
import threading
import time

import pytest

from digest.errors import ConfigError
from digest.web import connections
from digest.web.security import HEADERS
from digest.web.server import Pages
from tests.web.conftest import put, site_of


@pytest.fixture
def pages(site):
    """The pages at a free port, not yet answering."""
    made = Pages(site, "127.0.0.1:0", 4)
    yield made
    made.stop()


def get(pages, path="/", **headers):
    connection = http.client.HTTPConnection(*pages.address, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def raw(place, request):
    family = socket.AF_UNIX if isinstance(place, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as line:
        line.settimeout(10)
        line.connect(place)
        line.sendall(request)
        answer = b""
        # Who is cut short in the middle of a request is reset after the answer.
        with contextlib.suppress(ConnectionResetError):
            while more := line.recv(65536):
                answer += more
    return answer


def test_pages_answer_until_they_are_stopped(pages, store):
    put(store, 1)
    assert not pages.listening
    pages.look()
    assert pages.listening
    status, headers, body = get(pages)
    assert status == 200
    assert b"Paper number 1" in body
    assert "Server" not in headers
    pages.look()  # no second one is started
    pages.stop()
    assert not pages.listening
    with pytest.raises(ConnectionRefusedError):
        get(pages)
    pages.look()  # stopped for good
    assert not pages.listening


def test_it_is_what_the_scheduler_looks_after(pages):
    assert (pages.name, pages.every) == ("pages", 60)


def test_a_place_that_is_taken_is_tried_again(site, pages, caplog):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Pages(site, f"127.0.0.1:{other.getsockname()[1]}", 1)
        before = threading.active_count()
        with pytest.raises(
            ConfigError, match=r"web\.listen: cannot listen at 127\.0\.0\.1:\d+: Address already in use"
        ):
            taken.look()
        assert not taken.listening
        assert threading.active_count() == before
    taken.look()
    assert get(taken, "/health")[2] == b"ok\n"
    taken.stop()


def test_a_name_that_leads_nowhere_is_told(site):
    with pytest.raises(ConfigError, match=r"web\.listen: cannot listen at no\.such\.host\.invalid:1"):
        Pages(site, "no.such.host.invalid:1", 1).look()


def test_a_socket_of_the_file_system(site, tmp_path):
    path = str(tmp_path / "pages.sock")
    pages = Pages(site, path, 2)
    pages.look()
    assert pages.address == (path, 0)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    assert raw(path, b"GET /health HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 OK")
    with pytest.raises(ConfigError, match="Address already in use"):
        Pages(site, path, 2).look()
    pages.stop()
    assert not os.path.exists(path)


def test_a_socket_that_was_left_behind_is_replaced(site, tmp_path):
    path = str(tmp_path / "pages.sock")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    pages = Pages(site, path, 2)
    pages.look()
    assert raw(path, b"GET /health HTTP/1.0\r\n\r\n").endswith(b"ok\n")
    pages.stop()


def test_a_file_in_the_way_is_left_alone(site, tmp_path):
    place = tmp_path / "pages.sock"
    place.write_text("precious")
    with pytest.raises(ConfigError, match="Address already in use"):
        Pages(site, str(place), 2).look()
    assert place.read_text() == "precious"


def test_a_page_in_the_making_is_finished(pages, site, monkeypatch):
    begun = threading.Event()

    def slowly():
        begun.set()
        time.sleep(0.7)
        return 1

    monkeypatch.setattr(type(site.store), "last_snapshot", lambda _: slowly())
    pages.look()
    answers = []
    asking = threading.Thread(target=lambda: answers.append(get(pages, "/health")))
    asking.start()
    assert begun.wait(5)
    pages.stop()
    asking.join(5)
    assert [answer[2] for answer in answers] == [b"ok\n"]


def test_idle_connections_do_not_keep_it_from_ending(pages):
    pages.look()
    with socket.create_connection(pages.address) as idle:
        idle.sendall(b"GET / HT")
        started = time.monotonic()
        pages.stop()
        assert time.monotonic() - started < 4


def test_many_ask_at_a_time(pages, store):
    put(store, *range(1, 20))
    pages.look()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(get(pages)[0])) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [200] * 20


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n", b"413"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400"),
        (b"GET /../../etc/passwd HTTP/1.0\r\n\r\n", b"404"),
        (b"GET //evil.example/ HTTP/1.0\r\n\r\n", b"404"),
        (b"GET /%ff%fe HTTP/1.0\r\n\r\n", b"404"),
        (b"GET /search?q=%22%00 HTTP/1.0\r\n\r\n", b"400"),
    ],
)
def test_hostile_requests_get_an_answer(pages, caplog, request_, status):
    pages.look()
    answer = raw(pages.address, request_)
    assert answer.split(b" ", 2)[1] == status
    assert b"Traceback" not in answer
    assert b"\r\nServer:" not in answer
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(("proxies", "network"), [(0, "127.0.0.0/24"), (1, "192.0.2.0/24")])
def test_headers_of_proxies_arrive_only_where_there_are_any(store, tmp_path, proxies, network, monkeypatch):
    seen = []
    site = site_of(store, tmp_path, web={"proxies": proxies})
    from digest.web import request as asking

    def spy():
        seen.append(asking.network().shown)
        return 1

    monkeypatch.setattr(type(store), "last_snapshot", lambda _: spy())
    pages = Pages(site, "127.0.0.1:0", 1)
    pages.look()
    get(pages, "/health", **{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"})
    pages.stop()
    assert seen == [network]


def flood(pages, count, first=b"POST /subscribe HTTP/1.1\r\nHost: here\r\nContent-Length: 5000\r\n\r\nx"):
    """Connections that have begun a request and do not end it."""
    lines = [socket.create_connection(pages.address, timeout=10) for _ in range(count)]
    for line in lines:
        with contextlib.suppress(ConnectionError):
            line.sendall(first)
    return lines


def test_slow_clients_keep_nobody_out(pages, monkeypatch):
    monkeypatch.setattr(connections.make_room, "__defaults__", (20,))
    pages.look()
    lines = flood(pages, 70)
    try:
        for _ in range(5):
            assert get(pages)[0] == 200
    finally:
        for line in lines:
            line.close()


def test_a_client_that_sends_a_byte_now_and_then_is_not_waited_for_for_ever(pages, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(connections.time, "monotonic", lambda: now[0])
    made = [connection_in(state) for state in connections.State]
    for now[0] in (29.0, 31.0, 61.0, 121.0, 1e6):
        connections.close_overdue(made, now[0])
        assert [one.will_close for one in made] == [
            now[0] > 30, now[0] > 60, now[0] > 120, False
        ]  # fmt: skip


def connection_in(state, peer="192.0.2.1"):
    """A connection without a socket in that state."""
    one = connections.Connection.__new__(connections.Connection)
    one._since, one.requests, one.request = connections.time.monotonic(), [], None
    one.addr = (peer, 1)
    if state is connections.State.RECEIVING:
        one.request = object()
    if state is connections.State.SENDING:
        one.total_outbufs_len = 1
    if state is connections.State.ANSWERING:
        one.requests = [object()]
    return one


def test_the_address_with_the_most_connections_gives_way(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(connections.time, "monotonic", lambda: now[0])
    others = [connection_in(connections.State.RECEIVING, f"192.0.2.{number}") for number in range(4)]
    greedy = []
    for now[0] in range(1, 9):
        greedy.append(connection_in(connections.State.RECEIVING, "192.0.2.66"))
    connections.make_room([*greedy, *others], 10)
    assert [one.will_close for one in greedy] == [True, True, *[False] * 6]
    assert not any(one.will_close for one in others)


def test_a_page_that_is_being_made_never_gives_way():
    busy = [connection_in(connections.State.ANSWERING) for _ in range(5)]
    connections.make_room(busy, 2)
    assert not any(one.will_close for one in busy)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost : here\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999999\r\n\r\n", 413),
    ],
)
def test_what_is_no_request_is_answered_in_our_words_with_our_headers(pages, request_, status):
    pages.look()
    head, _, body = raw(pages.address, request_).partition(b"\r\n\r\n")
    assert head.split()[1] == b"%d" % status
    for name, value in HEADERS.items():
        assert f"{name}: {value}".lower() in head.decode().lower()
    assert b"waitress" not in body
    assert b"no-store" in head
