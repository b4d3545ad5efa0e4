"""HTML, JATS and MathML to text: what a feed's description says, without its markup.

Feeds mix markup, prose and escapes of either, so a tag has to show that it is one. It has a known name (`elements`) or
a prefix, attributes that look like attributes, and one of these: attributes with quoted values; an end tag that goes
with it; a name that needs none (``<br>``); or it touches the text that it marks (``<i>Lasius``, ``niger</i>``), as cut
markup does, and not words about markup: "ohne <blink>", ``List<object>``, "the <think> token", "p < 0.05 and n > 3"
and ``a<b and c>d`` stay what they are. Within a formula (``<math>``) every tag is one.

An entity is resolved once; what then still holds tags or entities had been escaped twice and is read a second time.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from digest.papers import elements
from digest.papers.mathml import TOKENS, MathPart, render, row
from digest.papers.scripts import script

DEPTH = 60
"""Elements within each other that are told apart where it matters (in formulas); deeper ones are read through."""

_NAME = r"[A-Za-z][A-Za-z0-9._-]{0,40}+(?::[A-Za-z][A-Za-z0-9._-]{0,40}+)?"
_VALUE = r"\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++"
_TAG = re.compile(
    rf"<(?P<closing>/?)(?P<name>{_NAME})"
    rf"(?P<attributes>(?:\s++[^\s\"'<>/=]++(?:\s*+=\s*+(?:{_VALUE}))?+|\s*+/(?!>))*+|\s++[\w:.-]++\s*+=[^<>]*+)"
    r"\s*+(?P<single>/?)>"
)
_ATTRIBUTE = re.compile(rf"([^\s\"'<>/=]++)(?:\s*+=\s*+({_VALUE}))?+")
_QUOTED = re.compile(r"=\s*[\"']")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_TEX_IMAGE = re.compile(r"latex|tex\b|math|equation", re.IGNORECASE)
_DOCUMENT = re.compile(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", re.DOTALL)
_ORDINAL = re.compile(r"e|er|re|ère|ème|nde|o|a|os|as|st|nd|rd|th")
_REFERENCES = re.compile(r"\d+(?:\s?[,–-]\s?\d+)+")
_NUMBER_FIRST = re.compile(r"(\d+)(\.\d+|[^\W\d_]+)")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_LONGEST_SCRIPT = 60
_MATH, _TEX = "math", "tex-math"


def strip_markup(raw: str) -> str:
    """The text of `raw`: tags out (those of blocks leave a space), entities resolved. Never raises; linear."""
    text = _read(raw)
    return _read(text, again=True) if _ENTITY.search(text) or _TAG.search(text) else text


def is_markup(raw: str) -> bool:
    """Whether `raw` holds a tag or an entity, and is not text that means what it says."""
    if _ENTITY.search(raw) or "<![CDATA[" in raw or "<!--" in raw:
        return True
    tokens = _Tokens(raw).run()
    _decide(tokens, raw)
    return any(isinstance(token, _MarkupTag) and token.is_tag for token in tokens)


def _read(raw: str, *, again: bool = False) -> str:
    if "<" not in raw:
        return _resolve(raw)
    tokens = _Tokens(raw).run()
    _decide(tokens, raw, known_only=again)
    return _Reader(tokens, raw).run()


def _resolve(text: str) -> str:
    """Entities to characters; only those written in full, so that "R&D" and "?a=1&copy=2" stay."""
    return _ENTITY.sub(lambda m: html.unescape(m[0]), text) if "&" in text else text


@dataclass(slots=True)
class _MarkupTag:
    """What looks like a tag; `partner` is the place of the tag that it goes with, `is_tag` what was decided."""

    start: int
    end: int
    name: str
    closing: bool
    single: bool
    attributes: str
    content: str = ""  # of elements whose content is no markup
    partner: int = -1
    is_tag: bool = False

    @property
    def local(self) -> str:
        return self.name.rpartition(":")[2]

    def fields(self) -> dict[str, str]:
        """The attributes by their names in lower case."""
        found = _ATTRIBUTE.findall(self.attributes[:4000])
        return {key.lower(): _resolve(value.strip("\"'")) for key, value in found[:50]}


class _Tokens:
    """One walk over the angle brackets of a text, which cuts it into strings and what looks like tags."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.tokens: list[str | _MarkupTag] = []
        self.absent: set[str] = set()  # closers that do not come again: looked for once, not at each opener

    def run(self) -> list[str | _MarkupTag]:
        raw, at = self.raw, 0
        while (bracket := raw.find("<", at)) >= 0:
            self.tokens.append(raw[at:bracket])
            at = self._markup(bracket)
        self.tokens.append(raw[at:])
        return self.tokens

    def _markup(self, at: int) -> int:
        """Read what the bracket at `at` opens; the place after it."""
        raw = self.raw
        if raw.startswith("<!--", at):
            return self._skip("-->", at + 4)
        if raw.startswith("<![CDATA[", at):
            end = self._find("]]>", at)
            self.tokens.append(raw[at + 9 : end if end >= 0 else len(raw)])
            return end + 3 if end >= 0 else len(raw)
        if raw.startswith(("<!DOCTYPE", "<!doctype", "<?xml"), at):
            return self._skip(">", at)
        found = _TAG.match(raw, at)
        if found is None:
            self.tokens.append("<")
            return at + 1
        name = found["name"].lower()
        tag = _MarkupTag(at, found.end(), name, bool(found["closing"]), bool(found["single"]), found["attributes"])
        self.tokens.append(tag)
        return self._content(tag) if name in elements.RAW and not tag.closing and not tag.single else tag.end

    def _content(self, tag: _MarkupTag) -> int:
        """Past the content of an element that is no markup; if nothing closes it, only its tag goes."""
        tag.is_tag = True
        if tag.name in self.absent:
            return tag.end
        closing = re.compile(rf"</{re.escape(tag.name)}\s*+>", re.IGNORECASE).search(self.raw, tag.end)
        if closing is None:
            self.absent.add(tag.name)
            return tag.end
        tag.content = self.raw[tag.end : closing.start()]
        tag.single = True
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


def _decide(tokens: list[str | _MarkupTag], raw: str, *, known_only: bool = False) -> None:
    """Find the pairs, and which of what looks like a tag is one: unknown names are none where markup was escaped."""
    opened: dict[str, list[int]] = {}
    formulas = 0
    for at, tag in enumerate(tokens):
        if isinstance(tag, str):
            continue
        if tag.closing and opened.get(tag.name):
            tag.partner = opened[tag.name].pop()
            partner = tokens[tag.partner]
            if isinstance(partner, _MarkupTag):
                partner.partner = at
        elif not tag.closing and not tag.single and tag.local not in elements.VOID:
            opened.setdefault(tag.name, []).append(at)
    for tag in tokens:
        if isinstance(tag, _MarkupTag):
            tag.is_tag = tag.is_tag or formulas > 0 or _is_tag(tag, tokens, raw, known_only)
            if tag.local == _MATH and tag.partner >= 0 and tag.is_tag:
                formulas += -1 if tag.closing else 1


def _is_tag(tag: _MarkupTag, tokens: list[str | _MarkupTag], raw: str, known_only: bool) -> bool:
    known = tag.local in elements.KNOWN or ":" in tag.name
    quoted = _QUOTED.search(tag.attributes) is not None
    partner = tokens[tag.partner] if tag.partner >= 0 else None
    if not known:
        return not known_only and (quoted or (tag.closing and isinstance(partner, _MarkupTag) and partner.is_tag))
    if partner is not None or quoted or tag.single or ":" in tag.name or tag.local in elements.STANDING:
        return True
    if tag.local in elements.VOID and "=" in tag.attributes:
        return True
    return _touches(tag, raw)


def _touches(tag: _MarkupTag, raw: str) -> bool:
    """Whether a tag without its partner touches the text that it marks, and no other; that of a block, an end of the
    text or another tag."""
    before, after = raw[max(0, tag.start - 20) : tag.start], raw[tag.end : tag.end + 20]
    if tag.local in elements.BLOCK - elements.VOID:
        left, right = _PRIVATE.sub("", before).rstrip()[-1:], _PRIVATE.sub("", after).lstrip()[:1]
        if left in ("", ">") or right in ("", "<"):
            return True
    if tag.closing:
        return before[-1:].strip() != "" and (tag.local in elements.BLOCK or not after[:1].isalnum())
    free = not (before[-1:].isalnum() or before[-1:] in ("<", "_"))
    return free and (after[:1].isalnum() or after[:1] in ("<", "&", "$", "(", "“", '"'))


@dataclass(slots=True)
class _OpenElement:
    """An element that is being read, and what it holds so far."""

    tag: _MarkupTag
    closer: int
    formula: bool = False
    parts: list[MathPart] = field(default_factory=list)


class _Reader:
    """One walk over tokens: the elements that change what they hold wait on a stack until they are closed."""

    def __init__(self, tokens: list[str | _MarkupTag], raw: str) -> None:
        self.tokens, self.raw = tokens, raw
        self.stack = [_OpenElement(_MarkupTag(0, 0, "", False, False, ""), -1)]
        self.formulas = any(isinstance(t, _MarkupTag) and t.is_tag and t.local == _MATH for t in tokens)

    def run(self) -> str:
        """The text of all tokens."""
        for at, token in enumerate(self.tokens):
            if isinstance(token, str):
                self._text(_resolve(token))
            elif not token.is_tag:
                self._text(self.raw[token.start : token.end])
            elif token.closing:
                self._close(token, at)
            else:
                self._open(token)
        while len(self.stack) > 1:
            self._finish()
        return _joined(self.stack[0].parts)

    def _text(self, text: str, name: str = "") -> None:
        top = self.stack[-1]
        if text and (not top.formula or top.tag.local in TOKENS):
            top.parts.append(MathPart(text, name))
        elif text.strip():
            top.parts.append(MathPart(text.strip(), "mtext"))

    def _open(self, tag: _MarkupTag) -> None:
        top = self.stack[-1]
        local = tag.local
        if local in elements.BLOCK and not top.formula:
            self._text(" ")
        if top.formula:
            if tag.single or tag.partner < 0:
                top.parts.append(render(local, tag.fields(), []))
            elif len(self.stack) <= DEPTH:
                self.stack.append(_OpenElement(tag, tag.partner, formula=True))
        elif tag.single or tag.partner < 0:
            self._stands(tag)
        elif len(self.stack) <= DEPTH and self._waits(tag):
            self.stack.append(_OpenElement(tag, tag.partner, formula=local in (_MATH, _TEX, "equationsource")))

    def _waits(self, tag: _MarkupTag) -> bool:
        """Whether what an element holds is needed as a whole."""
        local = tag.local
        return (
            local in elements.RAISED
            or local in elements.UNSEEN
            or local in (_MATH, _TEX, "equationsource", "q", "rt")
            or _is_hidden(tag)
        )

    def _stands(self, tag: _MarkupTag) -> None:
        """An element without content that is read: pictures of formulas, formulas of scripts, an empty formula."""
        fields = tag.fields() if tag.attributes else {}
        if tag.local == "img" and "\\" in fields.get("alt", ""):
            if _TEX_IMAGE.search(fields.get("class", "") + fields.get("src", "")):
                self._text(_tex(fields["alt"]))
        elif tag.name == "script" and fields.get("type", "").startswith("math/tex") and not self.formulas:
            self._text(_tex(tag.content))
        elif tag.local == _MATH and "alttext" in fields:
            self._text(_tex(fields["alttext"]), _MATH)
        elif tag.name in elements.RAW:
            self._text(" ")

    def _close(self, tag: _MarkupTag, at: int) -> None:
        held = next((n for n in range(len(self.stack) - 1, 0, -1) if self.stack[n].closer == at), 0)
        while held and len(self.stack) > held:
            self._finish()
        if tag.local in elements.BLOCK and not self.stack[-1].formula:
            self._text(" ")

    def _finish(self) -> None:
        """The innermost element that is open, made into a part of the one around it."""
        done = self.stack.pop()
        top, local = self.stack[-1], done.tag.local
        if top.formula:
            top.parts.append(render(local, done.tag.fields(), done.parts))
            return
        before = "".join(part.text for part in top.parts[-2:])
        text, name = self._finished(done, local, before)
        self._text(text, name)

    def _finished(self, done: _OpenElement, local: str, before: str) -> tuple[str, str]:
        if _is_hidden(done.tag):
            return " " * (local in elements.BLOCK), ""
        if local == _MATH:
            text, alternative = row(done.parts), done.tag.fields().get("alttext", "")
            block = done.tag.fields().get("display") == "block"
            return (text or _tex(alternative)).join((" ", " ") if block else ("", "")), _MATH
        text = _joined(done.parts)
        if local in (_TEX, "equationsource"):
            return _tex(text) if done.tag.fields().get("format", "tex").lower() == "tex" else "", _TEX
        if local in elements.RAISED:
            return _raised(elements.RAISED[local], text, before), ""
        return ({"q": f"“{text.strip()}”", "rt": f"({text.strip()})"}.get(local, " "), "")


def _is_hidden(tag: _MarkupTag) -> bool:
    """Whether nobody sees an element, or it stands beside what says the same (KaTeX and MathJax mark it)."""
    if tag.local in elements.UNSEEN:
        return True
    if "hidden" not in tag.attributes and "none" not in tag.attributes and "MathJax" not in tag.attributes:
        return False
    fields = tag.fields()
    return (
        "hidden" in fields
        or fields.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(fields.get("style", "")) is not None
        or "MathJax_Preview" in fields.get("class", "")
    )


def _raised(sign: str, text: str, before: str) -> str:
    """``<sup>`` and ``<sub>``; the endings of ordinal numbers, notes and whole sentences stay as they are.

    Characters of private use, with which a caller marks places, stay outside.
    """
    inner = " ".join(text.split())
    if len(inner) > _LONGEST_SCRIPT or inner.startswith("["):
        return f" {inner} " if len(inner) > _LONGEST_SCRIPT else inner
    core = _PRIVATE.sub("", inner)
    if core != inner:
        return inner.replace(core, _raised(sign, core, before)) if core and core in inner else inner
    ordinal = before[-1:].isdigit() or before[-1:] in tuple("IVXLC")
    if sign == "^" and ordinal and _ORDINAL.fullmatch(inner):
        return inner
    if sign == "^" and _REFERENCES.fullmatch(inner):
        return "".join(script("^", c) if c.isdigit() or c in "–-" else c for c in inner)
    if sign == "_" and (mixed := _NUMBER_FIRST.fullmatch(inner)):  # "HbA₁c", "VO₂max", "PM₂.₅"
        return script("_", mixed[1]) + (f".{script('_', mixed[2][1:])}" if mixed[2][0] == "." else mixed[2])
    named = before[-1:].isalpha() and (before[-1:].isupper() or before[-2:-1].isalpha())
    return inner if sign == "_" and inner.isalpha() and named else script(sign, inner)  # "Treg", "Vmax", "NOx"


def _tex(text: str) -> str:
    """The source of a formula as mathematics between dollars, without the document around it."""
    found = _DOCUMENT.search(text)
    inner = " ".join((found[1] if found else text).split())
    inner = inner.strip("$ ").removeprefix("\\(").removesuffix("\\)").removeprefix("\\[").removesuffix("\\]").strip()
    return f"${inner}$" if inner else ""


def _joined(parts: list[MathPart]) -> str:
    """The text of parts; of a formula that is told in MathML and in TeX, side by side, the first."""
    pieces: list[str] = []
    last, kind = -1, ""  # the place and kind of the formula before, if nothing stands between
    for part in parts:
        if part.name in (_MATH, _TEX) and part.text.strip():
            if kind and kind != part.name:
                if part.name == _MATH:
                    pieces[last] = part.text
                continue
            last, kind = len(pieces), part.name
        elif part.text.strip():
            kind = ""
        pieces.append(part.text)
    return "".join(pieces)
