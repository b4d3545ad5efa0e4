"""The aliases that earlier versions gave an entry and that are read otherwise now: only to find what they stored.

A database keeps the aliases that a paper came with. Where a DOI or an address is read better today, yesterday's form is
still asked for, so that nothing counts as new because its name is spelled in another way.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from digest.papers.urls import LONGEST, canonical_url

_BODY = r"10\.\d{4,9}(?:\.\d{1,9}){0,3}/[^\s\"<>\\^`{|}\x00-\x20]{1,300}"
_DOI = re.compile(rf"(?<![\d./]){_BODY}")
_DOI_IN_URL = re.compile(rf"(?<=[/=]){_BODY}")
_PAGE_OF_DOI = re.compile(
    r"(?:[./](?:full|full-text|fulltext|pdf|epdf|abstract|abs|html|xml|meta|summary|short|supplementary-material))+/?$",
    re.IGNORECASE,
)
_OUP_PAGE = re.compile(r"^(10\.1093/[a-z]+/[a-z]+\d+)/\d+$")
_VERSION = re.compile(
    r"^(10\.(?:21203|20944|26434|31219|31234|31235|35542)/.+?)[./_-]v\d{1,3}$|^(10\.(?:1101|64898)/.+?)v\d{1,3}$"
)


def former_aliases(texts: tuple[str, ...], guid: str, page: str) -> tuple[str, ...]:
    """What earlier versions called an entry: by the DOI in the first of `texts` with one, its guid alias, its page."""
    name = next(filter(None, map(_doi, filter(None, texts))), "")
    url = canonical_url(page)
    return (*[f"doi:{name}"] * bool(name), *[guid] * bool(guid), *[f"url:{url}"] * bool(url))


def _doi(text: str) -> str:
    text = text[:LONGEST].strip()
    is_url = "://" in text[:10]
    if is_url:
        text = unquote(text)
        text = text if "doi.org/" in text else re.split(r"[?#]", text, maxsplit=1)[0]
    found = (_DOI_IN_URL if is_url else _DOI).search(text)
    name = _trim(_PAGE_OF_DOI.sub("", _trim(found[0]))).lower() if found else ""
    journal_page, versioned = _OUP_PAGE.match(name), _VERSION.match(name)
    if versioned:
        return versioned[1] or versioned[2]
    return journal_page[1] if journal_page else name


def _trim(name: str) -> str:
    while name and (name[-1] in ".,;:'*_/" or (name[-1] in ")]" and not _balanced(name))):
        name = name[:-1]
    return name


def _balanced(name: str) -> bool:
    opener = "(" if name[-1] == ")" else "["
    return name.count(opener) >= name.count(name[-1])
