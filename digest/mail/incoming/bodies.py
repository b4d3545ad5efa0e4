"""What a message says: its subject, and its text as lines. Pure, bounded, linear; no bytes are an error.

The first part of plain text counts (RFC 2046 5.1.4: every alternative says the same); where there is none, the text of
the first HTML part. Attachments and messages within the message are nobody's words.
"""

from __future__ import annotations

import binascii
import html
import re
from typing import TYPE_CHECKING

from digest.mail.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.mail.incoming.parts import Part

MOST_TEXT = 50_000
"""So many bytes of a part are read: more are no commands."""

# Codecs whose decoders are linear and give text; punycode, idna and unicode_escape are not among them.
_CHARSET = re.compile(
    r"(us-?)?ascii|utf-?(8|16|16le|16be)|(iso-?)?8859-\d{1,2}|iso-8859-\d{1,2}(-[ei])?|latin-?\d|"
    r"(windows-?|cp-?)(\d{3,4})|koi8-?[rut]|mac-?roman|tis-620|big5(-hkscs)?|gb(2312|k|18030)|hz-gb-2312|"
    r"euc-?(jp|kr|cn)|shift[-_]?jis|iso-2022-(jp|kr)(-\d)?|ks_c_5601-1987"
)
_ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?\s]{0,500})\?=")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?)")
_TAG = re.compile(r"<[!/]?([A-Za-z][A-Za-z0-9:]{0,20})?([^<>]*)>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCK = re.compile("address|blockquote|br|center|div|d[dlt]|h[1-6r]|li|[ou]l|p|pre|table|tr")
_UNSEEN = ("blockquote", "head", "script", "style", "template", "title")
# Where mail programs begin what they quote: Gmail, Outlook on the web and elsewhere, Thunderbird, Yahoo, Proton.
_QUOTED = re.compile(
    r"(gmail_(quote|attr)|yahoo_quoted|moz-cite-prefix|protonmail_quote|appendonsend|divrplyfwdmsg|replyforward)",
    re.IGNORECASE,
)


def subject_of(message: Part) -> str:
    """The subject as people read it, as one line; encoded words (RFC 2047) that do not decode stay as they are."""
    joined = _BETWEEN.sub(r"\1", message.field("subject"))
    return " ".join(clean(_ENCODED.sub(_decoded_word, joined)).split())


def text_of(parts: Sequence[Part]) -> str:
    """The text of a message that has these parts (see `parts_of`), LF line ends; "" where it has none."""
    shown = [part for part in parts if not _attached(part)]
    plain = (_plain(part) for part in shown if part.kind == "text/plain")
    rich = (_of_html(_decoded(part)) for part in shown if part.kind == "text/html")
    found = next((text for texts in (plain, rich) for text in texts if text.strip()), "")
    return clean(found.replace("\xa0", " ").replace("\u200b", ""))


def _attached(part: Part) -> bool:
    return part.field("content-disposition").partition(";")[0].strip().lower() == "attachment"


def _plain(part: Part) -> str:
    text = _decoded(part)
    if part.parameter("format").lower() != "flowed":
        return text
    return _unflowed(text, part.parameter("delsp").lower() == "yes")


def _unflowed(text: str, drop_space: bool) -> str:
    """The paragraphs of format=flowed as one line each (RFC 3676 4); quoted lines stay as they are."""
    found: list[str] = []
    flows = False
    for line in text.split("\n"):
        quoted, line = line.startswith(">"), line.removeprefix(" ")
        ends = quoted or line == "-- "
        if flows and not ends:
            found[-1] += line
        else:
            found.append(line)
        flows = line.endswith(" ") and not ends
        if flows and drop_space:
            found[-1] = found[-1][:-1]
    return "\n".join(found)


def _decoded(part: Part) -> str:
    """The content of a part as text: in its charset, else in UTF-8, else as Windows reads the West."""
    content = part.content()[:MOST_TEXT]
    text = _in_charset(content, part.parameter("charset"))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _in_charset(content: bytes, charset: str) -> str:
    name = charset.strip().lower()
    if name and _CHARSET.fullmatch(name):
        try:
            return content.decode(name, "replace")
        except (LookupError, ValueError):  # a name that this Python does not know
            return content.decode("utf-8", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _decoded_word(found: re.Match[str]) -> str:
    charset, encoding, coded = found[1].partition("*")[0], found[2], found[3]
    try:
        raw = coded.encode("ascii")
        content = binascii.a2b_base64(raw) if encoding in "bB" else binascii.a2b_qp(raw, header=True)
    except ValueError:  # binascii.Error and UnicodeError are such
        return found[0]
    return _in_charset(content, charset)


def _of_html(markup: str) -> str:
    """The text of HTML: a line for each block, without what is quoted or not shown."""
    markup = _without_comments(markup)
    pieces: list[str] = []
    hidden, at = dict.fromkeys(_UNSEEN, 0), 0
    for tag in _TAG.finditer(markup):
        name, closes = (tag[1] or "").lower(), tag[0].startswith("</")
        if not any(hidden.values()):
            pieces += [_shown(markup[at : tag.start()]), "\n" if _BLOCK.fullmatch(name) else ""]
        at = tag.end()
        if name in _UNSEEN:
            hidden[name] = max(0, hidden[name] + (-1 if closes else 1))
        if _QUOTED.search(tag[2]):
            return "".join(pieces)
    return "".join(pieces) + ("" if any(hidden.values()) else _shown(markup[at:]))


def _shown(text: str) -> str:
    """The text between two tags: white space as one blank, entities as what they stand for."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), re.sub(r"\s+", " ", text))


def _without_comments(markup: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := markup.find("<!--", at)) >= 0:
        kept.append(markup[at:start])
        end = markup.find("-->", start)
        if end < 0:
            return "".join(kept)
        at = end + 3
    return "".join([*kept, markup[at:]])
