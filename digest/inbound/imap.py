"""IMAP (RFC 3501): looks into a mailbox and takes in what is unread there.

A message is marked as read, or moved away, only after it has been taken in. A crash between the two takes it
in once more, which changes nothing.
"""

from __future__ import annotations

import contextlib
import imaplib
import logging
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from digest.errors import DigestError, StorageError, Unreachable
from digest.mail.incoming import LOOK
from digest.mail.incoming.folders import (
    Folder,
    app_password,
    find_folder,
    folders_of,
    named,
    no_password,
    quoted_string,
    wire_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.inbound import Take

log = logging.getLogger("digest.inbound.imap")

AT_ONCE = 500
"""So many messages are taken in at one look; the rest at the next."""

_LARGEST = 2 * LOOK
_BROKEN = (OSError, imaplib.IMAP4.error, EOFError)
# Controls, and what turns a line of a log around; letters of any script are words.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffd]+")


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """A mailbox: `security` is tls, starttls or none; without `done`, messages are marked as read and stay.

    `timeout` is in seconds, for connecting and for each answer, `limit` for a whole look, so that a server that
    drips or never ends holds nothing up; `ca_file` replaces the system's authorities.
    """

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    security: str = "tls"
    folder: str = "INBOX"
    done: str = ""
    ca_file: Path | None = None
    timeout: float = 60.0
    limit: float = 900.0

    @property
    def place(self) -> str:
        """ "host:port", for messages."""
        return f"{self.host}:{self.port}"


def poll(settings: ImapSettings, take: Take, stop: Callable[[], bool] = lambda: False) -> int:
    """Take in what is unread in a mailbox; how many messages that were.

    A message for which `take` fails stays unread, to be taken in at another look, and stops no other.

    Args:
        stop: is asked before each message; true ends the look there.

    Raises:
        Unreachable: no connection, no login, no such folder, or the line broke: why, and what to do.
        StorageError: `take` raised it; what is left is for another look.
    """
    with _explained(settings), _mailbox(settings) as box:
        unread = box.unread()[:AT_ONCE]
        if unread and settings.done:
            box.make(settings.done)
        return sum(_taken(box, number, take) for number in unread if not stop())


def _taken(box: _Box, number: str, take: Take) -> bool:
    message = box.message(number)
    if message is None:  # somebody else has deleted it meanwhile
        return False
    try:
        take(message, "", None)
    except StorageError:
        raise
    except DigestError as error:
        log.error("not taken uid=%s: %s", number, error)
        return False
    except Exception:
        log.exception("not taken uid=%s", number)
        return False
    box.finish(number)
    return True


class _Line(imaplib.IMAP4):
    """A conversation in which the server cannot make us set aside more memory than a message may take."""

    def read(self, size: int) -> bytes:
        """The next `size` bytes, which the server announced."""
        if size > _LARGEST:
            raise self.abort(f"announces {size} bytes, where {LOOK} were asked for")
        return super().read(size)


class _TlsLine(_Line, imaplib.IMAP4_SSL):
    """The same over TLS from the first byte."""


class _Box:
    """An open, selected folder."""

    def __init__(self, line: imaplib.IMAP4, settings: ImapSettings) -> None:
        self._line, self._settings, self._done = line, settings, b""
        # Asked for again: most servers say little about themselves before the login.
        (able, *_) = said(line.capability(), "CAPABILITY")
        self._able = frozenset(able.decode("ascii", "replace").upper().split())

    def unread(self) -> list[str]:
        """The UIDs of the messages that nobody has read, the oldest first."""
        (found, *_) = said(self._line.uid("SEARCH", "UNSEEN", "UNDELETED"), "SEARCH")
        return [number.decode("ascii") for number in (found or b"").split() if number.isdigit()]

    def message(self, number: str) -> bytes | None:
        """The first `LOOK` bytes of a message, which stays unread; None where it is gone."""
        answer = said(self._line.uid("FETCH", number, f"(BODY.PEEK[]<0.{LOOK}>)"), "FETCH")
        return next((bytes(item[1]) for item in answer if isinstance(item, tuple)), None)

    def finish(self, number: str) -> None:
        """Mark a message as read, or move it away."""
        said(self._line.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)"), "STORE")
        if not self._done:
            return
        if "MOVE" in self._able:  # RFC 6851
            said(_uid(self._line, "MOVE", number, self._done), "MOVE")
            return
        said(_uid(self._line, "COPY", number, self._done), "COPY")
        said(self._line.uid("STORE", number, "+FLAGS.SILENT", r"(\Deleted)"), "STORE")
        if "UIDPLUS" in self._able:  # RFC 4315; a plain EXPUNGE would take away other messages as well
            said(self._line.uid("EXPUNGE", number), "EXPUNGE")

    def make(self, folder: str) -> None:
        """Make a folder, if it is not there yet: a message is taken in only if it can be put away afterwards."""
        self._done = wire_name(folder)
        if not folder.startswith("\\") and self._line.status(_as_text(self._done), "(MESSAGES)")[0] == "OK":
            return
        there = folders(self._line)
        if found := find_folder(there, folder):
            self._done = quoted_string(found.wire)
            return
        made = self._line.create(_as_text(self._done))
        if made[0] != "OK" and any(one.name.upper().startswith("INBOX/") for one in there):
            self._done = wire_name(f"INBOX{_between(there)}{folder}")
            made = self._line.create(_as_text(self._done))
        said(made, f"no folder {folder!r}, and none can be made", named(there))


def said(answer: tuple[str, list[Any]], what: str, more: str = "") -> list[Any]:
    """The data of a positive answer; what a negative one was for, and what `more` is to be said of it.

    Raises:
        imaplib.IMAP4.error: the server said no.
    """
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{what}: {words(data[0] if data else '')}{more}")
    return data


@contextlib.contextmanager
def _mailbox(settings: ImapSettings) -> Iterator[_Box]:
    line = _connected(settings)
    end = threading.Timer(settings.limit, _cut_off, (line,))
    end.daemon = True
    end.start()
    try:
        _log_in(line, settings)
        select_folder(line, settings.folder)
        yield _Box(line, settings)
    finally:
        end.cancel()
        _hang_up(line)


def select_folder(line: imaplib.IMAP4, folder: str) -> None:
    """Open a folder by the name that people know it by.

    Raises:
        imaplib.IMAP4.error: there is none: the server's words, and which there are.
    """
    answer = ("NO", [b""]) if folder.startswith("\\") else line.select(_as_text(wire_name(folder)))
    if answer[0] == "OK":
        return
    there = folders(line)
    if found := find_folder(there, folder):
        answer = line.select(_as_text(quoted_string(found.wire)))
    said(answer, f"no folder {folder!r}", named(there))


def folders(line: imaplib.IMAP4) -> list[Folder]:
    """The folders that a server names; none where it does not."""
    try:
        status, listed = line.list()
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:  # it does not know the command
        return []
    return folders_of(listed) if status == "OK" else []


def _between(there: list[Folder]) -> str:
    """What parts the levels of names on the line, by a name below INBOX."""
    first = next(one.wire for one in there if one.name.upper().startswith("INBOX/"))
    return chr(first[len("INBOX")])


def _as_text(wire: bytes) -> str:
    """Bytes as imaplib wants them in its types; it hands them on as they are."""
    return cast("str", wire)


def _uid(line: imaplib.IMAP4, command: str, number: str, folder: bytes) -> tuple[str, list[Any]]:
    return line.uid(command, number, _as_text(folder))


def _cut_off(line: imaplib.IMAP4) -> None:
    """End a conversation under the hands of whoever waits in it."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line.socket(), socket.SHUT_RDWR)


def _hang_up(line: imaplib.IMAP4) -> None:
    try:
        line.logout()
    except _BROKEN:
        with contextlib.suppress(OSError):
            line.shutdown()


def _connected(settings: ImapSettings) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    where = (settings.host, settings.port)
    if settings.security == "tls":
        return _TlsLine(*where, ssl_context=context, timeout=settings.timeout)
    line = _Line(*where, timeout=settings.timeout)
    if settings.security == "starttls":
        try:
            line.starttls(context)
        except BaseException:
            _hang_up(line)
            raise
    return line


def _log_in(line: imaplib.IMAP4, settings: ImapSettings) -> None:
    if why := no_password(line.capabilities, settings.security):
        raise Unreachable(settings.place, why)
    try:
        if "AUTH=PLAIN" in line.capabilities:
            credentials = f"\0{settings.username}\0{settings.password}".encode()
            line.authenticate("PLAIN", lambda _challenge: credentials)
        else:
            line.login(quoted_string(settings.username.encode()).decode(), settings.password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError) as error:
        hint = app_password(line.capabilities)
        raise Unreachable(
            settings.place, f"refuses the login of {settings.username!r}: {words(error)}{hint}"
        ) from error


@contextlib.contextmanager
def _explained(settings: ImapSettings) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as error:
        raise Unreachable(settings.place, f"no TLS: {error.reason or error}") from error
    except _BROKEN as error:
        raise Unreachable(settings.place, words(error) or type(error).__name__) from error


def words(told: object) -> str:
    """What a server or an error says, as one printable line."""
    if isinstance(told, imaplib.IMAP4.error) and told.args:
        told = told.args[0]  # which is bytes, where a login is refused
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return _UNPRINTABLE.sub(" ", text).strip()[:300]
