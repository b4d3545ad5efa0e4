"""What stands around an abstract and is none, taken off.

::

    raw texts of an item -> blocks -> without title, byline, labels, identifiers, links -> without what all items have

*Of one text*: blocks that repeat the title or the authors, that are labelled ("Journal: ...", whose values are handed
on), that hold nothing but an identifier or a short link ("PDF"), all before a heading "Abstract", captions, and the
line that weblogs end with. *Of a feed*: what `repeated` finds at the same place in nearly all items.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.papers.identity import doi
from digest.papers.text import norm
from digest.sources.feedtext import Labelled, TextBlock, labelled
from digest.sources.repeated import bylines, citations, without_common

if TYPE_CHECKING:
    from collections.abc import Sequence

_ABSTRACT = r"(?:abstracts?|summary|résumé|resumen|resumo|riassunto|zusammenfassung|аннотация|摘要|要旨|抄録|초록)"
_HEADED = re.compile(rf"{_ABSTRACT}\s?(?:[:：]\s*|[.]?$)", re.IGNORECASE)
_LEAD = re.compile(
    rf"(?i:{_ABSTRACT})\s?[:.：—–-]\s?(?=\S)|ABSTRACT\s(?=\S)"
    r"|(?:Abstract|Summary)\s(?=(?:A|I|In|On|At|We|The|[A-Z][\w-]*)\s[a-z(]|[A-Z][a-z]+(?: [a-z]+){0,3}:|[A-Z][a-z]+,)"
)
"""A label "Abstract", also without a colon where a sentence begins after it (not "Abstract Meaning Representation")."""
_LABELS = {
    "authors": "author|authors|author(s)|creator|creators|by",
    "published": "publication date|published|published online|date published|date|available online|first published",
    "doi": "doi",
    "keywords": "keywords|key words|keyword",
    "upvotes": "upvotes",
    "text": "abstract|summary|description",
    "": "journal|source|publisher|pmid|pmcid|pii|issn|isbn|volume|issue|pages|page|url|link|category|categories|"
    "subject|subjects|comments|type|article type|license|licence|language|citation|how to cite|title|posted on|section",
}
_FIELD_OF = {name: field for field, labels in _LABELS.items() for name in labels.split("|")}
_NAMES = "|".join(re.escape(name) for name in sorted(_FIELD_OF, key=len, reverse=True))
_LABEL = re.compile(rf"({_NAMES})\s?[:：]\s*", re.IGNORECASE)
_INLINE = re.compile(rf"(?:^|(?<=[\s.;,|]))({_NAMES})\s?[:：]\s", re.IGNORECASE)
_IDENTIFIER = (
    r"(?:pmid|pmcid|pii|doi|arxiv|urn:lsid|oai|isbn|issn)\s?[:：]?\s?(?=\S*\d)\S++|https?://(?:dx\.)?doi\.org/\S++"
)
_IDENTIFIERS = re.compile(rf"(?:(?:{_IDENTIFIER})[\s|,;.·]*+)++", re.IGNORECASE)
_CITATION = re.compile(rf"(?:{_IDENTIFIER})$", re.IGNORECASE)
_TAIL = re.compile(r"\s(?:(?:pmid|pmcid|doi)\s?[:：]\s?(?=\S*\d)\S++[\s|,;·]*+)++$", re.IGNORECASE)
_POST = re.compile(r"\s*The post .{1,600} (?:appeared first on|first appeared on) [^.]{1,200}\.?\s*$")
_BUTTON = (
    r"(?:full[- ]text|html|xml|pdf|epub|read (?:more|the full (?:story|article|paper|post))|continue reading|share"
    r"|tweet|view (?:article|pdf|full text)|download(?: pdf)?|learn more|see more|comments?|permalink"
    r"|add to selected citations)\b"
)
_GAP = r"[\s|•·\[\]()→».…]"
_BUTTONS = re.compile(rf"{_GAP}*+(?:{_BUTTON}{_GAP}*+)++", re.IGNORECASE)
_END = re.compile(rf"(?<=[.!?…。])(?:{_GAP}++{_BUTTON})++{_GAP}*+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """The text of one item of a feed: its title, its blocks, and the authors that it names elsewhere."""

    title: str
    blocks: tuple[TextBlock, ...]
    authors: tuple[str, ...] = ()


def abstracts(items: Sequence[Item]) -> list[Labelled]:
    """What the texts of a feed's items say, without what is around it: one for each item, in order."""
    parts = [_told(list(item.blocks), Labelled(""), item) for item in items]
    cut = without_common([blocks for blocks, _ in parts], [item.title for item in items])
    parts = [_told(blocks, told, item) for blocks, (_, told), item in zip(cut, parts, items, strict=True)]
    names = bylines([blocks for blocks, _ in parts], [not item.authors for item in items])
    result = []
    for (blocks, told), (first, last), item in zip(parts, names, items, strict=True):
        text = " ".join(block.text for block in blocks[first : len(blocks) - last])
        if first or last:
            byline = blocks[:first] or blocks[len(blocks) - last :]
            told = replace(told, authors=told.authors or "; ".join(block.text for block in byline))
        result.append(replace(told, text="" if _same(text, item.title) else text))
    cited = citations([told.text for told in result])
    return [replace(told, text="") if is_citation else told for told, is_citation in zip(result, cited, strict=True)]


def _same(text: str, title: str) -> bool:
    """Whether a text only says the title again."""
    return text == title or (len(text) < 2 * len(title) + 40 and norm(text) == norm(title) != "")


def _told(blocks: list[TextBlock], told: Labelled, item: Item) -> tuple[list[TextBlock], Labelled]:
    """The blocks of one text that may be its abstract, and `told` with what the others tell."""
    if len(blocks) == 1 and told == Labelled(""):
        flat = _flat(blocks[0].text)
        blocks, told = [replace(blocks[0], text=flat.text)] if flat.text else [], replace(flat, text="")
    blocks, told = _after_heading(blocks, told)
    title, people = norm(item.title), norm("".join(item.authors))
    while blocks and (field := _around(blocks[0], title, people, last=len(blocks) == 1)) is not None:
        told = _with_field(told, *field)
        blocks = blocks[1:]
    if blocks:
        blocks[0] = replace(blocks[0], text=_without_lead(blocks[0].text, item))
    while len(blocks) > 1 and (field := _around(blocks[-1], title, people, last=True)) is not None:
        told = _with_field(told, *field)
        blocks = blocks[:-1]
    if blocks:
        blocks[-1] = replace(blocks[-1], text=_without_end(blocks[-1].text))
    return [block for block in blocks if block.text], told


def _after_heading(blocks: list[TextBlock], told: Labelled) -> tuple[list[TextBlock], Labelled]:
    """The blocks after a heading "Abstract" near the beginning; what is before it is told, not text."""
    for at, block in enumerate(blocks[:8]):
        found = _HEADED.match(block.text)
        rest = block.text[found.end() :] if found else ""
        if found and (rest or at + 1 < len(blocks)):
            for before in blocks[:at]:
                told = _with_field(told, *(_labelled_block(before.text) or ("", before.text)))
            return [*([replace(block, text=rest)] if rest else []), *blocks[at + 1 :]], told
        if len(block.text) > 300 and not _labelled_block(block.text):
            break
    return blocks, told


def _around(block: TextBlock, title: str, people: str, *, last: bool) -> tuple[str, str] | None:
    """The field and value of a block that is no part of an abstract ("" for one of no use); None if it may be."""
    text = block.text
    found = _labelled_block(text)
    if found:
        return found if found[0] != "text" else None
    if title and len(text) < 2 * max(len(title), len(people)) + 40 and norm(text) in (title, people):
        return "", ""
    if _IDENTIFIERS.fullmatch(text) or (not last and len(text) < 400 and _CITATION.search(text)):
        return "", text
    if _BUTTONS.fullmatch(text) or _POST.fullmatch(f" {text}"):
        return "", ""
    return ("", "") if block.link and len(text.split()) <= 6 and not (last and not title) else None


def _labelled_block(text: str) -> tuple[str, str] | None:
    found = _LABEL.match(text)
    return (_FIELD_OF[found[1].lower()], text[found.end() :].strip()) if found else None


def _with_field(told: Labelled, field: str, value: str) -> Labelled:
    """`told` with one more field, as far as it is none yet; a DOI is found in any value."""
    if field == "authors":
        return replace(told, authors=told.authors or value[:20_000])
    if field == "published":
        return replace(told, published=told.published or value[:200])
    if field == "keywords":
        return replace(told, keywords=told.keywords or value[:2_000])
    if field == "upvotes" and value.isdigit() and len(value) < 8:
        return replace(told, upvotes=int(value))
    named = doi(value[:300]) if not told.doi and "10." in value[:300] else None
    return replace(told, doi=named) if named else told


def _flat(text: str) -> Labelled:
    """A text in one block taken apart at its labels, where it begins with one and they account for all of it."""
    if not _LABEL.match(text):
        return labelled(text)
    marks = list(_INLINE.finditer(text[:30_000]))[:40]
    if not marks:
        return labelled(text)
    told = Labelled("")
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        field = _FIELD_OF[mark[1].lower()]
        if field == "text":
            return replace(told, text=text[mark.end() :].strip())
        value = text[mark.end() : after.start() if after else None].strip(" .;,|")
        if len(value.split()) > 25 and field != "authors":
            return labelled(text)
        told = _with_field(told, field, value)
    return told if len(marks) > 1 else labelled(text)


def _without_lead(text: str, item: Item) -> str:
    """`text` without a label "Abstract", the title and the authors at its beginning."""
    for _ in range(3):
        before = text
        found = _LEAD.match(text) if "abstract" not in item.title.lower() else None
        text = text[found.end() :] if found else text
        text = _without_title(text, item.title)
        text = _without_names(text, item.authors)
        if text == before:
            break
    return text


def _without_title(text: str, title: str) -> str:
    """`text` without its title at its beginning, where another sentence follows it."""
    if len(title.split()) < 3 or not text.startswith(title):
        return text
    rest = text[len(title) :]
    start = rest.lstrip(" .:|–-")
    return start if start and rest[0] in " .:|–-" and not start[0].islower() else text


def _without_names(text: str, authors: tuple[str, ...]) -> str:
    """`text` without the list of its `authors` at its beginning; one who is the subject of a sentence stays."""
    at = 0
    for author in authors:
        gap = re.match(r"[\s,;&·|•]*(?:and\s)?", text[at : at + 20])
        start = at + (gap.end() if gap else 0)
        if not text.startswith(author, start):
            return text
        at = start + len(author)
    rest = text[at:].lstrip(" ,;.:|–-")
    return rest if authors and (not rest or not (rest[0].islower() or text[at : at + 1] not in " ,;.:|")) else text


def _without_end(text: str) -> str:
    """`text` without buttons, identifiers and a weblog's last line at its end."""
    for _ in range(3):
        before = text
        at = text.rfind("The post ")
        text = text[: max(at - 1, 0)] if at >= 0 and _POST.match(text[max(at - 1, 0) :]) else text
        tail = text[-400:]
        found = _TAIL.search(tail) or _END.search(tail)
        text = text[: len(text) - len(tail) + found.start()].rstrip() if found else text
        if text == before:
            break
    return text
