"""Links as feeds write them, made absolute and fit for a mail, or dropped."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

LONGEST = 2_000
"""Characters of a URL beyond which it is dropped."""

_STRIP = "".join(map(chr, range(0x21)))  # leading and trailing C0 and space, as the WHATWG URL standard does
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_SAFE = "/:@!$&'()*+,;=~-._%"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)


def http_url(url: str, base: str = "") -> str:
    """`url` as an absolute http(s) URL in ASCII, resolved against `base`; "" where it is not one.

    A URL without a scheme (``//host/path``) takes that of `base`, or https. Other schemes, user names, hosts and
    ports that cannot be, and more than `LONGEST` characters give "". Host names become their IDNA form, spaces,
    quotes, angle brackets and non-ASCII characters are percent-encoded, tabs and line ends dropped (WHATWG URL).
    """
    url = re.sub(r"[\t\r\n]", "", url[: LONGEST + 1].strip(_STRIP))
    if not url or len(url) > LONGEST:
        return ""
    try:
        parts = urlsplit(_absolute(url, base))
        host, port = _host(parts), parts.port
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    clean = _assemble(parts, host, port)
    return clean if len(clean) <= LONGEST else ""


def _absolute(url: str, base: str) -> str:
    if url.startswith("//") and not base:
        return "https:" + url
    return url if _SCHEME.match(url) or not base else urljoin(base, url)


def _host(parts: SplitResult) -> str:
    """The host in lower case and ASCII, "" where there is none or it is not to be trusted."""
    host = parts.hostname or ""
    if "@" in parts.netloc or "\\" in parts.netloc:
        return ""
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host).compressed}]"
    host = host.encode("idna").decode("ascii").lower().removesuffix(".") if host else ""
    return host if len(host) <= 253 and all(map(_LABEL.fullmatch, host.split("."))) else ""


def _assemble(parts: SplitResult, host: str, port: int | None) -> str:
    default = {"http": 80, "https": 443}[parts.scheme]
    netloc = host if port in (None, default) else f"{host}:{port}"
    query, fragment = (quote(text, safe=_SAFE + "?", errors="replace") for text in (parts.query, parts.fragment))
    return urlunsplit((parts.scheme, netloc, quote(parts.path, safe=_SAFE, errors="replace"), query, fragment))
