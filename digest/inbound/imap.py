"""IMAP (RFC 3501): looks into a mailbox and takes in what is unread there.

A message is marked as read, or moved away, only after it has been taken in. A crash between the two takes it
in once more, which changes nothing.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import logging
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from digest.errors import DigestError, StorageError, Unreachable
from digest.mail.incoming import LOOK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.inbound import Take

log = logging.getLogger("digest.inbound.imap")

AT_ONCE = 500
"""So many messages are taken in at one look; the rest at the next."""

_LARGEST = 2 * LOOK
_BROKEN = (OSError, imaplib.IMAP4.error, EOFError)
_PRINTABLE = re.compile(r"[^\x20-\x7e]+")


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
        self._line, self._settings = line, settings
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
        if not self._settings.done:
            return
        if "MOVE" in self._able:  # RFC 6851
            said(self._line.uid("MOVE", number, quoted(self._settings.done)), "MOVE")
            return
        said(self._line.uid("COPY", number, quoted(self._settings.done)), "COPY")
        said(self._line.uid("STORE", number, "+FLAGS.SILENT", r"(\Deleted)"), "STORE")
        if "UIDPLUS" in self._able:  # RFC 4315; a plain EXPUNGE would take away other messages as well
            said(self._line.uid("EXPUNGE", number), "EXPUNGE")

    def make(self, folder: str) -> None:
        """Make a folder, if it is not there yet: a message is taken in only if it can be put away afterwards."""
        name = quoted(folder)
        if self._line.status(name, "(MESSAGES)")[0] != "OK":
            said(self._line.create(name), f"no folder {folder!r}, and none can be made")


def said(answer: tuple[str, list[Any]], what: str) -> list[Any]:
    """The data of a positive answer.

    Raises:
        imaplib.IMAP4.error: the server said no.
    """
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{what}: {words(data[0] if data else '')}")
    return data


@contextlib.contextmanager
def _mailbox(settings: ImapSettings) -> Iterator[_Box]:
    line = _connected(settings)
    end = threading.Timer(settings.limit, _cut_off, (line,))
    end.daemon = True
    end.start()
    try:
        _log_in(line, settings)
        said(line.select(quoted(settings.folder)), f"no folder {settings.folder!r}")
        yield _Box(line, settings)
    finally:
        end.cancel()
        _hang_up(line)


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
    try:
        if "AUTH=PLAIN" in line.capabilities:
            credentials = f"\0{settings.username}\0{settings.password}".encode()
            line.authenticate("PLAIN", lambda _challenge: credentials)
        else:
            line.login(_string(settings.username), settings.password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError) as error:
        raise Unreachable(settings.place, f"refuses the login of {settings.username!r}: {words(error)}") from error


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
    return _PRINTABLE.sub(" ", text).strip()[:300]


def quoted(name: str) -> str:
    """The name of a folder as a quoted string, in modified UTF-7 (RFC 3501 5.1.3)."""
    return _string(re.sub(r"[^\x20-\x7e]+", _utf7, name.replace("&", "&-")))


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _utf7(found: re.Match[str]) -> str:
    coded = base64.b64encode(found[0].encode("utf-16-be", "replace"), altchars=b"+,")
    return f"&{coded.decode('ascii').rstrip('=')}-"
