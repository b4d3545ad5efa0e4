"""DOIs out of whatever they are written in: one name for all spellings, and for all versions of a preprint.

Sources of the rules: the DOI Handbook, sections 2 and 3 (case-insensitive; percent-encoded in URLs); RFC 4452 and the
info registry (``info:doi/``); ANSI/NISO Z39.56 (SICI, the only DOIs with angle brackets).
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from digest.papers.registrants import doi_of_page, without_version
from digest.papers.urls import LONGEST, split_url

ARXIV_DOI = "10.48550/arxiv."
"""How arXiv's own DOIs begin: they are arXiv ids."""

_PREFIX = r"10\.\d{4,9}(?:\.\d{1,9}){0,3}/"
_SICI = r"<[0-9A-Za-z]{1,10}:[^\s<>\"]{1,40}>"
_BODY = rf"{_PREFIX}(?:[^\s\"<>\\^`{{|}}\x00-\x20]|{_SICI}){{1,300}}"
# Not within another word; behind a slash or a colon only where that belongs to the spelling.
_DOI = re.compile(rf"(?:(?<![\d./])|(?<=doi/)|(?<=doi\.org/)){_BODY}", re.IGNORECASE)
_DOI_IN_URL = re.compile(rf"(?:(?<=[/=])|(?<=doi:)){_BODY}", re.IGNORECASE)
_ENCODED = re.compile(r"10\.\d{4,9}(?:\.\d{1,9}){0,3}%(?:25)?2f|%(?:25)?(?:28|29|2f|3[abce])", re.IGNORECASE)
_URL = re.compile(r"[a-z]{1,7}://|(?:doi:\s?)?(?:https?://)?(?:www\.|dx\.)?doi\.org/", re.IGNORECASE)
_RESOLVER = re.compile(r"doi\.org/|//doi[.-]", re.IGNORECASE)
_QUERY_OF_DOI = re.compile(
    rf"[?&](?:id|doi|article_?doi)=(?:doi:|https?://(?:dx\.)?doi\.org/)?(?={_PREFIX})", re.IGNORECASE
)
_BEHIND = re.compile(r"(?:;jsessionid=|[?&]\w{1,30}=|#(?:[a-z][\w-]|[:!])).*", re.IGNORECASE | re.DOTALL)
"""What is no part of a name even where it is not written as a URL; a DOI as such may hold "#" (10.1000/456#789)."""
_PAGE_OF_DOI = re.compile(
    r"(?:[./](?:full|full-text|fulltext|pdf|epdf|pdfdirect|pdfplus|epub|abstract|abs|html|xml|meta|summary|short|figures|"
    r"references|citations|metrics|supplementary-material))+/?$",
    re.IGNORECASE,
)
_OUP_PAGE = re.compile(r"^(10\.1093/[a-z]+/[a-z]+\d+)/\d+$")
_CLOSING = ".,;:'*_/!?&…”’»›、。，；："
_INVISIBLE = re.compile("[\xad\u200b-\u200f\u2060\ufeff]")
_IN_LINKS_ONLY = ("10.1101/", "10.64898/")


def doi(text: str) -> str | None:
    """The DOI in `text` (bare, "doi:...", or in a URL) in lower case; None where there is none.

    What pages hang on to it goes: a query, a fragment, closing punctuation, ".full", "/pdf", and the version that
    bioRxiv and medRxiv put behind theirs. arXiv's own DOIs are arXiv ids, hence None.
    """
    name = bare_doi(text)
    if name.startswith(_IN_LINKS_ONLY):
        name = without_version(name)[0]
    return None if not name or name.startswith(ARXIV_DOI) else name


def work_doi(text: str) -> tuple[str, int | None] | None:
    """The DOI that all versions of a preprint share, and the version; for other DOIs the DOI and None.

    Several servers register a DOI for each version ("<doi>/v1", "<doi>/v2"): names of one paper. The pages of some
    publishers go by a part of the DOI, which is read from them as well.
    """
    name = bare_doi(text)
    if not name:
        return _of_page(text)
    return None if name.startswith(ARXIV_DOI) else without_version(name)


def bare_doi(text: str) -> str:
    """The DOI in `text` as it is registered, in lower case, with a version, arXiv's own too; "" for none."""
    text = _INVISIBLE.sub("", text[:LONGEST]).strip()
    url, queried = _URL.match(text), _QUERY_OF_DOI.search(text)
    if url and queried:
        url, text = None, text[queried.end() :].partition("&")[0]
    elif url and not _RESOLVER.search(text):
        text = re.split(r"[?#]", text, maxsplit=1)[0]
    text = _decoded(unquote(text) if url else text)
    found = (_DOI_IN_URL if url else _DOI).search(text)
    if found is None:
        return ""
    name = _bared(_BEHIND.sub("", found[0])).lower()
    journal_page = _OUP_PAGE.match(name)
    return journal_page[1] if journal_page else name if name.partition("/")[2] else ""


def _bared(name: str) -> str:
    """`name` without what says which page of it is meant, and without closing punctuation."""
    while (rest := _trim(_PAGE_OF_DOI.sub("", name))) != name:
        name = rest
    return name


def _decoded(text: str) -> str:
    """`text` without the escapes of URLs (also of URLs within URLs) and of HTML."""
    for _ in range(3):
        if not _ENCODED.search(text):
            break
        text = unquote(text)
    return html.unescape(text) if "&" in text else text


def _of_page(text: str) -> tuple[str, int | None] | None:
    parts = split_url(text.strip())
    return doi_of_page((parts.hostname or "").lower(), parts.path) if parts else None


def _trim(name: str) -> str:
    """`name` without closing punctuation; a bracket goes only where nothing opened it."""
    while name and (name[-1] in _CLOSING or (name[-1] in ")]>" and not _balanced(name))):
        name = name[:-1]
    return name


def _balanced(name: str) -> bool:
    opener = {")": "(", "]": "[", ">": "<"}[name[-1]]
    return name.count(opener) >= name.count(name[-1])
