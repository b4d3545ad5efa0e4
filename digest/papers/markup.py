"""HTML to text: what a feed's description says, without its markup.

Feeds mix HTML, prose and escapes of either, so this is stricter than a browser about what a tag is:
a known element name (HTML, JATS, MathML) with attributes that look like attributes. Thus
"p < 0.05 and n > 3", "a<b and c>d" and ``<think>`` stay text, and ``<p>``, ``<br/>`` and ``<jats:title>`` go.

An entity is resolved once; what then still holds known tags or entities had been escaped twice and is
read a second time. So a text that shows the *source* of a known tag (``&lt;b&gt;``) loses that tag:
far more feeds escape their markup twice than write about markup.
"""

from __future__ import annotations

import html
import re


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_BLOCK = _names(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 head header hr html img label legend li link main meta nav ol option p pre section select "
    "summary table tbody td tfoot th thead title tr ul sec list list-item disp-formula break abstract video audio"
)
_INLINE = _names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i input ins kbd mark meter nobr q s samp small span "
    "strike strong sub sup time tt u var wbr bold italic sc monospace ext-link inline-formula tex-math alternatives "
    "named-content styled-content xref uri email math mrow mi mo mn ms mtext mspace msub msup msubsup mfrac msqrt "
    "mroot mover munder munderover mstyle mfenced mtable mtr mtd mpadded mphantom menclose merror semantics "
    "none mprescripts mmultiscripts"
)
_DROPPED = _names("script style template noscript svg iframe object annotation annotation-xml textarea")

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:_-]{0,40}+)((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTES = re.compile(r"\s*/?|\s+\w+\s*/?|(?:\s|/)[^=]*=.*", re.DOTALL)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SUPER = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
_SUB = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
_SCRIPT_TAGS = {"sup": _SUPER, "sub": _SUB}
_LONGEST_SCRIPT = 12


def strip_markup(raw: str) -> str:
    """The text of `raw`: tags out (those of blocks leave a space), entities resolved. Never raises; linear."""
    text = _resolve(_Stripper(raw).run())
    if _ENTITY.search(text) or _TAG.search(text):
        text = _resolve(_Stripper(text).run())
    return text


def _resolve(text: str) -> str:
    """Entities to characters; only those written in full, so that "R&D" and "?a=1&copy=2" stay."""
    return _ENTITY.sub(lambda m: html.unescape(m[0]), text) if "&" in text else text


class _Stripper:
    """One walk over the angle brackets of one text."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.pieces: list[str] = []
        self.absent: set[str] = set()  # closers that do not come again: looked for once, not at each opener

    def run(self) -> str:
        raw, at = self.raw, 0
        while (bracket := raw.find("<", at)) >= 0:
            self.pieces.append(raw[at:bracket])
            at = self._markup(bracket)
        self.pieces.append(raw[at:])
        return "".join(self.pieces)

    def _markup(self, at: int) -> int:
        """Read what the bracket at `at` opens; the place after it."""
        raw = self.raw
        if raw.startswith("<!--", at):
            return self._skip("-->", at + 4)
        if raw.startswith("<![CDATA[", at):
            end = self._find("]]>", at)
            self.pieces.append(raw[at + 9 : end if end >= 0 else len(raw)])
            return end + 3 if end >= 0 else len(raw)
        if raw.startswith(("<!DOCTYPE", "<!doctype", "<?xml"), at):
            return self._skip(">", at)
        tag = _TAG.match(raw, at)
        if tag is None or not _ATTRIBUTES.fullmatch(tag[3]):
            self.pieces.append("<")
            return at + 1
        return self._tag(tag)

    def _tag(self, tag: re.Match[str]) -> int:
        name = tag[2].lower()
        local = name.rpartition(":")[2]
        if local in _DROPPED and not tag[1] and not tag[3].endswith("/"):
            return self._skip_element(name, tag.end())
        if local in _SCRIPT_TAGS and not tag[1]:
            return self._script(local, tag.end())
        if local in _BLOCK:
            self.pieces.append(" ")
        elif local not in _INLINE and local not in _DROPPED:
            self.pieces.append(tag[0])
        return tag.end()

    def _script(self, name: str, at: int) -> int:
        """``<sup>`` and ``<sub>``: raised or lowered digits where Unicode has them, else plain text."""
        end = self.raw.find("<", at, at + _LONGEST_SCRIPT)
        inner = _resolve(self.raw[at:end]).strip() if end >= 0 else ""
        if inner and all(ord(c) in _SCRIPT_TAGS[name] for c in inner):
            self.pieces.append(inner.translate(_SCRIPT_TAGS[name]))
            return end
        return at

    def _skip_element(self, name: str, at: int) -> int:
        """Past an element whose content is not for readers; if nothing closes it, only its tag goes."""
        if name in self.absent:
            return at
        closing = re.compile(rf"</{re.escape(name)}\s*+>", re.IGNORECASE).search(self.raw, at)
        if closing is None:
            self.absent.add(name)
            return at
        self.pieces.append(" ")
        return closing.end()

    def _skip(self, closer: str, at: int) -> int:
        end = self._find(closer, at)
        return len(self.raw) if end < 0 else end + len(closer)

    def _find(self, closer: str, at: int) -> int:
        if closer in self.absent:
            return -1
        end = self.raw.find(closer, at)
        if end < 0:
            self.absent.add(closer)
        return end
