"""Folders of a mailbox by the names that people know them by (RFC 3501 5.1.3, RFC 6154), and what logins are taken.
Pure.

A folder is called "[Gmail]/Zurück & fort" where it is read, and "[Gmail]/Zur&APw-ck &- fort" on the line; one server
puts "INBOX." before every name and parts levels with a dot, another does not write "&" as it should. So a name that is
not found as it should be written is looked for among those that there are.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_LISTED = re.compile(rb'\(([^()]{0,500})\) (?:NIL|"(\\?.)") (.*)', re.DOTALL)
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]{0,500})-")
_BEYOND = re.compile(r"[^\x20-\x7e]+")
_PERSONAL = "inbox/"
"""The prefix of some servers for all that is one's own (RFC 2342), with "/" between levels."""
# What people call a folder that has such a use, in whatever language it is named (RFC 6154 2).
_USES = {
    **{use: f"\\{use}" for use in ("archive", "drafts", "flagged", "junk", "sent", "trash", "all")},
    **{"spam": "\\junk", "deleted": "\\trash", "deleted items": "\\trash", "sent items": "\\sent", "bin": "\\trash"},
}
_OAUTH = ("AUTH=XOAUTH2", "AUTH=OAUTHBEARER")
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that a server named: as people read it with "/" between levels, as it stands on the line, its uses."""

    name: str
    wire: bytes
    uses: frozenset[str] = frozenset()


def wire_name(name: str) -> bytes:
    """A name as a quoted string in modified UTF-7 (RFC 3501 5.1.3)."""
    return quoted_string(_BEYOND.sub(_shifted, name.replace("&", "&-")).encode("ascii"))


def quoted_string(text: bytes) -> bytes:
    """A text as a quoted string (RFC 3501 4.3)."""
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def readable(wire: bytes) -> str:
    """A name on the line as people read it; what is not in modified UTF-7 stays as it is."""
    return _SHIFTED.sub(_unshifted, wire.decode("utf-8", "replace"))


def folders_of(answer: Iterable[object]) -> list[Folder]:
    """The folders in an answer to LIST, as imaplib gives it: a line, or a pair where the name was a literal."""
    return [folder for folder in map(_listed, answer) if folder is not None]


def find_folder(folders: Sequence[Folder], wanted: str) -> Folder | None:
    """The folder that is meant by a name: one that is called so, also below the prefix for all that is one's own; else
    the one for that use, as "\\\\Trash" or "Trash"."""
    name = _plain(wanted)
    by_name = [
        folder
        for folder in folders
        if _plain(folder.name) in (name, _PERSONAL + name) or _plain(readable(folder.wire)) == name
    ]
    by_name.sort(key=lambda folder: _plain(folder.name) != name)
    use = name if name.startswith("\\") else _USES.get(name, "")
    by_use = [folder for folder in folders if use and use in folder.uses]
    return next(iter((*by_name, *by_use)), None)


def named(folders: Sequence[Folder]) -> str:
    """Some of the folders that there are, as the end of a sentence; "" where none is known."""
    names = [folder.name for folder in folders]
    more = ", ..." if len(names) > _MOST_NAMED else ""
    return f"; there are {', '.join(map(repr, names[:_MOST_NAMED]))}{more}" if names else ""


def no_password(capabilities: Collection[str], security: str) -> str:
    """Why a server takes no name and password, and what to do; "" where it does."""
    if "AUTH=PLAIN" in capabilities or "LOGINDISABLED" not in capabilities:
        return ""
    if security == "none" and "STARTTLS" in capabilities:
        return 'takes no password on a line that everybody can read: set imap_security = "starttls"'
    if any(map(capabilities.__contains__, _OAUTH)):
        return (
            "takes no passwords (LOGINDISABLED), only OAuth 2.0 (XOAUTH2), as Exchange Online does; digest does not "
            "speak it: let that mailbox forward to one that takes a password, or hand its mail to `digest receive`"
        )
    return "takes no name and password (LOGINDISABLED)"


def app_password(capabilities: Collection[str]) -> str:
    """What a refused login may lack, as the end of a sentence."""
    offers = any(map(capabilities.__contains__, _OAUTH))
    return " (it prefers OAuth 2.0: it may want a password made for this program, an app password)" if offers else ""


def _listed(item: object) -> Folder | None:
    head, literal = item if isinstance(item, tuple) else (item, None)
    found = _LISTED.fullmatch(head) if isinstance(head, bytes) else None
    if found is None:
        return None
    wire = literal if isinstance(literal, bytes) else _unquoted(found[3])
    delimiter = (found[2] or b"").decode("utf-8", "replace").removeprefix("\\")
    name = readable(wire)
    uses = frozenset(flag.decode("ascii", "replace").lower() for flag in found[1].split())
    return Folder(name.replace(delimiter, "/") if delimiter else name, wire, uses)


def _unquoted(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", text[1:-1]) if text[:1] == b'"' else text


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip("/ ")


def _shifted(found: re.Match[str]) -> str:
    coded = base64.b64encode(found[0].encode("utf-16-be", "replace"), altchars=b"+,")
    return f"&{coded.decode('ascii').rstrip('=')}-"


def _unshifted(found: re.Match[str]) -> str:
    coded = found[1].replace(",", "/")
    try:
        return base64.b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be") if coded else "&"
    except (binascii.Error, UnicodeDecodeError):
        return found[0]
