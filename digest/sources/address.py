"""Which network addresses belong to the public internet.

A feed may redirect anywhere, and its owner may point a name at any address: without this check a redirect
could make `digest` read from the machine's own services or from a cloud's metadata address.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from digest.redaction import without_secrets

GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is given out for the internet (RFC 4291 2.4, IANA); the rest is local, multicast or nobody's."""

NOT_GLOBAL = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv6Network("3fff::/20"))
"""For protocols, relays and documentation (RFC 6890, 7526, 9637), whatever this version of Python knows of them."""

NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as seen from IPv6-only networks (RFC 6052): the last four bytes count."""


class PrivateAddress(OSError):
    """A name that leads to an address outside the public internet."""


def is_public(text: str) -> bool:
    """Whether `text` is an address that anybody on the internet may be sent to.

    Only global unicast addresses are: no loopback, private, shared, link-local, multicast, reserved or unspecified
    ones, no IPv6 addresses that wrap such an IPv4 address (mapped, 6to4, Teredo, NAT64), nor anything that is no
    address.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inside = _wrapped(address)
    translated = isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in NAT64)
    return all(map(_is_global, inside if translated else (address, *inside)))


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    named = any(address.version == network.version and address in network for network in NOT_GLOBAL)
    return address.is_global and not address.is_multicast and not named


def is_private(host: str) -> bool:
    """Whether a host is an address literal that is not public, or a name of this machine; another name is neither."""
    try:
        ip_address(normal(host).partition("%")[0])
    except ValueError:
        return is_loopback(host)
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
    """A URL as it may be shown and stored: without user name, password and keys."""
    return without_secrets(url)


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
