"""Where on the network a request may go: redirections, private addresses, names, proxies."""

from __future__ import annotations

import socket

import pytest

from digest.errors import Unreachable
from digest.sources.bounds import Bounds
from tests.factories import NOW
from tests.sources.refusing import redirect, refused
from tests.sources.server import Reply, look, serving, source


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
