"""The last look at a message before it may leave: nothing in it that we did not mean to send.

It reads the bytes as a receiver would and shares no code with what wrote them.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
import unicodedata
from email.header import decode_header
from itertools import takewhile

from digest.errors import MessageError

REQUIRED = ("Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type")
MACHINE = (
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Owner",
    "List-Archive",
    "List-Post",
    "Feedback-ID",
    "Auto-Submitted",
    "Precedence",
    "X-Auto-Response-Suppress",
    "Content-Type",
)
WRITTEN = ("From", "To", "Reply-To", "Subject")
ADDRESSES = WRITTEN[:3]
PART = ("Content-Type", "Content-Transfer-Encoding")
SIGNATURE, MAX_SIGNATURES = "DKIM-Signature", 2

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*): (.+)")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}@[A-Za-z0-9.-]{1,253}>")
_MULTIPART = re.compile(r'multipart/alternative; boundary="(=_[0-9a-f]{32})"')
_WORD = re.compile(r"=\?[^?\s]*\?[^?\s]*\?[^?\s]*\?=")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SIGNED = re.compile(
    r"v=1; a=(?:rsa|ed25519)-sha256; c=relaxed/relaxed; d=[a-z0-9.-]{1,253}; s=[a-z0-9.-]{1,253}; t=[0-9]{1,12}; "
    r"h=From:[A-Za-z: -]+; bh=[A-Za-z0-9+/]{43}=; b=[A-Za-z0-9+/ ]+={0,2}"
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_WAYS = re.compile(r"<(?:https://|mailto:)[^\s<>,]+>(?:, <mailto:[^\s<>,]+>)?")
_ADDRESS = re.compile(r"[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\]]{1,64}@[A-Za-z0-9.-]{1,253}")
_TEXT_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def check(message: bytes) -> None:
    """Look at the final bytes of `message`.

    Raises:
        MessageError: they break a rule of the wire, or hold a field that we never write; says which.
    """
    _check_bytes(message)
    head, _, body = _text(message).partition("\r\n\r\n")
    _demand(body.isascii(), "the body is not 7-bit text")
    fields = _once(_unsigned(_fields(head)), (*MACHINE, *WRITTEN))
    _demand(all(name in fields for name in REQUIRED), "a required field is missing")
    _check_values(fields)
    _check_addresses(fields)
    _check_unsubscribe(fields)
    found = _MULTIPART.fullmatch(fields["Content-Type"])
    if found is None:
        raise MessageError("the message is not multipart/alternative")
    _check_parts(body, found.group(1))


def _demand(holds: bool, mistake: str) -> None:
    if not holds:
        raise MessageError(f"unfit to send: {mistake}")


def _check_bytes(message: bytes) -> None:
    """CRLF only (RFC 5322 2.3), lines of at most 998 octets (2.1.1), one CRLF at the end."""
    rest = message.replace(b"\r\n", b"")
    _demand(b"\r" not in rest and b"\n" not in rest, "a bare CR or LF")
    _demand(message.endswith(b"\r\n") and not message.endswith(b"\r\n\r\n"), "it does not end with one CRLF")
    _demand(max(map(len, message.split(b"\r\n"))) <= 998, "a line of more than 998 octets")
    _demand(b"\0" not in message, "it is not 7-bit text")


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError as e:
        raise MessageError("unfit to send: it is neither 7-bit text nor UTF-8") from e


def _fields(head: str) -> list[tuple[str, str]]:
    """The fields of a header, unfolded, in their order."""
    found = []
    for line in re.sub(r"\r\n(?=[ \t]+\S)", "", head).split("\r\n"):
        field = _FIELD.fullmatch(line)
        if field is None:
            raise MessageError(f"unfit to send: not a header field: {line[:80]!r}")
        found.append((field[1], field[2]))
    return found


def _unsigned(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields below the DKIM signatures on top, of which there are two at most, well-formed."""
    signatures = list(takewhile(lambda field: field[0] == SIGNATURE, fields))
    _demand(len(signatures) <= MAX_SIGNATURES, f"more than {MAX_SIGNATURES} signatures")
    _demand(all(_SIGNED.fullmatch(value) for _, value in signatures), "a malformed signature")
    return fields[len(signatures) :]


def _once(fields: list[tuple[str, str]], expected: tuple[str, ...]) -> dict[str, str]:
    """The fields by name, each expected and there once."""
    once: dict[str, str] = {}
    for name, value in fields:
        _demand(name in expected, f"an unexpected field: {name}")
        _demand(name not in once, f"{name} is there twice")
        once[name] = value
    return once


def _check_values(fields: dict[str, str]) -> None:
    for name, value in fields.items():
        _demand(value.isascii() or name == "To", f"{name} is not 7-bit text")
        if name in MACHINE:
            _demand(name == "Content-Type" or "=?" not in value, f"{name} holds an encoded word")
        else:
            _check_written(name, value)
    for name, most in (("Message-ID", 1), ("In-Reply-To", 1), ("References", 100)):
        names = fields[name].split(" ") if name in fields else []
        _demand(len(names) <= most and all(map(_MESSAGE_ID.fullmatch, names)), f"the {name} is malformed")


def _check_written(name: str, value: str) -> None:
    _demand(all(len(word) <= 75 for word in _WORD.findall(value)), f"{name}: an encoded word over 75 characters")
    text = _decoded(value)
    _demand(not _CONTROL.search(text), f"{name} hides a control character")
    _demand(bool(text.strip()), f"{name} is empty")


def _check_addresses(fields: dict[str, str]) -> None:
    """One address each, the recipient's without a name and, where it is not ASCII, in NFC (RFC 6532 3.1)."""
    for name in [name for name in ADDRESSES if name in fields]:
        bare = _QUOTED.sub("", fields[name])
        address = bare.rpartition("<")[2].removesuffix(">") if name == "From" else bare
        one = bare.count("@") == 1 and "," not in bare
        _demand(one and bool(_ADDRESS.fullmatch(address)), f"{name} holds no address, or not just one")
    _demand(unicodedata.is_normalized("NFC", fields["To"]), "the address in To is not in its normal form")


def _check_unsubscribe(fields: dict[str, str]) -> None:
    """One click is promised exactly where there is an https URL to POST to, which comes first (RFC 8058 3.1)."""
    ways = fields.get("List-Unsubscribe")
    _demand(ways is None or bool(_WAYS.fullmatch(ways)), "List-Unsubscribe is malformed")
    promised = "List-Unsubscribe-Post" in fields
    _demand(promised == (ways or "").startswith("<https:"), "List-Unsubscribe-Post goes with an https URL")


def _decoded(value: str) -> str:
    try:
        pieces = decode_header(value)
        return "".join(p if isinstance(p, str) else p.decode(charset or "ascii") for p, charset in pieces)
    except (ValueError, LookupError) as e:
        raise MessageError(f"unfit to send: an encoded word that does not decode: {value[:80]!r}") from e


def _check_parts(body: str, boundary: str) -> None:
    """Exactly a text and an HTML part (RFC 2046 5.1), each of which decodes to clean UTF-8."""
    opening, *parts = f"\r\n{body}".split(f"\r\n--{boundary}")
    _demand(opening == "" and len(parts) == 3 and parts[2] == "--\r\n", "the parts do not add up")
    for part, kind in zip(parts[:2], ("text/plain", "text/html"), strict=True):
        head, blank, content = part.removeprefix("\r\n").partition("\r\n\r\n")
        fields = _once(_fields(head), PART)
        _demand(bool(blank) and fields.get("Content-Type") == f"{kind}; charset=utf-8", f"no {kind} part in its place")
        lines = content.split("\r\n")
        _demand(max(map(len, lines)) <= 76, f"a line of more than 76 characters in {kind}")
        _demand(not any(line.startswith(".") for line in lines), f"a line of {kind} starts with a dot")
        _check_content(content, fields.get("Content-Transfer-Encoding", ""), kind)


def _check_content(content: str, encoding: str, kind: str) -> None:
    _demand(encoding in ("quoted-printable", "base64"), f"{kind}: unknown transfer encoding {encoding!r}")
    try:
        data = base64.b64decode(content) if encoding == "base64" else quopri.decodestring(content.encode())
        text = data.decode()
    except (UnicodeDecodeError, binascii.Error) as e:
        raise MessageError(f"unfit to send: {kind} does not decode: {e}") from e
    _demand(bool(text.strip()), f"{kind} is empty")
    _demand(not _TEXT_CONTROL.search(text), f"{kind} holds a control character")
