"""SpamAssassin and rspamd: what a receiver's filter makes of a message."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import urllib.request
from dataclasses import dataclass
from email import message_from_bytes
from email.utils import formatdate
from typing import TYPE_CHECKING

from tests.lab.need import need
from tests.lab.process import LOOPBACK, folder, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Where the mail came from, as the receiver saw it: an address of nobody (RFC 3849), which no traffic goes to.
CLIENT_IP, CLIENT_NAME = "2001:db8::9", "mx.example.test"

_RSPAMD = """
.include "$CONFDIR/common.conf"
options {{
  pidfile = "{place}/pid"; tempdir = "{place}"; filters = "chartable,dkim,regexp";
  dns {{ nameserver = ["127.0.0.1:{dns}:1"]; timeout = 0.2s; retransmits = 1; }}
  local_addrs = []; map_watch_interval = 1d; url_tld = "/usr/share/rspamd/effective_tld_names.dat";
}}
logging {{ type = "file"; filename = "{place}/rspamd.log"; level = "warning"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
worker "controller" {{ enabled = false; }}
"""


@dataclass(frozen=True)
class Verdict:
    """The `score` (more is worse) and what it is made of: the name of each rule that hit, and its points."""

    score: float
    rules: dict[str, float]


@dataclass(frozen=True)
class SpamAssassin:
    """A running spamd: Debian's rules, no network."""

    port: int

    def judge(self, message: bytes, envelope_from: str) -> Verdict:
        """What it makes of `message`, received from a stranger."""
        command = [need("spamc", "spamc"), "-d", LOOPBACK, "-p", str(self.port), "-s", "5000000", "--headers"]
        done = subprocess.run(
            [*command, "-x"], input=_received(message, envelope_from), capture_output=True, check=True
        )
        score, _, rules = str(message_from_bytes(done.stdout)["X-Spam-Lab"]).replace("\n\t", "").partition(" ")
        named = (rule.split("=") for rule in rules.replace(" ", "").split(",") if "=" in rule)
        return Verdict(float(score), {name: float(points) for name, points in named})


def _received(message: bytes, envelope_from: str) -> bytes:
    """`message` with what the receiver's server puts on top, which the rules want to see."""
    trace = (
        f"Return-Path: <{envelope_from}>\n"
        f"Received: from {CLIENT_NAME} ({CLIENT_NAME} [IPv6:{CLIENT_IP}])\n"
        f"\tby in.example.net (Postfix) with ESMTPS id 4A1B2C3D4E\n\tfor <reader@example.net>; {formatdate()}\n"
    )
    return trace.encode() + message.replace(b"\r\n", b"\n")


@contextlib.contextmanager
def spamassassin() -> Iterator[SpamAssassin]:
    """A spamd with the installed rules, without network tests, learning or a white list."""
    program = need("spamd", "spamd spamc spamassassin")
    need("spamc", "spamc")
    with folder("spamassassin") as place:
        made = SpamAssassin(free_port())
        lines = ["use_bayes 0", "clear_headers", "add_header all Lab _SCORE_ _TESTSSCORES(,)_", "fold_headers 0"]
        config = [f"--cf={line}" for line in (*lines, "trusted_networks 127/8", "internal_networks 127/8")]
        where = [f"--listen={LOOPBACK}:{made.port}", f"--helper-home-dir={place}", f"--pidfile={place / 'pid'}"]
        account = ["--username=nobody"] if os.geteuid() == 0 else []
        command = [program, "--local", "--max-children=1", "--syslog=stderr", *where, *account, *config]
        with running(command, place / "log", [made.port]):
            yield made


@dataclass(frozen=True)
class Rspamd:
    """A running rspamd."""

    port: int

    def judge(self, message: bytes, envelope_from: str) -> Verdict:
        """What it makes of `message`, received from `CLIENT_IP`."""
        told = {"IP": CLIENT_IP, "Helo": CLIENT_NAME, "Hostname": CLIENT_NAME, "From": envelope_from}
        request = urllib.request.Request(f"http://{LOOPBACK}:{self.port}/checkv2", message, told)
        with urllib.request.urlopen(request, timeout=30) as answer:
            said = json.load(answer)
        return Verdict(said["score"], {name: symbol["score"] for name, symbol in said["symbols"].items()})


@contextlib.contextmanager
def rspamd(dns: int) -> Iterator[Rspamd]:
    """An rspamd with its own rules, that asks the name server at port `dns` of loopback and nobody else."""
    program = need("rspamd", "rspamd")
    with folder("rspamd") as place:
        made = Rspamd(free_port())
        config = place / "rspamd.conf"
        config.write_text(_RSPAMD.format(place=place, dns=dns, port=made.port))
        command: list[str | Path] = [program, "--no-fork", "--insecure", f"--config={config}"]
        with running([*command, f"--var=DBDIR={place}", f"--var=RUNDIR={place}"], place / "log", [made.port]):
            yield made
