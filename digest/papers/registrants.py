"""Registrants of DOIs whose habits matter here: how preprint servers number versions, and whose pages bear DOIs.

A version is cut from a DOI only where its registrant numbers versions so: "/v2" of anybody else may be a second work.
Each row is how the server itself writes its DOIs ("how to cite"); Crossref and DataCite have them on record
(``api.crossref.org/prefixes/<prefix>``, ``api.datacite.org/dois/<doi>``): check a new row there.
"""

from __future__ import annotations

import re

_VERSIONS = {
    "10.1101": r"[^/]+?()v(\d+)",  # bioRxiv, medRxiv (openRxiv): in links only
    "10.64898": r"[^/]+?()v(\d+)",
    "10.31219": r".+?([._/-])v(\d+)",  # OSF Preprints, PsyArXiv, SocArXiv, EdArXiv
    "10.31234": r".+?([._/-])v(\d+)",
    "10.31235": r".+?([._/-])v(\d+)",
    "10.35542": r".+?([._/-])v(\d+)",
    "10.21203": r".+?([./_-])v(\d+)",  # Research Square
    "10.20944": r".+?([./_-])v(\d+)",  # Preprints.org
    "10.26434": r".+?([./_-])v(\d+)",  # ChemRxiv
    "10.33774": r".+?([./-])v(\d+)",  # Cambridge Open Engage
    "10.22541": r".+?([./])v(\d+)",  # Authorea, ESSOAr
    "10.36227": r".+?([./])v(\d+)",  # TechRxiv
    "10.31124": r".+?([./])v(\d+)",  # Advance
    "10.1002": r"essoar\.\d{6,9}(\.)(\d+)",  # ESSOAr until 2022
    "10.7554": r"elife\.\d{4,6}(\.)(\d{1,2})",  # eLife's reviewed preprints; ".001" is a figure
    "10.12688": r"[a-z0-9]+\.\d+(\.)(\d+)",  # F1000Research and the platforms that it runs
    "10.35241": r"[a-z0-9]+\.\d+(\.)(\d+)",
    "10.7490": r"[a-z0-9]+\.\d+(\.)(\d+)",
    "10.6084": r"m9\.figshare\.(?:c\.)?\d+(\.)v(\d+)",  # figshare, and figshare run for SAGE, CMU, Monash, 4TU
    "10.25384": r"[a-z]+\.(?:c\.)?\d+(\.)v(\d+)",
    "10.1184": r"r1/(?:c\.)?\d+(\.)v(\d+)",
    "10.26180": r"(?:c\.)?[a-z0-9]+(\.)v(\d+)",
    "10.4121": r"[a-z0-9-]+(\.)v(\d+)",
    "10.7287": r"peerj\.preprints\.\d+()v(\d+)",  # PeerJ Preprints
    "10.3762": r"bxiv\.\d{4}\.\d+(\.)v(\d+)",  # Beilstein Archives
    "10.17504": r"protocols\.io\.[a-z0-9]+(/)v(\d+)",  # protocols.io
    "10.32388": r"[a-z0-9]{6}(\.)(\d+)",  # Qeios
    "10.1099": r"acmi\.\d\.\d{6}(\.)v(\d+)",  # Access Microbiology
    "10.17632": r"[a-z0-9]{10}(\.)(\d+)",  # Mendeley Data
    "10.3886": r"e\d+()v(\d+)",  # openICPSR
}
"""Registrants that number versions, and how a name behind their prefix ends: separator, number."""
_PATTERNS = {prefix: re.compile(pattern) for prefix, pattern in _VERSIONS.items()}
_OSF = re.compile(r"osf\.io/[a-z0-9]+(_)v(\d+)")
"""All archives on OSF name papers alike, each under a prefix of its own."""
_MOST_DIGITS = 3

_PAGES = (
    ("nature.com", r"/articles/(?P<name>[sd]\d{5}-\d{3}-\d{5}-[\dwxyz])", "10.1038/{name}"),
    (
        "elifesciences.org",
        r"/(?:articles|reviewed-preprints)/(?P<name>\d{4,6})(?:v(?P<version>\d{1,2}))?",
        "10.7554/elife.{name}",
    ),
    ("zenodo.org", r"/records?/(?P<name>\d{3,12})", "10.5281/zenodo.{name}"),
    ("researchsquare.com", r"/article/(?P<name>rs-\d{4,10})(?:/v(?P<version>\d{1,2}))?", "10.21203/rs.3.{name}"),
    ("preprints.org", r"/manuscript/(?P<name>20\d{4}\.\d{4})(?:/v(?P<version>\d{1,2}))?", "10.20944/preprints{name}"),
)
"""Hosts whose pages go by a part of the DOI: the host, the beginning of the path, the DOI."""
_PATHS = tuple((host, re.compile(path, re.IGNORECASE), name) for host, path, name in _PAGES)

_SITES = {
    "10.1038": "nature.com",
    "10.1016": "sciencedirect.com elsevier.com cell.com thelancet.com",
    "10.1002": "wiley.com",
    "10.1111": "wiley.com",
    "10.1007": "springer.com springeropen.com",
    "10.1186": "biomedcentral.com springeropen.com springer.com",
    "10.1126": "science.org sciencemag.org",
    "10.1021": "acs.org",
    "10.1039": "rsc.org",
    "10.1103": "aps.org",
    "10.1088": "iop.org",
    "10.1063": "aip.org",
    "10.1093": "oup.com oxfordjournals.org",
    "10.1017": "cambridge.org",
    "10.1080": "tandfonline.com",
    "10.1177": "sagepub.com",
    "10.1371": "plos.org",
    "10.3389": "frontiersin.org",
    "10.3390": "mdpi.com",
    "10.1109": "ieee.org",
    "10.1145": "acm.org",
    "10.1073": "pnas.org",
    "10.1101": "biorxiv.org medrxiv.org cshlp.org",
    "10.64898": "biorxiv.org medrxiv.org",
    "10.7554": "elifesciences.org",
    "10.1136": "bmj.com",
    "10.1001": "jamanetwork.com",
    "10.1056": "nejm.org",
    "10.1098": "royalsocietypublishing.org",
    "10.1146": "annualreviews.org",
    "10.1128": "asm.org",
    "10.1152": "physiology.org",
    "10.1029": "wiley.com",
    "10.1061": "ascelibrary.org",
    "10.1287": "informs.org",
    "10.1097": "lww.com",
    "10.18653": "aclanthology.org aclweb.org",
    "10.1162": "mit.edu",
    "10.5194": "copernicus.org",
    "10.1515": "degruyter.com degruyterbrill.com",
    "10.1108": "emerald.com",
    "10.1055": "thieme-connect.com thieme-connect.de thieme.com",
    "10.21203": "researchsquare.com",
    "10.20944": "preprints.org",
    "10.26434": "chemrxiv.org",
    "10.36227": "techrxiv.org",
    "10.22541": "authorea.com",
    "10.12688": "f1000research.com wellcomeopenresearch.org",
    "10.2139": "ssrn.com",
}


def without_version(name: str) -> tuple[str, int | None]:
    """A DOI (in lower case) without the version that its registrant puts behind it, and the version."""
    prefix, _, suffix = name.partition("/")
    pattern = _PATTERNS.get(prefix)
    found = (pattern.fullmatch(suffix) if pattern else None) or _OSF.fullmatch(suffix)
    if found is None or len(found[2]) > _MOST_DIGITS:
        return name, None
    return f"{prefix}/{suffix[: found.start(1)]}", int(found[2]) or None


def doi_of_page(host: str, path: str) -> tuple[str, int | None] | None:
    """The DOI of a page that goes by a part of it, and the version that the page shows."""
    for site, pattern, name in _PATHS:
        if host == site or host.endswith(f".{site}"):
            found = pattern.match(path)
            if found and path[found.end() : found.end() + 1] in ("", "/", ".", "#"):
                version = found.groupdict().get("version")
                return name.format(name=found["name"].lower()), int(version) or None if version else None
    return None


def sites_of(name: str) -> tuple[str, ...]:
    """The sites on which the registrant of that DOI publishes, () where they are not known."""
    return tuple(_SITES.get(name.partition("/")[0], "").split())
