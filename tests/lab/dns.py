"""dnsmasq: a name server on loopback that knows what a test tells it; any other name does not exist."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from typing import TYPE_CHECKING

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from tests.lab.need import need
from tests.lab.process import folder, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

# name -> type ("TXT", "MX", "A", "PTR", ...) -> values as in a zone file; a TXT is given without quotes.
Records = dict[str, dict[str, list[str]]]

_CONFIG = """
port={port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
no-poll
keep-in-foreground
local=/#/
log-facility=-
"""


def reversed_name(ip: str) -> str:
    """The name that holds the PTR of an address: ``9.113.0.203.in-addr.arpa``."""
    return ipaddress.ip_address(ip).reverse_pointer


@contextlib.contextmanager
def dns_server(records: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[int]:
    """The port, for UDP and TCP, of a name server that knows `records`."""
    program = need("dnsmasq", "dnsmasq-base")
    with folder("dns") as place:
        port = free_port()
        config = place / "dnsmasq.conf"
        config.write_text(_CONFIG.format(port=port) + "".join(_lines(records)))
        with running(_command(program, config), place / "log", [port]):
            yield port


def _command(program: Path, config: Path) -> list[str | Path]:
    account = ["--user=root"] if os.geteuid() == 0 else []
    return [program, f"--conf-file={config}", *account]


def _lines(records: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[str]:
    for name, kinds in records.items():
        for kind, values in kinds.items():
            yield from (_line(name, kind, value) for value in values)


def _line(name: str, kind: str, value: str) -> str:
    if kind == "TXT":  # strings of at most 255 bytes each (RFC 1035 3.3.14)
        quoted = (f'"{value[i : i + 200]}"' for i in range(0, len(value), 200))
        return f"txt-record={name},{','.join(quoted)}\n"
    number = dns.rdatatype.from_text(kind)
    data = dns.rdata.from_text(dns.rdataclass.IN, number, value, origin=dns.name.root, relativize=False)
    return f"dns-rr={name},{int(number)},{data.to_digestable().hex()}\n"
