"""Findings about the domains of the mail and the address that it leaves from: MX, SOA, PTR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.doctor.findings import error, listed, note, ok, paste, warning
from digest.doctor.names import LookupFailed, parents
from digest.sources.address import is_public

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.doctor.findings import Finding
    from digest.doctor.names import Address, Names
    from digest.doctor.sending import Sending

_MOST_EXCHANGES = 10


def mx_findings(names: Names, domain: str, role: str) -> Iterator[Finding]:
    """Whether mail to `domain` has somewhere to go; `role` is what it is for us ("From", "the envelope").

    Raises:
        LookupFailed: the domain could not be looked up.
    """
    exchanges = names.mx(domain)
    if any(not host for _, host in exchanges):
        yield warning(
            "MX",
            f"{domain} ({role}) says that it takes no mail at all (a null MX, RFC 7505); "
            "many receivers refuse mail that nobody can answer, and no bounce arrives",
            f"Publish the host that takes its mail (a name that has an address):{paste(f'{domain}. IN MX 10 HOST.')}",
        )
    elif exchanges:
        yield _exchange(names, domain, role, [host for _, host in exchanges][:_MOST_EXCHANGES])
    elif names.addresses(domain):
        yield ok("MX", f"{domain} ({role}) has no MX, but an address, which stands in for it")
    else:
        yield error(
            "MX",
            f"{domain} ({role}) has neither MX nor address: answers and bounces go nowhere, and receivers refuse "
            "mail from such a domain",
            f"Publish the host that takes its mail (a name that has an address):{paste(f'{domain}. IN MX 10 HOST.')}",
        )


def _exchange(names: Names, domain: str, role: str, hosts: list[str]) -> Finding:
    lost = [host for host in hosts if not names.addresses(host)]
    if not lost:
        return ok("MX", f"mail to {domain} ({role}) goes to {listed(hosts)}")
    tell = error if lost == hosts else warning
    return tell(
        "MX",
        f"mail to {domain} ({role}) is to go to {listed(lost)}, which {'has' if len(lost) == 1 else 'have'} no address",
        "Let the MX name a host that has an A or AAAA record; an IP address cannot stand there.",
    )


def soa_findings(names: Names, domain: str) -> Iterator[Finding]:
    """Whether `domain` lies in a zone of its owner's: below a top-level domain, that is (Yahoo asks for it).

    Raises:
        LookupFailed: the domain could not be looked up.
    """
    zone = next((name for name in parents(domain) if names.has_soa(name)), "")
    if "." in zone:
        yield ok("SOA", f"{domain} lies in the zone {zone}")
    else:
        yield warning(
            "SOA",
            f"{domain} is in nobody's zone in the DNS: it has no SOA, nor has a name above it; Yahoo refuses its mail",
            "Register the domain and let a name server answer for it, or correct mail.from.",
        )


def ptr_findings(names: Names, sending: Sending) -> Iterator[Finding]:
    """Whether each address that mail leaves from has a name, and that name the address (Gmail asks for it)."""
    if sending.relay and not sending.certain:
        yield note("PTR", f"the name of the address that mail leaves from is the affair of {sending.relay}'s operator")
        return
    if not sending.addresses:
        yield note(
            "PTR",
            "the address that mail leaves from is not known here, so that its name cannot be checked",
            "Name it: digest doctor --ip ADDRESS",
        )
    for address in sending.addresses:
        try:
            yield _named(names, address)
        except LookupFailed as failed:
            yield warning("PTR", f"the name of {address}: {failed}", "Try again.")


def _named(names: Names, address: Address) -> Finding:
    told = names.ptr(address)[:_MOST_EXCHANGES]
    whose = f"Have the name set by whoever gave you the address: that is where {address.reverse_pointer} lies."
    if not told and not is_public(str(address)):
        return warning("PTR", f"{address} is not on the public internet", "Name the address that receivers see.")
    if not told:
        return error("PTR", f"{address} has no name (PTR); Gmail and others refuse mail from such an address", whose)
    kept = [name for name in told if address in names.addresses(name, address.version)]
    if kept:
        return ok("PTR", f"{address} is {kept[0]}, and {kept[0]} is {address}")
    kind = "A" if address.version == 4 else "AAAA"
    return error(
        "PTR",
        f"{address} is said to be {listed(told)}, but that name does not lead back to it",
        f"Publish the address of that name, or have another name set:{paste(f'{told[0]}. IN {kind} {address}')}",
    )
