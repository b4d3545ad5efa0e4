"""Which domains speak for which (RFC 7489 3.1), by the list of public suffixes. Pure; the list comes with a package.

Everybody can have a name under a public suffix, such as co.uk or eu.org, and sign mail by it. So no pattern tells which
domains belong together: `victim@eu.org` has nothing to do with `attacker.eu.org`. The list is read at first use.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def speaks_for(signer: str, domain: str) -> bool:
    """Whether `signer` answers for `domain` without a policy that says so: it is the same, or stands above it and is
    no public suffix. A child never speaks for its parent. Both in lower case and A-labels."""
    if signer == domain:
        return bool(domain)
    return bool(signer) and domain.endswith(f".{signer}") and bool(organizational_domain(signer))


def aligned(one: str, other: str) -> bool:
    """Whether two domains are the same or belong to one organization, as a policy may allow (RFC 7489 3.1)."""
    if one == other:
        return bool(one)
    return bool(one and other) and organizational_domain(one) == organizational_domain(other) != ""


def organizational_domain(domain: str) -> str:
    """The public suffix that `domain` stands under with one more label (RFC 7489 3.2); "" for a public suffix."""
    return (_suffixes().privatesuffix(domain) or "") if domain else ""


@functools.cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
