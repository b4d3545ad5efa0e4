"""Who may say what of a paper: a name has its authority, and anybody else's word counts only until that speaks.

==================  =====================================================================================
an arXiv id         arXiv and Hugging Face
a DOI               Crossref, DataCite and the catalogues that copy them; the registrant's own site; where
                    that is not known, a feed whose entries link to its own site speaks for the publisher
no such name        a feed whose entries link to its own site, and whatever an operator put into a folder
==================  =====================================================================================

A source is known by the host that answered, not by what its content claims; a file in a folder, and a URL for which
the configuration names a kind, are what their kind says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.model import Standing
from digest.papers.registrants import sites_of
from digest.papers.urls import site_of

if TYPE_CHECKING:
    from digest.model import Entry, Reading, Snapshot
    from digest.papers.identity import Identity

_ARXIV_HOSTS = ("arxiv.org", "huggingface.co", "hf.co")
_DOI_HOSTS = (
    "crossref.org",
    "datacite.org",
    "doi.org",
    "openalex.org",
    "semanticscholar.org",
    "ncbi.nlm.nih.gov",
    "ebi.ac.uk",
    "europepmc.org",
    "doaj.org",
    "openaire.eu",
    "dblp.org",
)
_ARXIV_KINDS = frozenset({"huggingface", "huggingface-json", "huggingface-html", "page-text", "arxiv", "feed-dump"})
_DOI_KINDS = frozenset({"scholarly", "oai-pmh"})


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a snapshot comes from: the site that answered, or "" for a file; and the kind that is vouched for.

    `kind` is the kind of reader where an operator has named it or has placed the file, else "".
    """

    site: str = ""
    kind: str = ""

    def standing(self, entry: Entry, identity: Identity) -> Standing:
        """By what right this source speaks of an entry, under its strongest name."""
        if identity.arxiv_id:
            return Standing.AUTHORITY if self._speaks_for_arxiv() else Standing.STRANGER
        if identity.doi:
            return self._for_doi(entry, identity.doi)
        return Standing.PUBLISHER if self._is_own(entry) else Standing.STRANGER

    def vouches(self, alias: str, entry: Entry) -> bool:
        """Whether this source is an authority on a strong name."""
        kind, _, name = alias.partition(":")
        if kind == "arxiv":
            return self._speaks_for_arxiv()
        if kind == "doi":
            return self._for_doi(entry, name) is Standing.AUTHORITY
        return self._speaks_for_dois()

    def _for_doi(self, entry: Entry, name: str) -> Standing:
        sites = sites_of(name)
        if self._speaks_for_dois() or _within(self.site, sites):
            return Standing.AUTHORITY
        return Standing.PUBLISHER if not sites and self.site and self._is_own(entry) else Standing.STRANGER

    def _speaks_for_arxiv(self) -> bool:
        return self.kind in _ARXIV_KINDS or _within(self.site, _ARXIV_HOSTS)

    def _speaks_for_dois(self) -> bool:
        return self.kind in _DOI_KINDS or self._speaks_for_arxiv() or _within(self.site, _DOI_HOSTS)

    def _is_own(self, entry: Entry) -> bool:
        linked = site_of(entry.links.best)
        return not self.site or not linked or _within(self.site, (linked,)) or _within(linked, (self.site,))


def provenance_of(snapshot: Snapshot, reading: Reading) -> Provenance:
    """The provenance of a snapshot that has been read."""
    site = site_of(snapshot.place)
    named = snapshot.kind if snapshot.kind != "auto" else ""
    return Provenance(site, named if site else reading.kind)


class _Anybody(Provenance):
    """The provenance of entries that somebody vouches for as a whole."""

    __slots__ = ()

    def standing(self, entry: Entry, identity: Identity) -> Standing:
        return Standing.AUTHORITY

    def vouches(self, alias: str, entry: Entry) -> bool:
        return True


VOUCHED = _Anybody()
"""Every entry is taken at its word."""


def _within(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)
