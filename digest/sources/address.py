"""Which network addresses belong to the public internet.

A feed may redirect anywhere, and its owner may point a name at any address: without this check a redirect
could make `digest` read from the machine's own services or from a cloud's metadata address.
"""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as seen from IPv6-only networks (RFC 6052): the last four bytes count."""


_LOGIN = re.compile(r"\A(https?://)[^/?#]*@", re.IGNORECASE)


class PrivateAddress(OSError):
    """A name that leads to an address outside the public internet."""


def is_public(text: str) -> bool:
    """Whether `text` is an address that anybody on the internet may be sent to.

    Loopback, private, shared, link-local, multicast, reserved and unspecified addresses are not, nor are IPv6
    addresses that wrap such an IPv4 address (mapped, 6to4, Teredo, NAT64), nor anything that is no address.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(a.is_global and not a.is_multicast for a in (address, *_wrapped(address)))


def is_private(host: str) -> bool:
    """Whether a host is an address literal, and not a public one; a name is neither."""
    try:
        ip_address(normal(host).partition("%")[0])
    except ValueError:
        return False
    return not is_public(normal(host))


def is_loopback(host: str) -> bool:
    """Whether a host name or address literal means this very machine."""
    host = normal(host)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def normal(host: str) -> str:
    """A host in the form in which hosts are compared: lower case, no brackets, no final dot."""
    return host.strip("[]").rstrip(".").lower()


def host_of(url: str) -> str:
    """The host of a URL, in lower case; "" where there is none to be found."""
    try:
        return normal(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def bare_url(url: str) -> str:
    """A URL as it may be shown and stored: without user name and password."""
    return _LOGIN.sub(r"\1", url)


def resolve(host: str, port: int, *, anywhere: bool) -> list[str]:
    """The addresses of `host`, in the order in which they are to be tried.

    Unless `anywhere`, every one of them must be public: a name with one foot inside is refused whole.

    Raises:
        PrivateAddress: as said.
        OSError: the name has no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host!r} is no host name") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not anywhere and not is_public(address):
            raise PrivateAddress(f"{host} is at {address}, which is not on the public internet")
    return addresses


def _wrapped(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    if isinstance(address, IPv4Address):
        return ()
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(a for a in inner if a is not None)
