"""Header fields, written by hand (RFC 5322, RFC 2047): nothing that a stranger wrote becomes a field of its own.

Four kinds: `unstructured` (Subject), `mailbox` (From, Reply-To), `recipient` (To) and `machine` (everything that
programs read). Each function returns a whole field: name, value, folds (CRLF and a space), without the final CRLF.
Encoded words are at most 75 characters, split between characters, on lines of at most 76; other lines are at
most 78; only addresses and machine fields may be longer where they have no place to fold, up to 998. All are
ASCII, but for a recipient's address that needs SMTPUTF8 (RFC 6532).
"""

from __future__ import annotations

import base64
import contextlib
import re
import string
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Callable

SOFT, HARD = 78, 998
_WORD, _ENCODED_LINE = 75, 76
_ADDRESS, _LOCAL_PART, _DOMAIN = 254, 64, 253
_Q_SAFE = frozenset((string.ascii_letters + string.digits + "!*+-/").encode())
_Q = {b: chr(b) if b in _Q_SAFE else f"={b:02X}" for b in range(256)} | {0x20: "_"}
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_PHRASE = re.compile(rf"{_ATEXT}(?: {_ATEXT})*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# Zero width space, joiners, no-break space and soft hyphen: what a copied address brings along.
_UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
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
    room = _ENCODED_LINE - len(line.rpartition("\r\n")[2]) - len(bare) - 3
    between = " " if room >= 0 else "\r\n "
    return f"{line}{between}<{bare}>"


def recipient(name: str, address: str) -> str:
    """The field `name` with one bare address; raw UTF-8 (NFC) before the @ where it is not ASCII (RFC 6532 3.2).

    Raises:
        MessageError: the address cannot be written to.
    """
    return f"{name}: {wire_address(address)}"


def machine(name: str, value: str) -> str:
    """The field `name` for programs: never encoded (RFC 2047 5), folded only behind a comma or a semicolon.

    Receivers that look for an unsubscribe link miss one that was encoded or folded elsewhere.

    Raises:
        MessageError: `value` is not plain printable ASCII, or has a stretch too long for a line.
    """
    if not _FOLDABLE.fullmatch(value) or "=?" in value:
        raise MessageError(f"{name}: the value must be plain ASCII words: {value!r}")
    folded = _fold(f"{name}: {value}", after=(",", ";"))
    if _longest(folded) > HARD:
        raise MessageError(f"{name}: a line of more than {HARD} characters")
    return folded


def ascii_address(address: str) -> str:
    """A bare address as it stands on every wire: the domain in A-labels (IDNA 2008).

    Raises:
        MessageError: not an address, or one that needs SMTPUTF8.
    """
    local, at, _ = address.rpartition("@")
    if at and local and not local.isascii():
        raise MessageError(f"5.6.7 {address[:80]!r} needs SMTPUTF8 (RFC 6531): non-ASCII before the @")
    return wire_address(address)


def wire_address(address: str) -> str:
    """A bare address as it stands on the wire: what is before the @ in NFC (RFC 6532 3.1), the domain in A-labels.

    It is ASCII unless `needs_smtputf8`. There are no quoted strings, white space, controls or bidi characters in it,
    and it is at most 64 octets before the @ and 254 in all (RFC 5321 4.5.3.1).

    Raises:
        MessageError: not an address that can be written to.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or len(address) > _ADDRESS:
        raise MessageError(f"not a mail address: {address[:80]!r}")
    local = unicodedata.normalize("NFC", local)
    wire = f"{local}@{ascii_domain(domain)}"
    if not _is_dot_string(local) or len(local.encode()) > _LOCAL_PART or len(wire.encode()) > _ADDRESS:
        raise MessageError(f"not a mail address that can be written to: {address!r}")
    return wire


def normal_address(address: str) -> str:
    """An address as people paste it, without white space around it and characters that nobody sees, and with what is
    before the @ in NFC (RFC 6532 3.1). It need not be one."""
    local, at, domain = address.translate(_UNSEEN).strip().rpartition("@")
    return f"{unicodedata.normalize('NFC', local)}{at}{domain}"


def address_spelling(address: str) -> str:
    """What two spellings of one address have in common: NFC, lower case, and the domain in A-labels (RFC 5890); the
    domain as it is where it is none."""
    local, at, domain = normal_address(address).rpartition("@")
    with contextlib.suppress(MessageError):
        domain = ascii_domain(domain)
    return unicodedata.normalize("NFC", f"{local}{at}{domain}".casefold())


def needs_smtputf8(address: str) -> bool:
    """Whether `address` has anything but ASCII before the @, so that every hop must offer SMTPUTF8 (RFC 6531 3.2)."""
    return not unicodedata.normalize("NFC", address.rpartition("@")[0]).isascii()


def ascii_domain(domain: str) -> str:
    """`domain` in A-labels.

    Raises:
        MessageError: not a domain name.
    """
    if len(domain) > _DOMAIN:
        raise MessageError(f"not a domain name: {domain[:80]!r}...")
    ascii_form = domain if domain.isascii() else _a_labels(domain)
    if len(ascii_form) > _DOMAIN or not all(_LABEL.fullmatch(label) for label in ascii_form.split(".")):
        raise MessageError(f"not a domain name: {domain!r}")
    return ascii_form


def mailto(address: str, subject: str = "") -> str:
    """A mailto URL (RFC 6068) that is also fit for a List-Unsubscribe field: ASCII, no comma, no white space.

    Raises:
        MessageError: `address` cannot be written to, or needs SMTPUTF8.
    """
    url = f"mailto:{quote(ascii_address(address), safe='@+')}"
    return f"{url}?subject={quote(subject, safe='')}" if subject else url


def _is_dot_string(local: str) -> bool:
    """RFC 5321's Dot-string, and RFC 6531's with letters, marks, digits, punctuation and symbols of any script.

    What old programs would take for an encoded word, or new ones for a special once NFKC has made it one
    (U+FF20 for the @), is none.
    """
    if "=?" in local or not all(char.isascii() or unicodedata.category(char)[0] in "LMNPS" for char in local):
        return False
    shape = re.sub(r"[^\x00-\x7f]", "x", local)
    beneath = re.sub(r"[^\x00-\x7f]|\.", "", unicodedata.normalize("NFKC", local)) or "x"
    return bool(_LOCAL.fullmatch(shape) and _LOCAL.fullmatch(beneath))


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


def _fold(line: str, after: tuple[str, ...] = ("",)) -> str:
    """`line` folded at single spaces behind what ends in one of `after`; the first word stays beside the name."""
    name, _, value = line.partition(": ")
    lines = [f"{name}:"]
    for at, piece in enumerate(_pieces(value, after)):
        if at and len(lines[-1]) + 1 + len(piece) > SOFT:
            lines.append("")
        lines[-1] += f" {piece}"
    return "\r\n".join(lines)


def _pieces(value: str, after: tuple[str, ...]) -> list[str]:
    """The words of `value`, those that must stay on one line joined."""
    pieces: list[str] = []
    for word in value.split(" "):
        if pieces and not pieces[-1].endswith(after):
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    return pieces


def _longest(folded: str) -> int:
    return max(len(line) for line in folded.split("\r\n"))
