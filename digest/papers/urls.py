"""URLs compared: the form in which two spellings of one page are equal. For comparing, never for following.

Sources of the rules: RFC 3986 section 6 for what makes two URLs equal; what AMP, mobile sites, redirects of search
engines, campaigns and sessions put around the address of a page.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

LONGEST = 2_048
"""Characters of a URL, or of a text with a name in it, that are looked at."""


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_TRACKING = _names(
    "fbclid gclid dclid msclkid yclid igshid mc_cid mc_eid _hsenc _hsmi cmpid cmp dgcid af rss ref_src ftag xtor "
    "wt.mc_id campaign_id email_source"
)
_MORE_TRACKING = _names(
    "gbraid wbraid twclid ttclid li_fat_id s_cid ns_campaign ns_mchannel ns_source wt_mc wt.rss_f wt.rss_a mkt_tok _ga "
    "_gl vero_id sc_cid ocid amp outputtype sid sessionid session_id phpsessid jsessionid aspsessionid cfid cftoken "
    "_returnurl saml_request feed"
)
_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "matomo_", "piwik_", "aspsessionid")
_FEED_VALUES = _names("rss rss1.0 rss2.0 rss_feed rssfeed feed atom")
_LABELS = _names("www m mobile amp wap touch")
_SESSION = re.compile(
    r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;]*|/\((?:[A-Z]\([^()/]{1,60}\)){1,3}\)", re.IGNORECASE
)
_AMP_PATH = re.compile(r"\.amp(?=\.html\Z)|(?:/amp|\.amp|/amp\.html)/?\Z", re.IGNORECASE)
_AMP_CACHE = re.compile(r"/(?:[a-z]/)?(s/)?(?P<rest>[^/]+\.[^/]+/.*)")
_REDIRECTS = {
    "google.com/url": ("q", "url"),
    "scholar.google.com/scholar_url": ("url",),
    "l.facebook.com/l.php": ("u",),
    "out.reddit.com": ("url",),
    "bing.com/news/apiclick.aspx": ("url",),
}


def split_url(url: str) -> SplitResult | None:
    """The parts of an http(s) URL, or None where it is not one that may be compared."""
    if not url[:8].lower().startswith(("http://", "https://")) or any(c.isspace() or c < "!" for c in url):
        return None
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return parts if usable else None


def canonical_url(url: str) -> str:
    """`url` without what only spells it: for comparing, not for following.

    "" unless it is an http(s) URL with a host and without a password. Dropped: the scheme, "www.", the
    default port, the fragment, tracking parameters, a trailing slash; parameters are sorted.
    """
    parts = split_url(url.strip())
    if parts is None or len(url) > LONGEST:
        return ""
    host = (parts.hostname or "").lower().removeprefix("www.").rstrip(".")
    port = parts.port
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    path = re.sub(r"%[0-9a-fA-F]{2}", _escape, parts.path).rstrip("/")
    pairs = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(k)]
    return f"{host}{path}?{urlencode(sorted(pairs))}" if pairs else f"{host}{path}"


def page_url(url: str) -> str:
    """`canonical_url` of the page itself: without redirects, AMP, mobile hosts, sessions and tracking."""
    canonical = canonical_url(_target(url.strip()))
    address, _, query = canonical.partition("?")
    host, slash, path = address.partition("/")
    path = _AMP_PATH.sub("", _SESSION.sub("", f"{slash}{path}")).rstrip("/")
    pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if not _is_extra(k.lower(), v.lower())]
    address = f"{_main_host(host)}{path}"
    return f"{address}?{urlencode(pairs)}" if pairs else address


def site_of(url: str) -> str:
    """The host of a URL without "www." and the like, "" where it has none."""
    parts = split_url(url.strip())
    return _main_host((parts.hostname or "").lower().rstrip(".")) if parts else ""


def same_but_for_tokens(left: str, right: str) -> bool:
    """Whether two results of `page_url` differ at most in parameters that may be tokens: numbers are none."""
    (ours, _, our_query), (theirs, _, their_query) = left.partition("?"), right.partition("?")
    if not our_query or not their_query:
        return left == right
    mine, other = dict(parse_qsl(our_query)), dict(parse_qsl(their_query))
    changed = [(mine[name], other[name]) for name in mine.keys() & other.keys() if mine[name] != other[name]]
    tokens = not any(a.isdecimal() and b.isdecimal() for a, b in changed)
    return ours == theirs and mine.keys() == other.keys() and tokens


def _target(url: str) -> str:
    """The page that an AMP cache shows or a redirect leads to, or `url` itself."""
    parts = split_url(url)
    if parts is None:
        return url
    host = (parts.hostname or "").lower().removeprefix("www.")
    amp = host.endswith(".cdn.ampproject.org") or (host == "google.com" and parts.path.startswith("/amp/"))
    cached = _AMP_CACHE.match(parts.path.removeprefix("/amp")) if amp else None
    if cached:
        return f"https://{unquote(cached['rest'])}{'?' + parts.query if parts.query else ''}"
    names = _REDIRECTS.get(f"{host}{parts.path}".rstrip("/"), ())
    found = (value for name, value in parse_qsl(parts.query) if name in names and split_url(value))
    return next(found, url)


def _main_host(host: str) -> str:
    """`host` without labels that only say how the site is shown: "m.", "www.", "en.m."."""
    labels = host.split(".")
    kept = [label for at, label in enumerate(labels) if at >= len(labels) - 2 or label not in _LABELS]
    return ".".join(kept)


def _is_extra(name: str, value: str) -> bool:
    return name in _MORE_TRACKING or name.startswith(_PREFIXES) or value in _FEED_VALUES


def _escape(found: re.Match[str]) -> str:
    """A percent escape in its one spelling: none for unreserved characters (RFC 3986 section 6.2.2)."""
    char = chr(int(found[0][1:], 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else found[0].upper()


def _tracks(parameter: str) -> bool:
    return parameter.lower() in _TRACKING or parameter.lower().startswith("utm_")
