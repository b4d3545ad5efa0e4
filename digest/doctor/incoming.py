"""Findings about what comes back: where bounces go, and whether anybody reads them there."""

from __future__ import annotations

import imaplib
import ssl
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from digest.config.addresses import is_loopback, split_listener
from digest.doctor.findings import error, note, ok, paste, warning
from digest.doctor.handover import listens
from digest.errors import ConfigError
from digest.mail.incoming.folders import find_folder, folders_of, named, no_password, quoted_string, wire_name
from digest.mail.verp import LONGEST_BASE, has_room

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.config import Config
    from digest.doctor.findings import Finding
    from digest.mail.incoming.folders import Folder

CHECK = "bounces"
_SECONDS = 15.0


def bounce_findings(config: Config) -> Iterator[Finding]:
    """Where bounces go, and who reads them; this looks at the configuration alone."""
    mail, inbound = config.mail, config.inbound
    if not mail.envelope_from:
        yield note(
            CHECK,
            f"they go to {config.envelope_sender}, like answers: digest does not learn which addresses are dead, and "
            "a sender who goes on writing to those is taken for a spammer",
            "Make an address for them and set envelope_from under [mail].",
        )
    elif mail.verp and not has_room(mail.envelope_from):
        yield error(
            CHECK,
            f"{mail.envelope_from} leaves no room for a token behind a plus sign",
            f"Take one with at most {LONGEST_BASE} characters before the @, or set verp = false.",
        )
    elif mail.verp:
        yield ok(CHECK, f"they go to {_plus(mail.envelope_from)}, each with a token of its delivery")
    else:
        yield note(CHECK, f"they go to {mail.envelope_from} without a token (verp = false): some cannot be told apart")
    if not inbound.lmtp and not inbound.imap_host:
        yield note(
            CHECK,
            "neither inbound.lmtp nor inbound.imap_host is set; whether a mail server pipes them to `digest receive` "
            "cannot be seen from here",
            "If none does, name a mailbox under [inbound], or pipe them in. With Postfix, this line belongs into a "
            "file of aliases that is owned by whom digest runs as, since a pipe out of /etc/aliases runs as nobody, "
            "who cannot read the secret (docs/mail.md):"
            + paste(f'{config.envelope_sender.partition("@")[0]}: "|{program()} -c {config.place} receive"'),
        )
    if inbound.lmtp:
        yield _listener(inbound.lmtp)
        yield from _doors(inbound.lmtp)


def program() -> str:
    """The path of this very program, which a mail server's PATH seldom leads to; its name where that is not known."""
    beside = Path(sys.executable).with_name("digest")
    return str(beside) if beside.is_file() else "digest"


def _plus(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}+...@{domain}"


def _listener(address: str) -> Finding:
    if reason := listens(address):
        return warning(
            CHECK, f"nobody listens at {address} (inbound.lmtp): {reason}", "`digest serve` does, as long as it runs."
        )
    return ok(CHECK, f"somebody listens at {address} (inbound.lmtp)")


def _doors(address: str) -> Iterator[Finding]:
    """Who else than the mail server could hand mail over: they would be believed about who wrote it."""
    host, port = split_listener(address)
    advice = 'Set lmtp = "unix:/run/digest/lmtp.sock", or another path that your mail server reaches (docs/mail.md).'
    if port and not is_loopback(host):
        yield error(CHECK, f"everybody who reaches {address} (inbound.lmtp) can pretend to be any reader", advice)
    elif port:
        yield warning(CHECK, f"every account of this machine can pretend to be any reader at {address}", advice)
    elif (mode := _mode(host)) is not None and mode & stat.S_IWOTH:
        yield warning(CHECK, f"every account of this machine may write to {host} (mode {mode:04o})", "chmod 0660 it.")


def _mode(path: str) -> int | None:
    try:
        return stat.S_IMODE(Path(path).stat().st_mode)
    except OSError:
        return None


def mailbox_findings(config: Config) -> Iterator[Finding]:
    """Whether the mailbox of `inbound` lets us in; nothing in it is read or changed."""
    inbound = config.inbound
    place = f"{inbound.imap_host}:{inbound.usual_imap_port}"
    try:
        password = config.imap_password()
    except ConfigError:
        return  # told of the secrets
    try:
        with _connected(config) as line:
            if why := no_password(line.capabilities, inbound.imap_security):
                yield error("mailbox", f"{place} {why}", "See docs/mail.md for other ways in.")
                return
            _log_in(line, inbound.imap_username, password)
            yield ok("mailbox", f"{place} lets {inbound.imap_username} in")
            for folder in filter(None, (inbound.imap_folder, inbound.imap_done)):
                yield _folder(line, folder)
    except imaplib.IMAP4.error as refused:
        yield error("mailbox", f"{place}: {_said(refused)}", "Check imap_username and password under [inbound].")
    except ssl.SSLError as failed:
        yield error(
            "mailbox",
            f"{place}: no safe line: {failed.reason or failed}",
            'Set imap_host to the name in its certificate. imap_security "tls" goes with port 993, starttls with 143.',
        )
    except (OSError, UnicodeError) as failed:
        yield error("mailbox", f"{place}: {failed}", "Check imap_host and imap_port under [inbound].")


def _connected(config: Config) -> imaplib.IMAP4:
    inbound = config.inbound
    trust = ssl.create_default_context(cafile=str(inbound.imap_ca_file) if inbound.imap_ca_file else None)
    if inbound.imap_security == "tls":
        return imaplib.IMAP4_SSL(inbound.imap_host, inbound.usual_imap_port, ssl_context=trust, timeout=_SECONDS)
    line = imaplib.IMAP4(inbound.imap_host, inbound.usual_imap_port, timeout=_SECONDS)
    if inbound.imap_security == "starttls":
        try:
            line.starttls(trust)
        except BaseException:
            line.shutdown()
            raise
    return line


def _log_in(line: imaplib.IMAP4, username: str, password: str) -> None:
    """Log in as `digest.inbound` does: by SASL where it is offered, else by LOGIN, which needs the name quoted."""
    if "AUTH=PLAIN" in line.capabilities:
        line.authenticate("PLAIN", lambda _challenge: f"\0{username}\0{password}".encode())
    else:
        line.login(quoted_string(username.encode()).decode(), password)


def _folder(line: imaplib.IMAP4, folder: str) -> Finding:
    """Whether there is such a folder: it is opened for reading alone (EXAMINE, RFC 9051 6.3.3)."""
    status, told = line.select(cast("str", wire_name(folder)), readonly=True)
    there = _folders(line) if status != "OK" else []
    if found := find_folder(there, folder):
        status, told = line.select(cast("str", quoted_string(found.wire)), readonly=True)
    if status == "OK":
        count = (told[0] or b"").decode("ascii", "replace")
        return ok("mailbox", f"the folder {folder} holds {count} message{'' if count == '1' else 's'}")
    return error(
        "mailbox",
        f"there is no folder {folder}{named(there)}",
        "Make it in the mailbox, or correct its name under [inbound].",
    )


def _folders(line: imaplib.IMAP4) -> list[Folder]:
    """The folders that a server names; none where it does not."""
    try:
        return folders_of(line.list()[1])
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:  # it does not know the command
        return []


def _said(refused: Exception) -> str:
    """The server's words, which imaplib may hand over as bytes."""
    told = refused.args[0] if refused.args else ""
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told or "the conversation broke off")
