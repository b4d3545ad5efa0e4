"""One polite, bounded GET: redirections by hand, every failure as an error that says what happened."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from digest.errors import Unreachable
from digest.sources.address import bare_url, is_loopback, is_private
from digest.sources.answers import Answer, exhausted_until, throttling
from digest.sources.body import ENCODINGS, read_body
from digest.sources.wire import GuardedBackend, Late, Refused

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

    from digest.sources.bounds import Bounds
    from digest.sources.polite import Politeness

_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Manner:
    """What is sent along: `common` to every host, `own` (the operator's, maybe a secret) only to the configured one."""

    common: Mapping[str, str]
    own: Mapping[str, str]


class Web:
    """GETs on behalf of one source, over one connection for each host.

    Args:
        home: the URL that the operator configured: its host may be private, and alone is given `manner.own`.
        polite: who may ask when; one for the whole process.
    """

    def __init__(self, home: str, polite: Politeness, bounds: Bounds, manner: Manner) -> None:
        self._home = _parse(bare_url(home), home)
        self._login = _login(home)
        self._polite = polite
        self._bounds = bounds
        self._manner = manner
        proxy = _proxy(self._home)
        trusted = {_host(self._home), *([_host(proxy.url)] if proxy else [])}
        self._backend = GuardedBackend(trusted)
        self._pool = _pool(self._backend, proxy)

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def get(self, url: str, conditions: Mapping[str, str]) -> Answer:
        """The answer to a GET of `url`, whatever its status, after redirections.

        `conditions` are headers such as If-None-Match.

        Raises:
            Throttled: the host asked for fewer requests, now or earlier.
            Unreachable: no answer, none within the bounds, or a redirection that is not followed.
        """
        place = bare_url(url)
        target = _parse(place, url)
        for _ in range(self._bounds.redirects + 1):
            answer = self._ask(place, target, conditions)
            if not answer.location:
                return answer
            target = self._redirected(place, target, answer.location)
        raise Unreachable(place, f"redirected more than {self._bounds.redirects} times")

    def _ask(self, place: str, url: httpx.URL, conditions: Mapping[str, str]) -> Answer:
        shown = str(url)
        with self._polite.turn(shown), self._told(place):
            answer = self._exchange(url, {**self._headers(url), **conditions})
        now = self._polite.clock()
        if refused := throttling(answer, place, now):
            self._polite.hold(shown, refused.retry_at)
            raise refused
        if until := exhausted_until(answer.headers, now):
            self._polite.hold(shown, until)
        return answer

    def _exchange(self, url: httpx.URL, headers: Mapping[str, str]) -> Answer:
        bounds = self._bounds
        self._backend.give(bounds.total)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        timeouts = {"connect": bounds.connect, "read": bounds.read, "write": bounds.read, "pool": bounds.connect}
        with self._pool.stream("GET", target, headers=fields, extensions={"timeout": timeouts}) as response:
            received = dict(httpx.Headers(response.headers))
            body = read_body(response.iter_stream(), received.get("content-encoding", ""), bounds.size)
        return Answer(str(url), response.status, received, body)

    def _redirected(self, place: str, url: httpx.URL, location: str) -> httpx.URL:
        """Where `location` leads from `url`: never out of http(s), never back from https to http, never inside.

        Names are checked when they are connected to; an address in figures can be told here, also behind a proxy.
        """
        try:
            target = _parse(place, str(url.join(location)))
        except (httpx.InvalidURL, ValueError, Unreachable):
            raise Unreachable(place, f"redirected to what is no http or https URL: {location[:200]!r}") from None
        if url.scheme == "https" and target.scheme == "http":
            raise Unreachable(place, f"redirected from https to http ({target.host}), which is not followed")
        if is_private(target.host) and _host(target) != _host(self._home):
            raise Unreachable(place, f"redirected to a private address, which is not followed: {target.host}")
        return target

    def _headers(self, url: httpx.URL) -> dict[str, str]:
        headers = {"host": url.netloc.decode("ascii"), "accept-encoding": ENCODINGS, **_lowered(self._manner.common)}
        if (_host(url), url.port) != (_host(self._home), self._home.port):
            return headers
        return {**headers, **self._login, **_lowered(self._manner.own)}

    @contextmanager
    def _told(self, place: str) -> Iterator[None]:
        """Turn whatever can go wrong between here and the host into `Unreachable`, in words."""
        try:
            yield
        except (Late, httpcore.TimeoutException) as error:
            raise Unreachable(place, self._lateness(error)) from None
        except Refused as error:
            raise Unreachable(place, f"redirected to a private address, which is not followed: {error}") from None
        except ValueError as error:
            raise Unreachable(place, f"the answer is {error}") from None
        except (*_BROKEN, OSError) as error:
            raise Unreachable(place, f"no answer: {error or type(error).__name__}") from None

    def _lateness(self, error: Exception) -> str:
        bounds = self._bounds
        if self._backend.late:
            return f"no complete answer within {bounds.total:g} seconds"
        if isinstance(error, httpcore.ConnectTimeout):
            return f"no connection within {bounds.connect:g} seconds"
        return f"the host fell silent for {bounds.read:g} seconds"


def _parse(place: str, text: str) -> httpx.URL:
    """A URL without user name, password and fragment."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise Unreachable(place, f"not a URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Unreachable(place, "not an http or https URL")
    return url.copy_with(userinfo=b"", fragment=None)


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _login(home: str) -> dict[str, str]:
    """Basic authentication (RFC 7617) with the user name and password in the configured URL, if there are any."""
    url = httpx.URL(home)
    if not url.userinfo:
        return {}
    return {"authorization": "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode("ascii")}


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _proxy(home: httpx.URL) -> httpx.Proxy | None:
    """The proxy that the environment names for `home` (HTTPS_PROXY and its like, NO_PROXY); none for this machine.

    Behind a proxy, names are the proxy's to resolve, and so are the rules about where they may lead.
    """
    named = getproxies().get(home.scheme) or getproxies().get("all")
    if not named or is_loopback(home.host) or proxy_bypass(home.host):
        return None
    return httpx.Proxy(named if "://" in named else f"http://{named}")


def _pool(backend: GuardedBackend, proxy: httpx.Proxy | None) -> httpcore.ConnectionPool:
    if proxy is None:
        return httpcore.ConnectionPool(ssl_context=_trust(), network_backend=backend)
    return httpcore.HTTPProxy(str(proxy.url), proxy_auth=proxy.raw_auth, ssl_context=_trust(), network_backend=backend)


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted: those of SSL_CERT_FILE or SSL_CERT_DIR, or httpx's own."""
    return httpx.create_ssl_context()
