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

from digest.errors import Unreachable
from digest.sources.body import read_body
from digest.sources.bounds import Bounds
from tests.factories import NOW
from tests.sources.server import Reply, look, packed, serving, source


def redirect(to: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": to})


def refused(source) -> str:
    with pytest.raises(Unreachable) as caught:
        look(source, NOW)
    return caught.value.reason


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


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2:{port}/",
        "http://user@127.0.0.2:{port}/",
        "http://2130706434:{port}/",
        "http://localhost:{port}/",
        "http://0.0.0.0:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://100.64.0.1/",
    ],
)
def test_redirections_into_a_private_network_are_refused(web, polite, to):
    web.replies = {"/": redirect(to.format(port=web.url.rpartition(":")[2]))}
    reason = refused(source(web.url + "/", polite))
    assert reason.startswith("redirected to a private address, which is not followed: ")
    assert len(web.asked) == 1


@pytest.fixture
def named(monkeypatch):
    """Let names of this dict have these addresses, one list an answer; the last stays. Other names are as they are."""
    real, names = socket.getaddrinfo, {}

    def resolve(host, port, *args, **kwargs):
        if host not in names:
            return real(host, port, *args, **kwargs)
        answers = names[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return names


def test_a_name_with_one_private_address_is_refused(web, polite, named):
    named["feeds.test"] = [["93.184.215.14", "192.168.0.7"]]
    web.replies = {"/": redirect("http://feeds.test/")}
    assert "feeds.test is at 192.168.0.7" in refused(source(web.url + "/", polite))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "::ffff:127.0.0.1"],
)
def test_a_configured_name_that_leads_inside_is_refused(polite, named, address):
    """The operator named a host; whoever owns its name may point it anywhere, today or next week."""
    named["feeds.test"] = [[address]]
    reason = refused(source("http://feeds.test/rss", polite, private=False))
    assert reason == (
        f"not asked: feeds.test is at {address}, which is not on the public internet; if that is meant, "
        'write "private = true" under this source'
    )


def test_an_address_in_figures_needs_the_word_of_the_source_too(web, polite):
    web.replies["/"] = Reply(b"inside")
    assert refused(source(web.url + "/", polite, private=False)).startswith("not asked: 127.0.0.1 is at 127.0.0.1")
    assert web.asked == []
    assert [s.content for s in look(source(web.url + "/", polite, private=True), NOW)] == [b"inside"]


def test_a_private_source_may_have_a_name(web, polite, named):
    named["feeds.test"] = [["127.0.0.1"]]
    web.replies["/"] = Reply(b"inside")
    url = web.url.replace("127.0.0.1", "feeds.test") + "/"
    assert [s.content for s in look(source(url, _hurried(), private=True), NOW)] == [b"inside"]


def test_what_was_checked_is_what_is_connected_to(web, polite, named):
    """A name that is public when it is checked and private a moment later (DNS rebinding) gains nothing."""
    named["feeds.test"] = [["192.0.2.1"], ["127.0.0.1"]]
    url = web.url.replace("127.0.0.1", "feeds.test") + "/"
    assert "feeds.test is at 192.0.2.1" in refused(source(url, _hurried(), private=False))
    assert "feeds.test is at 127.0.0.1" in refused(source(url, _hurried(), private=False))
    assert web.asked == []


def test_no_redirection_leads_to_another_port_of_a_private_host(web, polite):
    with serving() as database:
        web.replies = {"/": redirect(database.url + "/dump")}
        reason = refused(source(web.url + "/", polite))
        assert reason.startswith("redirected to a private address, which is not followed: 127.0.0.1:")
        assert reason.endswith(f'("private = true" is for {web.url.removeprefix("http://")} alone)')
        assert database.asked == []


def test_no_name_leads_to_another_port_of_a_private_host(web, polite, named):
    named["feeds.test"] = [["127.0.0.1"]]
    with serving() as database:
        port = database.url.rpartition(":")[2]
        web.replies = {"/": redirect(f"http://feeds.test:{port}/dump")}
        assert "feeds.test is at 127.0.0.1" in refused(source(web.url + "/", _hurried()))
        assert database.asked == []


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://feeds.test/", "javascript:alert(1)", "http://[::", "http://a:b/"]
)
def test_redirections_out_of_the_web_are_refused(web, polite, to):
    web.replies = {"/": redirect(to)}
    assert refused(source(web.url + "/", polite)).startswith("redirected to what is no http or https URL: ")


def test_https_never_becomes_http(polite):
    from digest.sources.web import Manner, Web, _parse

    with Web("https://feeds.test/", polite, Bounds(), Manner({}, {})) as web:
        home = _parse("p", "https://feeds.test/")
        assert str(web._redirected("p", home, "/x")) == "https://feeds.test/x"
        with pytest.raises(Unreachable, match="from https to http"):
            web._redirected("p", home, "http://feeds.test/x")


def test_secrets_stay_with_the_configured_host(polite):
    from digest.sources.web import Manner, Web, _parse

    manner = Manner({"User-Agent": "digest"}, {"Authorization": "Bearer s3cret", "X-Key": "k"})
    with Web("https://reader:pass@feeds.test/", polite, Bounds(), manner) as web:
        own = web._headers(_parse("p", "https://feeds.test/x"))
        assert (own["authorization"], own["x-key"]) == ("Bearer s3cret", "k")
        for other in ("https://other.test/", "https://feeds.test:8443/", "https://feeds.test.evil.test/"):
            assert set(web._headers(_parse("p", other))) == {"host", "accept-encoding", "user-agent"}


@pytest.mark.parametrize("url", ["ftp://feeds.test/", "feeds.test/rss", "http://", "http://[::1/", "http://a\n.test/"])
def test_a_source_that_is_no_web_address(polite, url):
    assert refused(source(url, polite)).startswith("not a")


# proxies


@pytest.fixture
def proxied(monkeypatch):
    """Set the environment's proxies by scheme, and no others."""
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)
    return lambda **schemes: [monkeypatch.setenv(f"{scheme}_proxy", url) for scheme, url in schemes.items()]


def test_the_environments_proxy_is_used(web, proxied, named):
    proxied(http=web.url.replace("//", "//me:pw@"))
    web.replies["http://feeds.test/rss"] = Reply(b"by proxy")
    assert [s.content for s in look(source("http://feeds.test/rss", _hurried()), NOW)] == [b"by proxy"]
    assert web.asked[0].headers["proxy-authorization"] == "Basic bWU6cHc="

    for inside in ("http://127.0.0.2/", "http://localhost/", "http://inside.test/"):
        named["inside.test"] = [["10.0.0.7"]]
        web.replies["http://feeds.test/rss"] = redirect(inside)
        assert "private address" in refused(source("http://feeds.test/rss", _hurried()))


def test_a_proxy_asks_for_nothing_private_either(web, proxied):
    proxied(http=web.url)
    assert refused(source("http://10.0.0.7/rss", _hurried(), private=False)).startswith("not asked: 10.0.0.7 is not on")
    web.replies["http://10.0.0.7/rss"] = Reply(b"inside")
    assert [s.content for s in look(source("http://10.0.0.7/rss", _hurried(), private=True), NOW)] == [b"inside"]


def test_the_proxy_is_that_of_each_urls_own_scheme(web, proxied):
    """A redirection from http to https goes by the proxy for https, and not by that of the first request."""
    with serving() as other:
        proxied(http=web.url, https=other.url)
        web.replies["http://feeds.test/rss"] = redirect("https://feeds.test/rss")
        refused(source("http://feeds.test/rss", _hurried()))
        assert web.paths == ["http://feeds.test/rss"]
        assert other.connects == ["feeds.test:443"]


def test_what_no_proxy_lists_is_asked_directly(web, proxied, named):
    named["feeds.test"] = [["127.0.0.1"]]
    proxied(http="http://127.0.0.1:9", no="feeds.test")
    web.replies["/"] = Reply(b"direct")
    url = web.url.replace("127.0.0.1", "feeds.test") + "/"
    assert [s.content for s in look(source(url, _hurried()), NOW)] == [b"direct"]


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "socks5h://me:s3cret@127.0.0.1:9", "gopher://127.0.0.1"])
def test_a_proxy_of_another_kind_is_named_and_not_spoken_to(proxied, proxy):
    proxied(all=proxy)
    reason = refused(source("http://feeds.test/rss", _hurried()))
    assert reason.startswith("no answer: the ")
    assert "s3cret" not in reason


def test_this_machine_is_never_asked_by_proxy(web, polite, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    web.replies["/"] = Reply(b"direct")
    assert [s.content for s in look(source(web.url + "/", polite), NOW)] == [b"direct"]


def _hurried():
    from digest.sources.polite import Politeness

    return Politeness(clock=lambda: NOW, sleep=lambda _: None)
