"""Names of works besides arXiv ids and DOIs: what catalogues and proceedings call them, read out of ids and addresses.

Each is an alias of its own kind, "pmid:38123456". A row says how a page's address (without scheme and "www.") or a
feed's own id bears the name.
"""

from __future__ import annotations

import re

from digest.papers.urls import LONGEST, canonical_url

_ACL = r"[A-Za-z]\d{2}-\d{4,5}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d{1,5}"
_TABLE = (
    ("pmid", r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(?P<name>\d{1,9})(?!\d)"),
    ("pmid", r"europepmc\.org/(?:article|abstract)/med/(?P<name>\d{1,9})(?!\d)"),
    ("pmid", r"(?:info:)?(?:pmid|pubmed)[:/ ]\s?(?P<name>\d{1,9})"),
    ("pmc", r"(?:pmc\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pmc)/articles/(?:pmc)?(?P<name>\d{1,9})(?!\d)"),
    ("pmc", r"europepmc\.org/(?:articles?|abstract)/(?:pmc/)?pmc(?P<name>\d{1,9})(?!\d)"),
    ("pmc", r"(?:pmcid:\s?(?:pmc)?|pmc)(?P<name>\d{4,9})"),
    ("openreview", r"openreview\.net/(?:forum|pdf|attachment|revisions)\?(?:[^#]*&)?id=(?P<name>[\w-]{6,20})(?![\w-])"),
    ("acl", rf"(?:aclanthology\.org|aclweb\.org/anthology)/(?:[a-z]/[a-z]\d\d/)?(?P<name>{_ACL})(?![\w-])"),
    ("acl", rf"(?:doi:)?10\.18653/v1/(?P<name>{_ACL})"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _TABLE)
_AS_WRITTEN = frozenset({"openreview"})

KINDS = tuple(dict.fromkeys(kind for kind, _ in _TABLE))
"""The kinds of these names, the most telling first."""


def other_names(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The aliases that ids and addresses of one work bear, one of each kind, in the order of `KINDS`."""
    found: dict[str, str] = {}
    for text in texts:
        if not text or len(text) > LONGEST:
            continue
        known = canonical_url(text) or text.strip()
        for kind, pattern in _PATTERNS:
            name = pattern.match(known)
            if name and (known is not text or name.end() == len(known)):
                found.setdefault(kind, _spelled(kind, name["name"]))
    return tuple(f"{kind}:{found[kind]}" for kind in KINDS if kind in found)


def _spelled(kind: str, name: str) -> str:
    if name.isdecimal():
        return name.lstrip("0") or "0"
    return name if kind in _AS_WRITTEN else name.lower()
