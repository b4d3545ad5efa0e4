"""Checks of names on the network: mail addresses, hosts, URLs, database URLs, headers."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from digest.config.values import Mailbox, Wrong, described, quoted, text, texts, words
from digest.redaction import without_secrets

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST_LITERAL = re.compile(r"[\w.:-]+")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_BRACED = re.compile(r"\{[^{}]*\}?|\}")
_PLACEHOLDERS = frozenset({"{date}", "{page}"})
_POSTGRES = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://(?=.)")
_LONGEST_BASE = 400
_LONGEST_URL, _LONGEST_ADDRESS, _LONGEST_LOCAL, _LONGEST_DOMAIN = 2000, 254, 64, 253


def address(value: object) -> str:
    """A bare mail address (RFC 5321 4.1.2: dot-string "@" domain), its domain in lower case."""
    given = words(value)
    local, at, domain = given.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > _LONGEST_LOCAL or len(given) > _LONGEST_ADDRESS:
        raise Wrong(f'{quoted(given)} is no mail address like "digest@example.org"')
    return f"{local}@{host_name(domain)}"


def mailbox(value: object) -> Mailbox:
    """One mail address, with or without a name: "Paper Digest <digest@example.org>"."""
    given = words(value)
    if not given.endswith(">"):
        return Mailbox("", address(given))
    name, bracket, bare = given[:-1].partition("<")
    if not bracket or "@" in name:
        raise Wrong(f'{quoted(given)} must be one address like "Paper Digest <digest@example.org>"')
    return Mailbox(name.strip().removeprefix('"').removesuffix('"').strip(), address(bare))


def host_name(value: object) -> str:
    """The name of a host, in lower case and ASCII."""
    given = words(value)
    if not given.isascii():
        raise Wrong(f'{quoted(given)}: write an international name in its ASCII form ("xn--...")')
    if not _DOMAIN.fullmatch(given) or len(given) > _LONGEST_DOMAIN:
        raise Wrong(f"{quoted(given)} is no host name")
    return given.lower()


def host_names(value: object) -> tuple[str, ...]:
    """A list of names of hosts or domains."""
    return tuple(map(host_name, texts(value)))


def host(value: object) -> str:
    """A host name or an IP address."""
    given = words(value)
    try:
        return str(ip_address(given.removeprefix("[").removesuffix("]")))
    except ValueError:
        return host_name(given)


def is_loopback(name: str) -> bool:
    """Whether a host is this very machine."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def listener(value: object) -> str:
    """Where a server listens: ``host:port``, or the absolute path of a unix socket, with or without "unix:" before."""
    given = words(value).removeprefix("unix:")
    if given.startswith("/"):
        return given
    name, colon, port = given.rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Wrong(f'{quoted(given)} must be host:port, or the path of a socket like "unix:/run/digest/lmtp.sock"')
    return f"{host(name)}:{port}"


def split_listener(given: str) -> tuple[str, int]:
    """(host, port) of what `listener` returned; (path, 0) for a socket."""
    if given.startswith("/"):
        return given, 0
    name, _, port = given.rpartition(":")
    return name, int(port)


def header_name(value: object) -> str:
    """The name of an HTTP header field (RFC 9110 5.1)."""
    given = words(value)
    if not _TOKEN.fullmatch(given):
        raise Wrong(f"{quoted(given)} is no name of a header")
    return given


def selector(value: object) -> str:
    """A DKIM selector: labels of a domain name (RFC 6376 3.1)."""
    return host_name(value)


def list_id(value: object) -> str:
    """The id of a mailing list: like a host name with at least one dot (RFC 2919 section 2)."""
    given = host_name(value)
    if "." not in given:
        raise Wrong(f'{quoted(given)} needs at least one dot, like "papers.example.org"')
    return given


def web_url(value: object) -> str:
    """The https address under which pages of this installation stand, without a final slash."""
    given = _url(value, ("https",))
    if "?" in given or "#" in given:
        raise Wrong("must not have a query or fragment")
    if not given.isascii() or any(c in given for c in '<>"'):
        raise Wrong("must be plain ASCII: write an international name as xn--..., other letters as %XX")
    if len(given) > _LONGEST_BASE:
        raise Wrong(
            f"is longer than {_LONGEST_BASE} characters: with a token behind it, it must fit a line of a header"
        )
    return given.rstrip("/")


def source_url(value: object) -> str:
    """An http(s) URL, which may hold ``{date}`` and ``{page}``."""
    given = _url(value, ("http", "https"))
    strange = [found for found in _BRACED.findall(given) if found not in _PLACEHOLDERS]
    if strange:
        raise Wrong(f"{quoted(strange[0])}: {{date}} and {{page}} are the only placeholders")
    return given


def _url(value: object, schemes: tuple[str, ...]) -> str:
    given = words(value)
    shown = quoted(without_secrets(given))
    if any(c.isspace() for c in given) or len(given) > _LONGEST_URL:
        raise Wrong(f"{shown} must be a URL without blanks of at most {_LONGEST_URL} characters")
    try:
        parts = urlsplit(given)
        name, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Wrong(f"{shown} is no URL: {error}") from error
    if parts.scheme not in schemes or not _HOST_LITERAL.fullmatch(name) or port == 0:
        raise Wrong(f"{shown} is no URL that begins with {' or '.join(s + '://' for s in schemes)} and a host")
    if "@" in parts.netloc:
        raise Wrong("must not hold a user name or password; a source can have headers for that")
    return given


def database_url(value: object) -> str:
    """The URL of a database: ``sqlite:///file`` or ``postgresql://...``."""
    given = words(value)
    found = _POSTGRES.match(given)
    if found:
        return "postgresql://" + given[found.end() :]
    file = given.removeprefix("sqlite:///").partition("?")[0]
    if not given.startswith("sqlite:///"):
        raise Wrong('must begin with "sqlite:///" or "postgresql://"')
    if file in ("", ":memory:"):
        raise Wrong('must name a file, like "sqlite:///digest.db": a database in memory forgets everything')
    return given


def contact(value: object) -> str:
    """A mail address or an http(s) URL."""
    given = words(value)
    return _url(given, ("http", "https")) if "://" in given else address(given)


def headers(value: object) -> tuple[tuple[str, str], ...]:
    """HTTP request headers (RFC 9110 section 5): a table of texts, here as pairs."""
    if not isinstance(value, dict):
        raise Wrong(f'must be a table like {{ Accept = "text/html" }}, not {described(value)}')
    return tuple(_header(name, content) for name, content in value.items())


def _header(name: str, content: object) -> tuple[str, str]:
    if not _TOKEN.fullmatch(name):
        raise Wrong(f"{quoted(name)} is no name of a header")
    try:
        line = text(content)
    except Wrong as wrong:
        raise Wrong(f"{quoted(name)} {wrong}") from wrong
    if not line.isascii():
        raise Wrong(f"{quoted(name)} must be ASCII")
    return name, line
