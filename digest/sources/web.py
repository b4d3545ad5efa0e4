"""One polite, bounded GET: redirections by hand, every failure as an error that says what happened.

Where a connection may lead, hop by hop:

- directly: to public addresses alone, checked when the connection is made (see `wire`); a source that is `private`
  may have its own host, at its own port, anywhere;
- by a proxy that the environment names for the scheme of the URL (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY; not for this
  machine, nor for what NO_PROXY lists): the proxy resolves names and makes the connection, so the operator's rules are
  there. Here an address in figures is checked as above, and so is the name that a redirection leads to, as far as
  this machine knows it.
"""

from __future__ import annotations

import base64
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from digest.errors import Unreachable
from digest.redaction import without_secrets
from digest.sources.address import PrivateAddress, bare_url, is_loopback, is_private, normal, resolve
from digest.sources.answers import Answer, exhausted_until, throttling
from digest.sources.body import ENCODINGS, read_body
from digest.sources.wire import Budget, GuardedBackend, Late, Refused

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

    from digest.sources.bounds import Bounds
    from digest.sources.polite import Politeness

_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol)
_PORTS = {"http": 80, "https": 443}
_TLS_ERROR = re.compile(r"\[SSL(?:: \w{1,60})?\] ([^(]{1,300})(?:\(_ssl\.c:\d{1,6}\))?")
_NO_TLS = re.compile("wrong version number|http request|record layer failure", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Manner:
    """What is sent along: `common` to every host, `own` (the operator's, maybe a secret) only to the configured one."""

    common: Mapping[str, str]
    own: Mapping[str, str]


class Web:
    """GETs on behalf of one poll, over one connection for each host, within `bounds.deadline` from now on.

    Args:
        home: the URL that the operator configured: its host alone, at its port, is given `manner.own`.
        polite: who may ask when; one for the whole process.
        private: whether `home`'s host, at its port, may be outside the public internet.
    """

    def __init__(self, home: str, polite: Politeness, bounds: Bounds, manner: Manner, *, private: bool = False) -> None:
        url = _parse(bare_url(home), home)
        self._home, self._home_scheme = _origin(url), url.scheme
        self._login = _login(home)
        self._polite = polite
        self._bounds = bounds
        self._manner = manner
        self._private = {self._home} if private else set()
        self._budget = Budget(bounds.deadline)
        self._pools: dict[str, httpcore.ConnectionPool] = {}

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            pool.close()

    def get(self, url: str, conditions: Mapping[str, str]) -> Answer:
        """The answer to a GET of `url`, whatever its status, after redirections.

        `conditions` are headers such as If-None-Match.

        Raises:
            Throttled: the host asked for fewer requests, now or earlier.
            Unreachable: no answer, none within the bounds, or a redirection that is not followed.
        """
        place = bare_url(url)
        target = _parse(place, url)
        for hop in range(self._bounds.redirects + 1):
            with self._told(place, redirected=hop > 0):
                answer = self._ask(place, target, conditions, redirected=hop > 0)
            if not answer.location:
                return answer
            target = self._redirected(place, target, answer.location)
        raise Unreachable(place, f"redirected more than {self._bounds.redirects} times")

    def _ask(self, place: str, url: httpx.URL, conditions: Mapping[str, str], *, redirected: bool) -> Answer:
        shown = bare_url(str(url))
        with self._polite.turn(shown, self._budget.left()):
            answer = self._exchange(url, {**self._headers(url), **conditions}, redirected=redirected)
        now = self._polite.clock()
        if refused := throttling(answer, place, now):
            self._polite.hold(shown, refused.retry_at)
            raise refused
        if until := exhausted_until(answer.headers, now):
            self._polite.hold(shown, until)
        return answer

    def _exchange(self, url: httpx.URL, headers: Mapping[str, str], *, redirected: bool) -> Answer:
        bounds = self._bounds
        pool = self._pool(url, redirected=redirected)
        self._budget.give(bounds.total)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        timeouts = {"connect": bounds.connect, "read": bounds.read, "write": bounds.read, "pool": bounds.connect}
        with pool.stream("GET", target, headers=fields, extensions={"timeout": timeouts}) as response:
            received = dict(httpx.Headers(response.headers))
            body = read_body(response.iter_stream(), received.get("content-encoding", ""), bounds.size)
        return Answer(bare_url(str(url)), response.status, received, body)

    def _pool(self, url: httpx.URL, *, redirected: bool) -> httpcore.ConnectionPool:
        """The connections by which `url` is asked; Refused where a proxy would be asked for something private."""
        proxy = _proxy(url)
        if proxy and _origin(url) not in self._private:
            _check_proxied(url, known=redirected)
        named = str(proxy.url) if proxy else ""
        if named not in self._pools:
            trusted = {_origin(proxy.url)} if proxy else self._private
            self._pools[named] = _connections(GuardedBackend(trusted, self._budget), proxy)
        return self._pools[named]

    def _redirected(self, place: str, url: httpx.URL, location: str) -> httpx.URL:
        """Where `location` leads from `url`: never out of http(s), never back from https to http, never inside.

        Names are checked when they are connected to; an address in figures can be told here, also behind a proxy.
        """
        try:
            target = _parse(place, str(url.join(location)))
        except (httpx.InvalidURL, ValueError, Unreachable):
            shown = without_secrets(location[:1000])[:200]
            raise Unreachable(place, f"redirected to what is no http or https URL: {shown!r}") from None
        if url.scheme == "https" and target.scheme == "http":
            raise Unreachable(place, f"redirected from https to http ({target.host}), which is not followed")
        if is_private(target.host) and _origin(target) not in self._private:
            raise Unreachable(place, self._inside(target.netloc.decode("ascii"), redirected=True))
        return target

    def _headers(self, url: httpx.URL) -> dict[str, str]:
        headers = {"host": url.netloc.decode("ascii"), "accept-encoding": ENCODINGS, **_lowered(self._manner.common)}
        if (url.scheme, *_origin(url)) != (self._home_scheme, *self._home):
            return headers
        return {**headers, **self._login, **_lowered(self._manner.own)}

    @contextmanager
    def _told(self, place: str, *, redirected: bool) -> Iterator[None]:
        """Turn whatever can go wrong between here and the host into `Unreachable`, in words."""
        try:
            yield
        except (Late, httpcore.TimeoutException) as error:
            raise Unreachable(place, self._lateness(error)) from None
        except (Refused, PrivateAddress) as error:
            raise Unreachable(place, self._inside(str(error), redirected=redirected)) from None
        except ValueError as error:
            raise Unreachable(place, f"the answer is {error}") from None
        except (*_BROKEN, OSError) as error:
            raise Unreachable(place, f"no answer: {_words(error)}") from None

    def _inside(self, where: str, *, redirected: bool) -> str:
        """Why nobody is asked `where`, and what to do if that is meant."""
        if not redirected:
            return f'not asked: {where}; if that is meant, write "private = true" under this source'
        only = f' ("private = true" is for {":".join(map(str, self._home))} alone)' if self._private else ""
        return f"redirected to a private address, which is not followed: {where}{only}"

    def _lateness(self, error: Exception) -> str:
        bounds = self._bounds
        if self._budget.over:
            return f"given up after {bounds.deadline:g} seconds, which is all that a poll may take (http.deadline)"
        if self._budget.late:
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


def _origin(url: httpx.URL) -> tuple[str, int]:
    """Host and port."""
    return normal(url.raw_host.decode("ascii")), url.port or _PORTS.get(url.scheme, 0)


def _words(error: Exception) -> str:
    """What a failed connection says, without what only a programmer can read."""
    words = str(error) or type(error).__name__
    found = _TLS_ERROR.search(words)
    if found is None:
        return words
    hint = "; that port does not seem to speak TLS" if _NO_TLS.search(found[1]) else ""
    return f"TLS: {found[1].strip()}{hint}"


def _login(home: str) -> dict[str, str]:
    """Basic authentication (RFC 7617) with the user name and password in the configured URL, if there are any."""
    url = httpx.URL(home)
    if not url.userinfo:
        return {}
    return {"authorization": "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode("ascii")}


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _proxy(url: httpx.URL) -> httpx.Proxy | None:
    """The proxy that the environment names for `url` (HTTPS_PROXY and its like, NO_PROXY); none for this machine.

    Raises:
        OSError: it is none that is spoken to.
    """
    named = getproxies().get(url.scheme) or getproxies().get("all")
    if not named or is_loopback(url.host) or proxy_bypass(":".join(map(str, _origin(url)))):
        return None
    try:
        proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
    except ValueError as error:
        raise OSError(f"the proxy of the environment: {without_secrets(str(error))}") from None
    if proxy.url.scheme not in _PORTS:
        raise OSError(f"the environment names a {proxy.url.scheme} proxy; only http and https ones are spoken to")
    return proxy


def _check_proxied(url: httpx.URL, *, known: bool) -> None:
    """Raise PrivateAddress for what is private by its figures, or, where `known`, by what this machine knows of it."""
    host, port = _origin(url)
    if is_private(host):
        raise PrivateAddress(f"{host} is not on the public internet")
    if not known:
        return
    try:
        resolve(host, port, anywhere=False)
    except PrivateAddress:
        raise
    except OSError:
        return  # no name here; the proxy knows more


def _connections(backend: GuardedBackend, proxy: httpx.Proxy | None) -> httpcore.ConnectionPool:
    if proxy is None:
        return httpcore.ConnectionPool(ssl_context=_trust(), network_backend=backend)
    return httpcore.HTTPProxy(
        str(proxy.url),
        proxy_auth=proxy.raw_auth,
        ssl_context=_trust(),
        proxy_ssl_context=_proxy_trust(proxy),
        network_backend=backend,
    )


def _proxy_trust(proxy: httpx.Proxy) -> ssl.SSLContext | None:
    return _trust() if proxy.url.scheme == "https" else None


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted: those of SSL_CERT_FILE or SSL_CERT_DIR, or httpx's own."""
    return httpx.create_ssl_context()
