"""The names that papers have in the world: arXiv ids here, DOIs in `dois`, URLs in `urls`, all others in a table.

Source of the rules: arXiv's "Understanding the arXiv identifier" (new style since April 2007, five digits since
January 2015).
"""

from __future__ import annotations

import re

from digest.papers.dois import ARXIV_DOI, bare_doi, doi, work_doi
from digest.papers.urls import LONGEST, canonical_url, page_url, split_url

__all__ = ["arxiv_id", "canonical_url", "doi", "page_url", "work_doi"]

_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga|"
    "econ|eess|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|"
    "plasm-ph|q-alg|q-bio|q-fin|quant-ph|solv-int|stat|supr-con"
)
_ID = (
    r"(?P<id>(?:0[7-9]|1[0-4])(?:0[1-9]|1[0-2])\.\d{4}(?!\d)|(?:1[5-9]|[2-9]\d)(?:0[1-9]|1[0-2])\.\d{5}(?!\d)"
    rf"|(?:{_ARCHIVES})(?:\.[a-z]{{2}})?/(?:9[1-9]|0[0-7])(?:0[1-9]|1[0-2])\d{{3}}(?!\d))(?:v(?P<version>\d{{1,3}})(?!\d))?"
)
_BARE = re.compile(_ID, re.IGNORECASE)
_NAMED = re.compile(rf"(?<![A-Za-z0-9])(?:oai:)?arxiv(?:\.org)?\s?[:.]\s?{_ID}", re.IGNORECASE)
_IN_PATH = re.compile(rf"(?:^|/)(?:arxiv[:.])?{_ID}(?:\.pdf)?(?:/|$)", re.IGNORECASE)
_ARXIV_HOSTS = frozenset({"arxiv.org", "alphaxiv.org", "ar5iv.org", "xxx.lanl.gov", "arxiv-vanity.com"})
_PAPER_PAGES = frozenset({"huggingface.co", "hf.co", "paperswithcode.com"})


def arxiv_id(text: str) -> tuple[str, int | None] | None:
    """The arXiv id in `text`, without its version, and the version; None where there is no id.

    Reads a bare id, "arXiv:2403.15527v1", "oai:arXiv.org:...", the URLs of arXiv and of the services
    whose pages go by arXiv ids, and arXiv's DOIs. Old ids lose their subject class ("math.GT/0309136"
    is "math/0309136"). A number that merely looks like an id, within other text, is none.
    """
    text = text[:LONGEST].strip()
    found = _BARE.fullmatch(text) or _NAMED.search(text) or _arxiv_url(text) or _arxiv_doi(text)
    if found is None:
        return None
    bare = re.sub(r"\.[a-z]{2}/", "/", found["id"].lower())
    version = int(found["version"]) if found["version"] else None
    return bare, version or None


def _arxiv_url(text: str) -> re.Match[str] | None:
    parts = split_url(text if "://" in text else f"https://{text}")
    if parts is None:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    if any(host == h or host.endswith(f".{h}") for h in _ARXIV_HOSTS):
        return _IN_PATH.search(parts.path)
    of_paper = parts.path.startswith(("/papers/", "/paper/"))
    return _IN_PATH.search(parts.path) if host in _PAPER_PAGES and of_paper else None


def _arxiv_doi(text: str) -> re.Match[str] | None:
    name = bare_doi(text)
    return _BARE.fullmatch(name.removeprefix(ARXIV_DOI)) if name.startswith(ARXIV_DOI) else None
