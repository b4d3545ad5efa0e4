"""Header fields, written by hand (RFC 5322, RFC 2047): nothing that a stranger wrote becomes a field of its own.

Three kinds: `unstructured` (Subject), `mailbox` (From, To, Reply-To) and `machine` (everything that programs
read). Each function returns a whole field: name, value, folds (CRLF and a space), without the final CRLF.
Encoded words are at most 75 characters, split between characters, on lines of at most 76; other lines
are at most 78; only a machine field may be longer where it has no place to fold, up to 998.
"""

from __future__ import annotations

import base64
import re
import string
import unicodedata
from typing import TYPE_CHECKING

from digest.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Callable

SOFT, HARD = 78, 998
_WORD, _ENCODED_LINE = 75, 76
_Q_SAFE = frozenset((string.ascii_letters + string.digits + "!*+-/").encode())
_Q = {b: chr(b) if b in _Q_SAFE else f"={b:02X}" for b in range(256)} | {0x20: "_"}
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_PHRASE = re.compile(rf"{_ATEXT}(?: {_ATEXT})*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_FOLDABLE = re.compile(r"[!-~]+(?: [!-~]+)*")


def unstructured(name: str, text: str) -> str:
    """The field `name` with free text: as it is where that is safe and folds well, else in encoded words.

    Raises:
        MessageError: `text` holds a control character or a lone surrogate.
    """
    _refuse_controls(name, text)
    if _FOLDABLE.fullmatch(text) and "=?" not in text:
        folded = _fold(f"{name}: {text}")
        if _longest(folded) <= SOFT:
            return folded
    return f"{name}: " + _encoded(text, len(name) + 2)


def mailbox(name: str, display: str, address: str) -> str:
    """The field `name` with one address, and a display name unless `display` is "".

    Raises:
        MessageError: the address or the display name cannot stand in a header.
    """
    bare = ascii_address(address)
    if not display:
        return f"{name}: {bare}"
    _refuse_controls(name, display)
    line = f"{name}: {_phrase(display, len(name) + 2)}"
    room = SOFT - len(line.rpartition("\r\n")[2]) - len(bare) - 3
    between = " " if room >= 0 else "\r\n "
    return f"{line}{between}<{bare}>"


def machine(name: str, value: str) -> str:
    """The field `name` for programs: never encoded, folded only at white space (RFC 2047 5).

    Raises:
        MessageError: `value` is not plain printable ASCII, or has a stretch too long for a line.
    """
    if not _FOLDABLE.fullmatch(value) or "=?" in value:
        raise MessageError(f"{name}: the value must be plain ASCII words: {value!r}")
    folded = _fold(f"{name}: {value}")
    if _longest(folded) > HARD:
        raise MessageError(f"{name}: a line of more than {HARD} characters")
    return folded


def ascii_address(address: str) -> str:
    """A bare address as it stands on the wire: the domain in A-labels (IDNA 2008).

    Raises:
        MessageError: not an address, or one that needs SMTPUTF8.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or len(address) > 254:
        raise MessageError(f"not a mail address: {address!r}")
    if not local.isascii():
        raise MessageError(
            f"5.6.7 {address!r} needs SMTPUTF8 (RFC 6531), which is not supported: non-ASCII before the @"
        )
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        raise MessageError(f"not a mail address that can be written to: {address!r}")
    return f"{local}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """`domain` in A-labels.

    Raises:
        MessageError: not a domain name.
    """
    ascii_form = domain if domain.isascii() else _a_labels(domain)
    if len(ascii_form) > 253 or not all(_LABEL.fullmatch(label) for label in ascii_form.split(".")):
        raise MessageError(f"not a domain name: {domain!r}")
    return ascii_form


def _a_labels(domain: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as e:
        raise MessageError(f"not a domain name: {domain!r} ({e})") from e


def _refuse_controls(name: str, text: str) -> None:
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
            raise MessageError(f"{name}: control character U+{ord(char):04X} in {text[:80]!r}")


def _phrase(display: str, used: int) -> str:
    """A display name: atoms, a quoted string, or encoded words (RFC 5322 3.2.5, RFC 2047 5 (3))."""
    if not display.isascii() or "=?" in display or used + len(display) > SOFT - 10:
        return _encoded(display, used)
    if _PHRASE.fullmatch(display):
        return display
    return '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encoded(text: str, used: int) -> str:
    return "\r\n ".join(encoded_words(text, _ENCODED_LINE - used))


def encoded_words(text: str, first: int = _WORD) -> list[str]:
    """`text` as encoded words of at most 75 characters (`first` for the first one), each of whole characters."""
    inner: Callable[[bytes], str] = min(_q, _b, key=lambda encoding: len(encoding(text.encode())))
    words, chunk, room = [], "", first
    for char in text:
        if chunk and len(inner((chunk + char).encode())) > min(room, _WORD):
            words.append(inner(chunk.encode()))
            chunk, room = "", _WORD
        chunk += char
    return [*words, inner(chunk.encode())]


def _q(data: bytes) -> str:
    return f"=?utf-8?q?{''.join(_Q[byte] for byte in data)}?="


def _b(data: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(data).decode('ascii')}?="


def _fold(line: str) -> str:
    """`line` folded at single spaces; what comes behind the name stays on its line."""
    name, _, value = line.partition(": ")
    lines = [f"{name}:"]
    for at, word in enumerate(value.split(" ")):
        if at and len(lines[-1]) + 1 + len(word) > SOFT:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _longest(folded: str) -> int:
    return max(len(line) for line in folded.split("\r\n"))
