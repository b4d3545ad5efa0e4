"""The console: a message as somebody at a terminal wants to see it, or as its bytes are."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Self, TextIO

from digest.model import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
    from types import TracebackType

    from digest.model import Envelope

_SHOWN = ("Date", "From", "To", "Subject")


class ConsoleTransport:
    """Writes messages to `stream`: the readable headers and the text part, or with `raw` the message itself."""

    def __init__(self, stream: TextIO, *, raw: bool = False) -> None:
        self.stream, self.raw = stream, raw

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stream.flush()

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        """Write `message` (with LF line ends) and flush."""
        shown = message.decode("ascii", "replace").replace("\r\n", "\n") if self.raw else readable(message)
        at_dot()
        self.stream.write(shown)
        self.stream.flush()
        return Receipt(text="written to the console")


def readable(message: bytes) -> str:
    """The headers that people read, decoded, a blank line and the text part, decoded."""
    parsed = message_from_bytes(message)
    heads = [f"{name}: {make_header(decode_header(parsed[name]))}\n" for name in _SHOWN if name in parsed]
    texts = [_content(part) for part in parsed.walk() if part.get_content_type() == "text/plain"]
    return "".join(heads) + "\n" + "".join(texts)


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(payload, bytes) else ""
