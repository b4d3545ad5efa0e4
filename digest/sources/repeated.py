"""What nearly all items of a feed have at the same place: a part of the page, and none of any abstract.

A block, or the first or last words of a text, numbers, months, addresses and the title aside. Feeds of fewer than `FEW`
texts are left alone, and so are texts of which nothing else would be left, and the section labels of structured
abstracts ("Background:" in every item).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.sources.byline import feed_authors, is_person
from digest.sources.dates import parse_date
from digest.sources.datewords import MONTHS, folded, word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.sources.feedtext import TextBlock

FEW = 4
"""Texts that a feed must have before anything counts as repeated."""
NEARLY_ALL = 0.8
"""The share of a feed's texts in which it must stand."""
SHARED = 3
"""Items whose texts cite an issue in the same words, numbers aside: none of them is an abstract."""
LONGEST = 400
"""Characters beyond which a block is no part of the page."""
WORDS = 40
"""Words at either end of a text that are compared."""

_OTHER_LABEL = re.compile(r"([A-Z][\w /()-]{1,40}?)\s?[:：]\s?(\S.{0,80})?")
_SECTIONS = word_set(
    "background objective objectives aim aims purpose introduction context importance rationale motivation "
    "question questions "
    "hypothesis methods method methodology materials design setting settings participants patients "
    "interventions intervention "
    "measurements outcome outcomes results result findings conclusion conclusions discussion significance "
    "interpretation "
    "limitations and of the & goals goal problem approach main study"
)
_DATED = re.compile(r"(?:\d{1,2} [^\W\d_]{3,12} \d{4}|[^\W\d_]{3,12} \d{1,2}, \d{4}|\d{4}-\d\d-\d\d)$")
_CITES = word_set("vol vol. volume issue no no. page pages pp pp. p. doi doi: s. band bd. tome jahrgang")
_NUMBER = re.compile(r"\d+(?:[.,:/–-]\d+)*")
_URL = re.compile(r"https?://\S+")
_WORD = re.compile(r"[^\W\d_]+")


def without_common(texts: list[list[TextBlock]], titles: Sequence[str]) -> list[list[TextBlock]]:
    """`texts` without the blocks and words at their ends that nearly all of them have."""
    many = sum(1 for blocks in texts if blocks)
    if many < FEW:
        return texts
    need = max(FEW - 1, round(many * NEARLY_ALL))
    forms_of_titles = [_form(title, "") for title in titles]
    for at in (0, -1):
        for _ in range(8):
            forms = [
                _block_form(blocks[at].text, title) if blocks else ""
                for blocks, title in zip(texts, forms_of_titles, strict=True)
            ]
            form, count = Counter(filter(None, forms)).most_common(1)[0] if any(forms) else ("", 0)
            having = [len(blocks) for blocks, has in zip(texts, forms, strict=True) if has == form]
            if count < need or max(having) < 2:  # the whole of all texts is no part of a page
                break
            texts = [
                (blocks[1:] if at == 0 else blocks[:-1]) if has == form else blocks
                for blocks, has in zip(texts, forms, strict=True)
            ]
    texts = _without_words(texts, need, first=True)
    return _without_words(texts, need, first=False)


def _block_form(text: str, title: str) -> str:
    """What two blocks have in common that are part of the page: text, or the label of a short value; "" for none."""
    if len(text) > LONGEST:
        return ""
    dated = _DATED.search(text)
    if dated and len(text.split()) <= 6 and parse_date(dated[0]):
        return "\1"
    found = _OTHER_LABEL.fullmatch(text)
    if found and len((found[2] or "").split()) <= 8:
        return "" if _is_section(found[1]) else f"{found[1]}:"
    return "" if _is_section(text) else _form(text, title)


def _is_section(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+|&", text.lower())
    return bool(words) and len(words) <= 6 and _SECTIONS.issuperset(words)


def _form(text: str, title: str) -> str:
    """`text` with its numbers, months, addresses and the title of its item replaced, in small letters."""
    text = " ".join(_URL.sub("0", text[-4_000:]).casefold().split())
    text = _WORD.sub(lambda word: "0" if len(word[0]) > 2 and folded(word[0]) in MONTHS else word[0], text)
    text = re.sub(r"0(?:[\s/-]*0)+", "0", _NUMBER.sub("0", text)).strip()
    return text.replace(title, "\0") if title else text


def _without_words(texts: list[list[TextBlock]], need: int, *, first: bool) -> list[list[TextBlock]]:
    """`texts` without the words at one end that `need` of them share, where a sentence parts these from the rest."""
    words = [_end_words(blocks, first=first) for blocks in texts]
    forms = [
        [_form(word, "") for word in reversed(line)] if not first else [_form(word, "") for word in line]
        for line in words
    ]
    size, shared = _longest_shared(forms, need)
    if all(
        len(form) <= size
        for form, blocks in zip(forms, texts, strict=True)
        if form[:size] == shared and len(blocks) < 2
    ):
        return texts  # the whole of all texts is no part of a page
    while size and not _parted(words, forms, shared[:size], need, first=first):
        size -= 1
    if not size or (first and _is_section(" ".join(shared[:size]))):
        return texts
    return [
        _cut(blocks, size, first=first) if form[:size] == shared[:size] else blocks
        for blocks, form in zip(texts, forms, strict=True)
    ]


def _end_words(blocks: list[TextBlock], *, first: bool) -> list[str]:
    if not blocks:
        return []
    words = blocks[0 if first else -1].text.split()
    return words[: WORDS + 1] if first else words[-WORDS - 1 :]


def _longest_shared(forms: list[list[str]], need: int) -> tuple[int, list[str]]:
    """The longest run of first words that at least `need` lines share."""
    shared: list[str] = []
    left = [form for form in forms if form]
    while len(shared) < WORDS:
        at = len(shared)
        counted = Counter(form[at] for form in left if len(form) > at)
        word, count = counted.most_common(1)[0] if counted else ("", 0)
        if count < need:
            break
        shared.append(word)
        left = [form for form in left if len(form) > at and form[at] == word]
    return len(shared), shared


def _parted(words: list[list[str]], forms: list[list[str]], shared: list[str], need: int, *, first: bool) -> bool:
    """Whether a sentence ends or begins, in nearly all texts, where the shared words do."""
    size, parted = len(shared), 0
    for line, form in zip(words, forms, strict=True):
        if form[:size] != shared:
            continue
        inner, outer = (line[size - 1], line[size : size + 1]) if first else (line[-size], line[-size - 1 : -size])
        before, after = ([inner], outer) if first else (outer, [inner])
        ended = not before or before[0].rstrip("\"'”’)]").endswith(
            (".", "!", "?", "…", ":", "|", "。", "]", "•", "—", "–")
        )
        begins = not after or not (after[0][:1].islower() or after[0][:1].isdigit())
        parted += (ended or (first and size > 1)) and begins
    return parted >= need * NEARLY_ALL


def _cut(blocks: list[TextBlock], size: int, *, first: bool) -> list[TextBlock]:
    at = 0 if first else len(blocks) - 1
    words = blocks[at].text.split()
    text = " ".join(words[size:] if first else words[:-size])
    return [*blocks[:at], *([replace(blocks[at], text=text)] if text else []), *blocks[at + 1 :]]


def bylines(texts: list[list[TextBlock]], wanted: Sequence[bool]) -> list[tuple[int, int]]:
    """How many blocks at the beginning or the end of each text are its byline.

    Only of those where it is `wanted`, since they name no authors elsewhere, and nearly all of which have one there.
    """
    nameless = [n for n, blocks in enumerate(texts) if wanted[n] and blocks]
    if len(nameless) < FEW:
        return [(0, 0)] * len(texts)
    ahead = {n: _names_ahead(texts[n]) for n in nameless}
    behind = {n: _names_ahead(texts[n][::-1]) for n in nameless}
    need = len(nameless) * NEARLY_ALL
    first, last = (sum(1 for count in counts.values() if count) >= need for counts in (ahead, behind))
    last = last and not first
    return [(ahead.get(n, 0) if first else 0, behind.get(n, 0) if last else 0) for n in range(len(texts))]


def _names_ahead(blocks: list[TextBlock]) -> int:
    count = 0
    while count < len(blocks) and _is_byline(blocks[count].text):
        count += 1
    return count


def _is_byline(text: str) -> bool:
    people = feed_authors(text) if len(text) < 20_000 and not text.endswith((".", "!", "?")) else ()
    return bool(people) and sum(map(is_person, people)) >= 0.7 * len(people) and parse_date(text) is None


def citations(texts: Sequence[str]) -> list[bool]:
    """Which texts tell a volume or a page, and are the same, numbers aside, in several items."""
    forms = [_form(text, "") if len(text) <= LONGEST else "" for text in texts]
    counts = Counter(form for form in forms if not _CITES.isdisjoint(re.split(r"[\s,;()]+", form)))
    return [counts[form] >= SHARED for form in forms]
