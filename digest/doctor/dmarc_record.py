"""A DMARC record, and the walk up the DNS that finds the one that counts (RFC 9989 sections 4.7 and 4.10).

What RFC 9989 asks of the DNS it asks of the `Names` that it is given; nothing else is touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.doctor.tags import BadTags, parse_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.doctor.names import Names

POLICIES = ("none", "quarantine", "reject")
GONE = ("pct", "rf", "ri")
"""Tags of RFC 7489 that RFC 9989 took out."""
_MOST_QUERIES = 8


@dataclass(frozen=True, slots=True)
class Dmarc:
    """A record: the domain that it was found at, its text, its tags."""

    domain: str
    text: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def policy(self) -> str:
        """p=; "" where it is missing or none of the three."""
        given = self.tags.get("p", "").lower()
        return given if given in POLICIES else ""

    def strict(self, tag: str) -> bool:
        """Whether `tag` ("adkim" or "aspf") asks for the very same domain."""
        return self.tags.get(tag, "r").lower() == "s"


@dataclass(frozen=True, slots=True)
class Walk:
    """What the walk up from a domain found.

    Args:
        domain: where it began.
        records: the usable records, that of the longest name first.
        organisation: the organisational domain: all below it belong together.
        broken: (domain, what is wrong there) of records that count for nothing.
    """

    domain: str
    records: tuple[Dmarc, ...]
    organisation: str
    broken: tuple[tuple[str, str], ...] = ()

    @property
    def ruling(self) -> Dmarc | None:
        """The record that rules: the domain's own, else the organisation's, else that of the suffix (4.10.1)."""
        at = {record.domain: record for record in self.records}
        return at.get(self.domain) or at.get(self.organisation) or (self.records[-1] if self.records else None)


def is_dmarc(text: str) -> bool:
    """Whether a TXT record means to be DMARC: its first tag is v=DMARC1 (section 4.8), however written."""
    head = text.partition(";")[0].replace(" ", "").replace("\t", "")
    return head.lower() == "v=dmarc1"


def walk(names: Names, domain: str) -> Walk:
    """Look at ``_dmarc`` of `domain` and of the names above it, at most eight in all.

    Raises:
        LookupFailed: one of them could not be looked up.
    """
    records: list[Dmarc] = []
    broken: list[tuple[str, str]] = []
    for name in steps(domain):
        texts = [text for text in names.txt(f"_dmarc.{name}") if is_dmarc(text)]
        found = _usable(name, texts, broken)
        if found is not None:
            records.append(found)
            if found.tags.get("psd") in ("y", "n"):
                break
    return Walk(domain, tuple(records), organisation(domain, records), tuple(broken))


def steps(domain: str) -> list[str]:
    """The names to look at: `domain`, then what is left of it label by label; of a long one the last seven first."""
    labels = domain.split(".")
    above = labels[1:] if len(labels) < _MOST_QUERIES else labels[-(_MOST_QUERIES - 1) :]
    return [domain, *(".".join(above[at:]) for at in range(len(above)))]


def _usable(name: str, texts: list[str], broken: list[tuple[str, str]]) -> Dmarc | None:
    if not texts:
        return None
    if len(texts) > 1:
        broken.append((name, f"there are {len(texts)} DMARC records, and so none that counts"))
        return None
    try:
        tags = parse_tags(texts[0])
    except BadTags as wrong:
        broken.append((name, f"the DMARC record cannot be read: {wrong}"))
        return None
    if tags.get("v") != "DMARC1":
        broken.append((name, "the DMARC record must begin with v=DMARC1 in capitals"))
        return None
    return Dmarc(name, texts[0], tags)


def organisation(domain: str, records: list[Dmarc]) -> str:
    """The organisational domain (section 4.10.2) by the records found on the way up from `domain`."""
    for record in records:
        if record.tags.get("psd") == "n":
            return record.domain
        if record.tags.get("psd") == "y" and record.domain != domain:
            below = domain.removesuffix(f".{record.domain}")
            return f"{below.rpartition('.')[2]}.{record.domain}"
    return records[-1].domain if records else domain
