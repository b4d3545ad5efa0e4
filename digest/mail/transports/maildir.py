"""A maildir: each message a file, put there whole or not at all, and never twice."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from typing import TYPE_CHECKING, Self

from digest.errors import Outage, OutcomeUnknown
from digest.model import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from digest.model import Envelope

_MESSAGE_ID = re.compile(rb"^Message-ID:\s+(\S+)", re.MULTILINE | re.IGNORECASE)


class MaildirTransport:
    """Writes into the maildir at `path`, which is made if need be.

    A file is named after its Message-ID, so a second delivery of one message finds the first, also
    after a mail reader has moved it to ``cur/``. Disk trouble is an Outage.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        """Put `message` into ``new/``; `at_dot` is called before the rename that makes it visible.

        Raises:
            Outage: the maildir cannot be written to.
            OutcomeUnknown: the rename, or writing it down, failed.
        """
        name = file_name(message)
        try:
            self._make()
            written = None if self._there(name) else self._write(message, name)
        except OSError as e:
            raise Outage(f"maildir {self.path}: {e.strerror or e}", step="body") from e
        try:
            at_dot()
            if written is None:
                return Receipt(text="already there", queue_id=name)
            self._publish(written, name)
        finally:
            if written is not None:
                written.unlink(missing_ok=True)
        return Receipt(text=f"in {self.path / 'new'}", queue_id=name)

    def _make(self) -> None:
        for folder in (self.path, *(self.path / name for name in ("tmp", "new", "cur"))):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _there(self, name: str) -> bool:
        return (self.path / "new" / name).exists() or any((self.path / "cur").glob(f"{name}*"))

    def _write(self, message: bytes, name: str) -> Path:
        path = self.path / "tmp" / f"{name}.{os.getpid()}.{secrets.token_hex(4)}"
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _publish(self, written: Path, name: str) -> None:
        folder = self.path / "new"
        try:
            written.replace(folder / name)
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as e:
            raise OutcomeUnknown(f"maildir {self.path}: {e.strerror or e}", step="dot") from e


def file_name(message: bytes) -> str:
    """The name of `message` in a maildir: a hash of its Message-ID (of the whole, where it has none)."""
    head = message.partition(b"\r\n\r\n")[0]
    found = _MESSAGE_ID.search(head)
    return f"{hashlib.sha256(found.group(1) if found else message).hexdigest()[:40]}.digest"
