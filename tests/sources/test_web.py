"""The bounds of one request: time, bytes, redirections, and where on the network it may go."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.body import read_body
from digest.sources.bounds import Bounds
from tests.factories import NOW
from tests.sources.refusing import redirect, refused
from tests.sources.server import Reply, look, packed, source

# time


@pytest.mark.parametrize("slow", [Reply(b"x" * 500, drip=0.02), Reply(b"x", header_drip=0.05)], ids=["body", "headers"])
def test_a_server_that_drips_is_cut_off(web, polite, slow):
    """Each byte comes in time, all of them together do not."""
    web.replies["/"] = slow
    begun = time.monotonic()
    assert refused(source(web.url + "/", polite, Bounds(total=0.3))) == "no complete answer within 0.3 seconds"
    assert time.monotonic() - begun < 2


def test_a_server_that_falls_silent_is_cut_off(polite):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert refused(source(url, polite, Bounds(read=0.2))) == "the host fell silent for 0.2 seconds"


def test_nobody_there(polite):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    assert refused(source(url, polite)).startswith("no answer: ")


def test_a_name_without_address(polite, monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    reason = refused(source("http://feeds.test/", polite))
    assert reason == "no answer: feeds.test: Name or service not known"


def test_an_answer_that_is_no_http(polite):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            line, _ = server.accept()
            with line:
                line.recv(1000)
                line.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        assert refused(source(f"http://127.0.0.1:{server.getsockname()[1]}/", polite)).startswith("no answer: ")
        thread.join()


@pytest.mark.parametrize("slow", [Reply(b"x" * 500, drip=0.02), Reply(b"x", header_drip=0.05)], ids=["body", "headers"])
def test_a_poll_ends_at_its_deadline_whatever_drips(web, polite, slow):
    web.replies["/"] = slow
    begun = time.monotonic()
    reason = refused(source(web.url + "/", polite, Bounds(deadline=0.3)))
    assert reason == "given up after 0.3 seconds, which is all that a poll may take (http.deadline)"
    assert time.monotonic() - begun < 5


def test_the_deadline_is_for_all_exchanges_of_a_poll_together(web, polite):
    """No single page is late, and the list would have no end."""
    web.replies = {f"/?page={n}": Reply(b"[%d]" % n + b" " * 40, drip=0.01) for n in range(30)}
    url = web.url + "/?page={page}"
    assert refused(source(url, polite, Bounds(total=5, deadline=1, pages=30))).startswith("given up after 1 seconds")
    assert 0 < len(web.asked) < 30


def test_the_deadline_holds_while_others_ask_the_same_host(web, polite):
    with polite.turn(web.url):
        reason = refused_by(source(web.url + "/", polite, Bounds(deadline=0.2)))
    assert reason == "not asked: for 0 seconds others were asking the same host"


def refused_by(asked) -> str:
    """As `refused`, in a thread of its own."""
    reasons: list[str] = []
    thread = threading.Thread(target=lambda: reasons.append(refused(asked)))
    thread.start()
    thread.join(30)
    return reasons[0]


# bytes


@pytest.mark.parametrize(
    "junk",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 60_000 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2000,
        b"<html>a page of HTTP/0.9</html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nfeed",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nfeed",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfe",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"",
    ],
    ids=lambda junk: repr(junk[:50]),
)
def test_what_is_no_answer_of_http_is_told_as_such(polite, junk):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def send() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):
                line.recv(1000)
                line.sendall(junk)

        thread = threading.Thread(target=send)
        thread.start()
        asked = source(f"http://127.0.0.1:{server.getsockname()[1]}/", polite, Bounds(read=3, size=1000))
        assert refused(asked).startswith(("no answer: ", "the answer is larger"))
        thread.join()


def test_a_large_answer_is_cut_off(web, polite):
    web.replies["/"] = Reply(b"x" * 1001)
    assert (
        refused(source(web.url + "/", polite, Bounds(size=1000)))
        == "the answer is larger than the 1,000 bytes that are read"
    )
    assert len(look(source(web.url + "/", polite, Bounds(size=1001)), NOW)) == 1


def test_a_gzip_bomb_is_cut_off_at_its_unpacked_size(web, polite):
    web.replies["/"] = packed(bytes(5_000_000))
    reason = refused(source(web.url + "/", polite, Bounds(size=1_000_000)))
    assert reason == "the answer is larger than the 1,000,000 bytes that are read"


def test_a_short_answer_is_no_answer(web, polite):
    web.replies["/"] = Reply(b"x" * 10, length=20)
    assert refused(source(web.url + "/", polite)).startswith("no answer: ")


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (gzip.compress(b"feed", mtime=0)[:-3], "gzip", "the answer is cut short within its gzip"),
        (b"<rss/>", "gzip", "the answer is not the gzip that it says it is"),
        (
            gzip.compress(b"feed", mtime=0) + b"more",
            "gzip",
            "the answer is not the gzip that it says it is: data after its end",
        ),
        (
            gzip.compress(gzip.compress(b"feed", mtime=0), mtime=0),
            "gzip, gzip",
            "the answer is packed as 'gzip, gzip', which was not asked for",
        ),
        (b"feed", "br", "the answer is packed as 'br', which was not asked for"),
    ],
)
def test_an_answer_that_cannot_be_unpacked(web, polite, body, encoding, reason):
    web.replies["/"] = Reply(body, headers={"Content-Encoding": encoding})
    assert refused(source(web.url + "/", polite)).startswith(reason)


PACKERS = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": lambda content: zlib.compress(content, wbits=-15),
}


@given(st.binary(max_size=500), st.sampled_from(sorted(PACKERS)), st.integers(1, 50))
def test_unpacking_gives_what_was_packed_however_it_is_cut(content, encoding, size):
    body = PACKERS[encoding](content)
    chunks = [body[i : i + size] for i in range(0, len(body), size)]
    assert read_body(chunks, encoding, 500) == content


@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from(sorted(PACKERS)), st.integers(0, 300))
def test_whatever_comes_is_bounded_or_an_error(chunks, encoding, limit):
    with suppress(ValueError):
        assert len(read_body(chunks, encoding, limit)) <= limit


# redirections


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["/feed", "feed#top", "{base}/feed", "//{host}/feed"])
def test_redirections_on_the_configured_host_are_followed(web, polite, status, to):
    web.replies = {
        "/old": redirect(to.format(base=web.url, host=web.url.removeprefix("http://")), status),
        "/feed": Reply(b"feed"),
    }
    assert [(s.content, s.place) for s in look(source(web.url + "/old", polite), NOW)] == [(b"feed", web.url + "/feed")]


def test_the_number_of_redirections_is_bounded(web, polite):
    web.replies = {f"/{n}": redirect(f"/{n + 1}") for n in range(9)} | {"/5": Reply(b"five")}
    assert len(look(source(web.url + "/0", polite), NOW)) == 1
    web.replies["/5"] = redirect("/6")
    web.asked.clear()
    assert refused(source(web.url + "/0", polite)) == "redirected more than 5 times"
    assert len(web.asked) == 6
