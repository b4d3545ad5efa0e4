"""The names that papers have in the world: arXiv ids, DOIs, URLs. Each function reads one out of a text.

Sources of the rules: arXiv's "Understanding the arXiv identifier" (new style since April 2007, five
digits since January 2015); the DOI Handbook section 2 (case-insensitive ASCII); RFC 3986 section 6 for
what makes two URLs equal.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

_LONGEST = 2_048

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
_ARXIV_DOI = "10.48550/arxiv."

_DOI_BODY = r"10\.\d{4,9}(?:\.\d{1,9}){0,3}/[^\s\"<>\\^`{|}\x00-\x20]{1,300}"
_DOI = re.compile(rf"(?<![\d./]){_DOI_BODY}")
_DOI_IN_URL = re.compile(rf"(?<=[/=]){_DOI_BODY}")
_PAGE_OF_DOI = re.compile(
    r"(?:[./](?:full|full-text|fulltext|pdf|epdf|abstract|abs|html|xml|meta|summary|short|supplementary-material))+/?$",
    re.IGNORECASE,
)
_OUP_PAGE = re.compile(r"^(10\.1093/[a-z]+/[a-z]+\d+)/\d+$")
_PREPRINT_SERVERS = ("10.1101/", "10.64898/")
_PREPRINT_VERSION = re.compile(r"v(\d{1,3})$")
_WORK_VERSION = re.compile(r"^(10\.(?:21203|20944|26434|31219|31234|31235|35542)/.+?)[./_-]v(\d{1,3})$")


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_TRACKING = _names(
    "fbclid gclid dclid msclkid yclid igshid mc_cid mc_eid _hsenc _hsmi cmpid cmp dgcid af rss ref_src ftag xtor "
    "wt.mc_id campaign_id email_source"
)


def arxiv_id(text: str) -> tuple[str, int | None] | None:
    """The arXiv id in `text`, without its version, and the version; None where there is no id.

    Reads a bare id, "arXiv:2403.15527v1", "oai:arXiv.org:...", the URLs of arXiv and of the services
    whose pages go by arXiv ids, and arXiv's DOIs. Old ids lose their subject class ("math.GT/0309136"
    is "math/0309136"). A number that merely looks like an id, within other text, is none.
    """
    text = text[:_LONGEST].strip()
    found = _BARE.fullmatch(text) or _NAMED.search(text) or _arxiv_url(text) or _arxiv_doi(text)
    if found is None:
        return None
    bare = re.sub(r"\.[a-z]{2}/", "/", found["id"].lower())
    version = int(found["version"]) if found["version"] else None
    return bare, version or None


def _arxiv_url(text: str) -> re.Match[str] | None:
    parts = _split(text if "://" in text else f"https://{text}")
    if parts is None:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    if any(host == h or host.endswith(f".{h}") for h in _ARXIV_HOSTS):
        return _IN_PATH.search(parts.path)
    of_paper = parts.path.startswith(("/papers/", "/paper/"))
    return _IN_PATH.search(parts.path) if host in _PAPER_PAGES and of_paper else None


def _arxiv_doi(text: str) -> re.Match[str] | None:
    name = _bare_doi(text)
    return _BARE.fullmatch(name.removeprefix(_ARXIV_DOI)) if name.startswith(_ARXIV_DOI) else None


def doi(text: str) -> str | None:
    """The DOI in `text` (bare, "doi:...", or in a URL) in lower case; None where there is none.

    What pages hang on to it goes: closing punctuation, ".full", "/pdf", and the version that bioRxiv and
    medRxiv put behind theirs. arXiv's own DOIs are arXiv ids, hence None.
    """
    name = _bare_doi(text)
    if name.startswith(_PREPRINT_SERVERS):
        name = _PREPRINT_VERSION.sub("", name)
    journal_page = _OUP_PAGE.match(name)
    name = journal_page[1] if journal_page else name
    return None if not name or name.startswith(_ARXIV_DOI) else name


def work_doi(text: str) -> tuple[str, int | None] | None:
    """The DOI that all versions of a preprint share, and the version; for other DOIs the DOI and None.

    Several preprint servers register "<doi>/v1", "<doi>/v2": two names of one paper.
    """
    name = doi(text)
    if name is None:
        return None
    versioned = _WORK_VERSION.match(name)
    if versioned:
        return versioned[1], int(versioned[2]) or None
    version = _PREPRINT_VERSION.search(_bare_doi(text)) if name.startswith(_PREPRINT_SERVERS) else None
    return name, int(version[1]) or None if version else None


def _bare_doi(text: str) -> str:
    text = text[:_LONGEST].strip()
    is_url = "://" in text[:10]
    if is_url:
        text = unquote(text)
        text = text if "doi.org/" in text else re.split(r"[?#]", text, maxsplit=1)[0]
    found = (_DOI_IN_URL if is_url else _DOI).search(text)
    return _trim(_PAGE_OF_DOI.sub("", _trim(found[0]))).lower() if found else ""


def _trim(name: str) -> str:
    """`name` without closing punctuation; a bracket goes only where nothing opened it."""
    while name and (name[-1] in ".,;:'*_/" or (name[-1] in ")]" and not _balanced(name))):
        name = name[:-1]
    return name


def _balanced(name: str) -> bool:
    opener = "(" if name[-1] == ")" else "["
    return name.count(opener) >= name.count(name[-1])


def canonical_url(url: str) -> str:
    """`url` in the form in which two spellings of it are equal: for comparing, not for following.

    "" unless it is an http(s) URL with a host and without a password. Dropped: the scheme, "www.", the
    default port, the fragment, tracking parameters, a trailing slash; parameters are sorted.
    """
    parts = _split(url.strip())
    if parts is None or len(url) > _LONGEST:
        return ""
    host = (parts.hostname or "").lower().removeprefix("www.").rstrip(".")
    port = parts.port
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    path = re.sub(r"%[0-9a-fA-F]{2}", _escape, parts.path).rstrip("/")
    pairs = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(k)]
    return f"{host}{path}?{urlencode(sorted(pairs))}" if pairs else f"{host}{path}"


def _escape(found: re.Match[str]) -> str:
    """A percent escape in its one spelling: none for unreserved characters (RFC 3986 section 6.2.2)."""
    char = chr(int(found[0][1:], 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else found[0].upper()


def _tracks(parameter: str) -> bool:
    return parameter.lower() in _TRACKING or parameter.lower().startswith("utm_")


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) URL, or None where it is not one that may be compared."""
    if not url[:8].lower().startswith(("http://", "https://")) or any(c.isspace() or c < "!" for c in url):
        return None
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return parts if usable else None
