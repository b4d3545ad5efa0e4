"""The lab itself: servers come up, answer for what they were told alone, and are gone afterwards."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import dns.resolver
import pytest

from tests.lab.dns import Records, dns_server, reversed_name
from tests.lab.process import LOOPBACK, NotStarted, folder, free_port, listens, running, until

if TYPE_CHECKING:
    from pathlib import Path

LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"
ZONE: Records = {
    "example.test": {"TXT": ["v=spf1 -all", "x" * 600], "MX": ["10 mx.example.test.", "20 mx2.example.test."]},
    "mx.example.test": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]},
    reversed_name("192.0.2.1"): {"PTR": ["mx.example.test."]},
}


def test_a_server_runs_for_the_time_of_its_with(tmp_path: Path) -> None:
    port = free_port()
    assert port > 1024
    with running([sys.executable, "-c", LISTEN, str(port)], tmp_path / "log", [port]) as process:
        assert listens(port)
    assert process.returncode is not None
    assert not listens(port)


def test_a_server_is_stopped_after_a_failure(tmp_path: Path) -> None:
    port = free_port()
    with (
        pytest.raises(ZeroDivisionError),
        running([sys.executable, "-c", LISTEN, str(port)], tmp_path / "log", [port]),
    ):
        1 / 0  # noqa: B018
    assert not listens(port)


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such option')"]
    with pytest.raises(NotStarted, match="ended with 1: no such option"), running(command, tmp_path / "log", [1]):
        pass


def test_a_folder_is_open_to_other_accounts_and_gone_afterwards() -> None:
    with folder("test") as place:
        assert place.stat().st_mode & 0o777 == 0o755
        (place / "file").touch()
    assert not place.exists()


def test_waiting_ends() -> None:
    with pytest.raises(TimeoutError, match=r"not within 0\.1 s: a miracle"):
        until(lambda: False, "a miracle", 0.1)


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_the_name_server_knows_what_it_was_told(tcp: bool) -> None:
    with dns_server(ZONE) as port:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [LOOPBACK], port
        for name, kinds in ZONE.items():
            for kind, values in kinds.items():
                found = {_text(answer) for answer in resolver.resolve(name, kind, tcp=tcp)}
                assert found == set(values)
        with pytest.raises(dns.resolver.NoAnswer):
            resolver.resolve("example.test", "A", tcp=tcp)
        for name in ("no.example.test", "example.org"):
            with pytest.raises(dns.resolver.NXDOMAIN):
                resolver.resolve(name, "A", tcp=tcp)


def _text(answer: dns.rdata.Rdata) -> str:
    return b"".join(answer.strings).decode() if hasattr(answer, "strings") else answer.to_text()
