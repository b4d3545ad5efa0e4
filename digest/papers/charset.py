"""Bytes as text, as browsers read them: whatever is declared, one bad byte costs one character.

The labels are those of the WHATWG Encoding Standard (https://encoding.spec.whatwg.org/): "gb2312" means GB 18030,
"shift_jis" Windows-31J, "iso-8859-1" windows-1252. Most of them are names of Python's codecs, too.

Unlike a browser, this takes UTF-8 for UTF-8 whatever is declared, since no other text looks like it, and guesses
where nothing is declared (or only what servers say by default) and the bytes are no text of Western Europe.
"""

from __future__ import annotations

import codecs
import re

SAMPLE = 200_000
"""Bytes that are looked at where the encoding has to be guessed."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    *((sign.encode(name), name) for name in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be") for sign in '<{["'),
)
"""What UTF-16 and UTF-32 begin with: their byte order marks, and the first sign of XML or JSON without one."""
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{1,40})|<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_WESTERN = "cp1252"
_AS_BROWSERS_DO = {
    "ascii": _WESTERN,
    "iso8859-1": _WESTERN,
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_jp": "euc_jis_2004",  # with the circled numbers and the like that browsers know, too
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
}
"""What browsers read by another table than Python's codec of that name: extensions that are in use everywhere."""
_LABELS = {
    "cn-big5": "big5",
    "csgb2312": "gb2312",
    "cseuckr": "euc_kr",
    "csksc56011987": "euc_kr",
    "csmacintosh": "mac-roman",
    "cseucpkdfmtjapanese": "euc_jp",
    "csiso2022jp": "iso2022_jp",
    "csiso88596e": "iso8859-6",
    "csiso88596i": "iso8859-6",
    "csiso88598e": "iso8859-8",
    "csiso88598i": "iso8859-8",
    "csisolatin9": "iso8859-15",
    "dos-874": "cp874",
    "gb_2312": "gbk",
    "gb_2312-80": "gbk",
    "iso-ir-149": "euc_kr",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "koi8-ru": "koi8-u",
    "ks_c_5601-1989": "euc_kr",
    "ksc_5601": "euc_kr",
    "logical": "iso8859-8",
    "mac": "mac-roman",
    "mac-ukrainian": "mac-cyrillic",
    "sun_eu_greek": "iso8859-7",
    "unicode-1-1-utf-8": "utf-8",
    "unicode11utf8": "utf-8",
    "unicode20utf8": "utf-8",
    "utf8mb4": "utf-8",
    "visual": "iso8859-8",
    "windows-31j": "cp932",
}
"""Labels of the standard that Python does not know."""
_GLUED = re.compile(r"iso8859(?=\d{1,2}\Z)")
_NO_CHARSET = frozenset({"utf-7", "punycode", "idna", "unicode_escape", "raw-unicode-escape", "unicode-escape"})
_C1 = re.compile("(?<![\x80-\xbf\xc2-\xf4])[\x80-\x9f]")
"""Control characters that stand for windows-1252, as in HTML; but not in UTF-8 that was encoded twice."""

_HIGH = re.compile(rb"[\x80-\xff]+")
_LONG_RUNS = 2.5
_KANA, _HANGUL, _HEBREW, _RUSSIAN, _GREEK, _THAI = (
    re.compile(letters) for letters in ("[ぁ-ヿ]", "[가-힣]", "[א-ת]", "[аеио]", "[Ά-ώ]", "[ก-๎]")
)
_GUESSES = (
    ("euc_jis_2004", _KANA, 0.1),
    ("cp932", _KANA, 0.1),
    ("cp949", _HANGUL, 0.75),
    ("cp1255", _HEBREW, 0.97),
    ("cp1251", _RUSSIAN, 0.25),
    ("koi8-r", _RUSSIAN, 0.25),
    ("cp1253", _GREEK, 0.95),
)
"""An encoding, characters that make up much of any text in its language, and which share of the non-ASCII ones."""
_COMMON = (("gb18030", "gb2312", b"\xb0", b"\xd8"), ("big5hkscs", "big5", b"\xa4", b"\xc7"))
"""Chinese: the encoding, its narrower set, and the rows in which that has the more frequent half of the characters."""


def decode(content: bytes, charset: str = "") -> str:
    """`content` as text without a byte order mark; what cannot be read is U+FFFD. Never raises; linear.

    `charset` is what the transport said (the parameter of a Content-Type). In this order, the first that fits: the
    byte order mark, UTF-8, the transport's, the document's own declaration, a guess, windows-1252. What servers say
    by default (ISO-8859-1) counts only after the declaration.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    content, told = (content[3:], "utf-8") if content.startswith(codecs.BOM_UTF8) else (content, codec(charset))
    text = _utf8(content, told)
    if text is None:
        found = _DECLARED.search(content[:1000])
        declared = codec((found[1] or found[2]).decode("ascii")) if found else ""
        telling = [name for name in (told, declared) if name and name not in ("utf-8", _WESTERN)]
        text = next(filter(None, (_fitting(content, name) for name in telling)), None)
    if text is None:
        text = content.decode(_guess(content[:SAMPLE]) or _WESTERN, "replace")
    return text if text.isascii() else _C1.sub(_western, text)


def codec(label: str) -> str:
    """The name of Python's codec for a label of a document or an HTTP header, "" where it names none."""
    label = label.strip().lower()
    bare = label.removeprefix("x-").removeprefix("x-")
    for name in (label, _LABELS.get(bare, bare), bare.replace("windows-", "cp", 1), _GLUED.sub("iso8859-", bare)):
        try:
            found = codecs.lookup(name).name
            if found not in _NO_CHARSET and b"<?xml".decode(found) == "<?xml":
                return _AS_BROWSERS_DO.get(found, found)
        except (LookupError, UnicodeError):
            continue
    return ""


def _fitting(content: bytes, name: str) -> str | None:
    """`content` in an encoding, None where more of it than not cannot be read so."""
    try:
        text = content.decode(name, "replace")
    except (UnicodeError, LookupError):  # a codec of bytes, not of text
        return None
    bad = text.count("\ufffd")
    return text if bad <= _beyond_ascii(text) - bad else None


def _utf8(content: bytes, told: str) -> str | None:
    """The text where it is UTF-8 but for some bytes that were cut or are of another encoding, and None elsewhere."""
    if content.isascii():
        if b"\x1b$" in content:  # ISO-2022-JP and its like: seven bits
            return _fitting(content, told if told.startswith("iso2022") else "iso2022_jp")
        return content.decode("ascii")
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd") - content.count(b"\xef\xbf\xbd")
    good = _beyond_ascii(text) - bad
    return text if not bad or good >= bad * (1 if told in ("", "utf-8", _WESTERN) else 4) else None


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _western(found: re.Match[str]) -> str:
    return found[0].encode("latin-1").decode(_WESTERN, "replace")


def _guess(sample: bytes) -> str:
    """The encoding of text that is not in Latin letters, "" where it does not clearly look like such."""
    runs = _HIGH.findall(sample)
    if not runs:
        return ""
    long = sum(map(len, runs)) / len(runs) >= _LONG_RUNS
    for name, typical, share in _GUESSES:
        text = _strictly(sample, name)
        if text and (long or name == "cp932") and len(typical.findall(text)) >= share * len(text):
            return name
    shares = {row[0]: _common(_strictly(sample, row[0]), *row[1:]) for row in _COMMON} if long else {}
    best = max(shares, key=shares.__getitem__, default="")
    if best and shares[best] >= 0.75:
        return best
    thai = _strictly(sample, "cp874") if long else ""
    return "cp874" if thai and len(_THAI.findall(thai)) >= 0.97 * len(thai) else ""


def _strictly(sample: bytes, name: str) -> str:
    """The non-ASCII characters of a sample in an encoding, "" where one in fifty cannot be read."""
    text = re.sub(r"[\x00-\x7f\ufffd]+", "", whole := sample.decode(name, "replace"))
    return text if whole.count("\ufffd") * 50 <= len(text) else ""


def _common(text: str, name: str, first: bytes, last: bytes) -> float:
    """The share of frequent characters among those that are no punctuation."""
    rows = [char.encode(name, "replace")[:1] for char in text[:2000] if char.isalnum()]
    return sum(first <= row < last for row in rows) / len(rows) if rows else 0.0
