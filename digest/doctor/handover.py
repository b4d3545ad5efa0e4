"""Findings about the ways out other than a relay: LMTP, the sendmail program, a maildir, the console."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from digest.config.addresses import split_listener
from digest.doctor.findings import error, note, ok, paste
from digest.doctor.house import writable
from digest.doctor.relay import impatient
from digest.errors import Outage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.config import Config
    from digest.doctor.findings import Finding

_SECONDS = 10.0


def handover_findings(config: Config) -> Iterator[Finding]:
    """Whether the configured way out is open; nothing goes through it."""
    ways: dict[str, Callable[[Config], Iterator[Finding]]] = {
        "lmtp": _lmtp,
        "sendmail": _sendmail,
        "maildir": _maildir,
        "console": _console,
    }
    yield from ways[config.mail.transport](config)


def listens(address: str) -> str:
    """ "" if somebody listens at ``host:port`` or at the socket of that path, else why it does not seem so."""
    host, port = split_listener(address)
    try:
        if port:
            socket.create_connection((host, port), _SECONDS).close()
        else:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(_SECONDS)
                line.connect(host)
    except OSError as failed:
        return failed.strerror or str(failed)
    return ""


def _lmtp(config: Config) -> Iterator[Finding]:
    from digest.mail.transports.relay import Security, SmtpSettings, probe

    host, port = split_listener(config.lmtp.address)
    try:
        facts = probe(impatient(SmtpSettings(host, port, Security.NONE, lmtp=True)))
    except Outage as failed:
        yield error("lmtp", str(failed), "Start the mail server's LMTP service, or correct address under [lmtp].")
    else:
        yield ok("lmtp", f"{config.lmtp.address} answers: {facts.greeting[:100]}")


def _sendmail(config: Config) -> Iterator[Finding]:
    program = config.sendmail.path
    if not program.is_file():
        yield error(
            "sendmail",
            f"there is no program {program}",
            "Install a mail server (Postfix, Exim) or a client such as msmtp, or correct path under [sendmail].",
        )
    elif not os.access(program, os.X_OK):
        yield error("sendmail", f"{program} cannot be run", f"Run:{paste(f'chmod +x {program}')}")
    else:
        yield ok("sendmail", f"{program} is there and can be run")


def _maildir(config: Config) -> Iterator[Finding]:
    place = config.maildir.path
    folder = _nearest(place / "new")
    if not folder.is_dir() or not writable(folder):
        yield error("maildir", f"{place} cannot be written to", f"Let whoever digest runs as write to {folder}.")
        return
    yield ok("maildir", f"mail is put into {place}")
    yield _stays_here("maildir")


def _console(_config: Config) -> Iterator[Finding]:
    yield ok("console", "mail is printed")
    yield _stays_here("console")


def _stays_here(check: str) -> Finding:
    return note(
        check,
        "no mail leaves this machine; SPF, DKIM and the like are looked at once it does",
        'To send it, set transport = "smtp" under [mail], and the server under [smtp].',
    )


def _nearest(path: Path) -> Path:
    """The lowest folder of `path` that is there."""
    return path if path.exists() or path == path.parent else _nearest(path.parent)
