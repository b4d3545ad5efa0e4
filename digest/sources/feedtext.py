"""Texts of feed entries: is it markup, what is the abstract, and what do well-known prefixes say."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from digest.model import Announcement
from digest.papers.elements import BLOCK
from digest.papers.identity import doi
from digest.papers.markup import is_markup
from digest.papers.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TITLE = 500
"""Characters of a title that are kept."""
ABSTRACT = 5_000
"""Characters of an abstract that are kept; of several texts the longest within this measure is taken."""
RAW = 200_000
"""Characters of a raw text that are looked at."""

_ANNOUNCED = re.compile(
    r"arXiv:(?P<id>[\w./-]{5,40})\s+Announce Type:\s*(?P<type>[a-z-]{3,20})\s+(?:Abstract:\s*)?", re.IGNORECASE
)
_LABELLED = re.compile(
    r"(?P<lead>.{0,300}?)(?:\bAuthors?: (?P<authors>.{1,20000}?) )?(?:\bUpvotes: (?P<upvotes>\d{1,7}) )?"
    r"(?:\b(?:Summary|Abstract): |\bABSTRACT:? )(?P<text>.+)",
    re.DOTALL,
)
_AUTHORS_LAST = re.compile(r"\bAuthors?(?:\(s\))?: (?P<authors>[^:]{2,20000})\Z")
_CITED = re.compile(r"[^;]{1,80}, Published online: [^;]{1,40}; doi:\S{1,200}\s*")
_DOI = re.compile(r"\bdoi:?\s?(\S{6,300})", re.IGNORECASE)


_ELEMENT = re.compile(r"<(/?)(?:[a-z]{1,10}:)?([a-z][a-z0-9-]{0,30})\b[^<>]*>", re.IGNORECASE)
_ANCHOR = re.compile(r"<(/?)a\b[^<>]*>", re.IGNORECASE)
_MARK, _CAPTION, _LINK, _LINK_END = "\ue0f0", "\ue0f1", "\ue0f2", "\ue0f3"  # of private use: no text has them
_MARKS = str.maketrans(dict.fromkeys((_MARK, _CAPTION, _LINK, _LINK_END)))
_LINKED = re.compile(rf"{_LINK}[^{_LINK}{_LINK_END}]*{_LINK_END}")


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph, line or cell of a text; `link`: all that it says is the text of links."""

    text: str
    link: bool = False


@dataclass(frozen=True, slots=True)
class Announced:
    """What arXiv writes before an abstract: the id with its version, the type, and text that a third party prefixed."""

    id: str
    announcement: Announcement | None
    before: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A description whose parts carry labels ("Authors: ... Upvotes: ... Summary: ..."); "" and None where absent."""

    text: str
    authors: str = ""
    upvotes: int | None = None
    doi: str = ""
    published: str = ""
    keywords: str = ""


def text_field(fields: Mapping[str, Any], *keys: str) -> str:
    """The first of `keys` that holds text, or ""."""
    return next((value for key in keys if isinstance(value := fields.get(key), str) and value.strip()), "")


def dict_fields(value: object) -> list[dict[str, Any]]:
    """The dicts in a list, or none where `value` is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def clean(raw: str, limit: int = ABSTRACT) -> str:
    """Plain text of what may or may not be HTML, whatever the feed says of its type: `papers.markup` tells tags from
    text."""
    return plain(raw[:RAW], html=True, limit=limit)


def best_text(candidates: Iterable[str]) -> str:
    """The longest of the texts within `ABSTRACT`, else the beginning of the shortest."""
    raw = [text for text in dict.fromkeys(candidates) if text.strip()]
    texts = [clean(text, limit=ABSTRACT + 1) for text in raw]
    fitting = [text for text in texts if len(text) <= ABSTRACT]
    return max(fitting, key=len) if fitting else plain(min(texts, key=len, default=""), limit=ABSTRACT)


def best_blocks(candidates: Iterable[str]) -> tuple[TextBlock, ...]:
    """The blocks of the text that `best_text` would take."""
    told = [blocks(text) for text in dict.fromkeys(candidates) if text.strip()]
    sizes = [sum(len(block.text) + 1 for block in one) for one in told]
    fitting = [n for n, size in enumerate(sizes) if size <= ABSTRACT + 1]
    if fitting:
        return told[max(fitting, key=sizes.__getitem__)]
    return told[min(range(len(told)), key=sizes.__getitem__)] if told else ()


def blocks(raw: str, limit: int = ABSTRACT + 1_000, *, html: bool = True) -> tuple[TextBlock, ...]:
    """Plain text of what may be HTML (where `html`), block by block; captions of figures and tables are left out.

    Lines are the blocks of a text that is no markup. The first `limit` characters, marks of the blocks included.
    """
    raw = raw[:RAW].translate(_MARKS)
    html = html and is_markup(raw)
    if html:
        raw = _ANCHOR.sub(lambda tag: f"{tag[0]}{_LINK}" if not tag[1] else f"{_LINK_END}{tag[0]}", raw)
        opened: set[str] = set()
        raw = _ELEMENT.sub(lambda tag: _marked(tag, opened), raw)
    else:
        raw = f" {_MARK} ".join(raw.splitlines())
    return tuple(filter(None, map(_block, plain(raw, html=html, limit=limit).split(_MARK))))


def _marked(tag: re.Match[str], opened: set[str]) -> str:
    """A tag with a mark outside it, where it is that of a block; an end without its beginning is a mark alone."""
    name = tag[2].lower()
    if name not in BLOCK:
        return tag[0]
    if tag[1]:
        return f"{tag[0] if name in opened else ''} {_MARK} "
    opened.add(name)
    return f" {_MARK} {_CAPTION if name in ('figcaption', 'caption') else ''} {tag[0]}"


def _block(text: str) -> TextBlock | None:
    text = text.strip()
    bare = " ".join(text.translate(_MARKS).split())
    if not bare or text.startswith(_CAPTION):
        return None
    outside = _LINKED.sub("", text)
    return TextBlock(bare, link=outside != text and not any(c.isalnum() for c in outside))


def opening(text: str, limit: int = 120) -> str:
    """The beginning of `text` as a stand-in for a title: its first sentence, or whole words and an ellipsis."""
    sentence = re.split(r"(?<=[.!?。！？])\s", text[: limit + 1], maxsplit=1)[0]
    if len(sentence) <= limit:
        return sentence
    cut = sentence[:limit].rpartition(" ")[0] or sentence[:limit]
    return cut.rstrip(" ,;:") + "…"


def announced(text: str) -> Announced | None:
    """`text` taken apart at arXiv's ``arXiv:<id> Announce Type: <type> Abstract:``, or None where that is absent."""
    found = _ANNOUNCED.search(text[:RAW])
    if found is None:
        return None
    kind = announcement(found["type"])
    return Announced(found["id"], kind, text[: found.start()].strip(), text[found.end() :])


def announcement(text: str) -> Announcement | None:
    """arXiv's announce type, None where `text` is none."""
    text = text.strip().lower()
    return Announcement(text) if text in list(Announcement) else None


def labelled(text: str) -> Labelled:
    """The parts of a labelled description (plain text); the whole text where it has no labels.

    Known are those of Hugging Face's and Pensoft's feeds (authors, abstract), PubMed's ("<journal>. doi: ... ABSTRACT
    ..."), Nature's ("<journal>, Published online: ...; doi:...") and ScienceDirect's (authors last).
    """
    named = _DOI.search(text[:300])
    told = Labelled(text, doi=doi(named[1]) or "" if named else "")
    if found := _LABELLED.match(text):
        upvotes = int(found["upvotes"]) if found["upvotes"] else None
        return replace(told, text=found["text"], authors=found["authors"] or "", upvotes=upvotes)
    if cited := _CITED.match(text):
        return replace(told, text=text[cited.end() :])
    last = _AUTHORS_LAST.search(text[-20_100:])
    return replace(told, authors=last["authors"]) if last else told
