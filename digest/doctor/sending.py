"""From which addresses the mail leaves, as far as that can be known."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from digest.doctor.names import LookupFailed
from digest.sources.address import is_loopback, is_public

if TYPE_CHECKING:
    from digest.config import Config
    from digest.doctor.names import Address, Names

_FAR_AWAY = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Documentation addresses (RFC 5737, RFC 3849). Nothing is sent there: the kernel is asked for the way."""


@dataclass(frozen=True, slots=True)
class Sending:
    """Where mail enters the internet.

    Args:
        addresses: the addresses that receivers will see; () where they cannot be known.
        whose: whose they are, in words: "this machine", "smtp.example.org"
        certain: False for a guess: a relay may send from other addresses than the one that it listens at.
        relay: the name of a relay that somebody else runs; "" for a mail server on this machine.
    """

    addresses: tuple[Address, ...] = ()
    whose: str = "this machine"
    certain: bool = False
    relay: str = ""


def sending_of(config: Config, names: Names, given: Address | None) -> Sending:
    """What is known of where the mail of `config` leaves; `given` is what the operator says."""
    relay = "" if config.mail.transport != "smtp" or is_loopback(config.smtp.host) else config.smtp.host
    if given is not None:
        return Sending((given,), "the address that you named", True, relay)
    if relay:
        return Sending(_relay_addresses(names, relay), relay, False, relay)
    return Sending(tuple(own_addresses()), "this machine")


def own_addresses() -> list[Address]:
    """The public addresses that this machine would send from; none behind address translation."""
    found = []
    for family, target in _FAR_AWAY.items():
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as way:
                way.connect((target, 9))
                address = str(way.getsockname()[0])
        except OSError:
            continue  # no such network here
        if is_public(address):
            found.append(ip_address(address))
    return found


def _relay_addresses(names: Names, relay: str) -> tuple[Address, ...]:
    try:
        return (ip_address(relay),)
    except ValueError:
        pass
    try:
        return tuple(names.addresses(relay))
    except LookupFailed:
        return ()  # that the relay cannot be reached is told elsewhere
