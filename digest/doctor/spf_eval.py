"""check_host (RFC 7208 section 4): does the SPF record of a domain let an address send its mail?

It decides alone what a record means; what it needs of the DNS it asks of the `Names` that it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, ip_network
from typing import TYPE_CHECKING

from digest.doctor.names import LookupFailed
from digest.doctor.spf_terms import NotJudged, SpfError, Term, expand, parse_record, spf_records

if TYPE_CHECKING:
    from digest.doctor.names import Address, Names

MOST_LOOKUPS, MOST_VOID, MOST_HOSTS = 10, 2, 10
"""RFC 7208 4.6.4: terms that ask the DNS, questions without an answer, hosts of one "mx"."""


class Result(StrEnum):
    """RFC 7208 2.6, and UNKNOWN: a term that may fit depends on what cannot be known here."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"
    UNKNOWN = "unknown"


_QUALIFIED = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out, the term or the reason that decided it ("" where none did), and how many terms asked the DNS."""

    result: Result
    why: str = ""
    lookups: int = 0


def evaluate(names: Names, domain: str, address: Address | None, sender: str) -> Evaluation:
    """Whether `domain` lets `address` send mail with the envelope sender `sender`.

    Without an address, nothing fits but "all": what comes out is then what becomes of strangers, and what is
    wrong with the record as a whole.
    """
    run = _Run(names, address, sender)
    try:
        result = run.check(domain)
    except SpfError as wrong:
        return Evaluation(Result.PERMERROR, str(wrong), run.lookups)
    except LookupFailed as failed:
        return Evaluation(Result.TEMPERROR, str(failed), run.lookups)
    if run.unjudged and result is not Result.PASS:
        return Evaluation(Result.UNKNOWN, run.unjudged, run.lookups)
    return Evaluation(result, run.why, run.lookups)


class _Run:
    """One evaluation, with what it has used up."""

    def __init__(self, names: Names, address: Address | None, sender: str) -> None:
        self.names, self.address, self.sender = names, address, sender
        self.lookups = self.voids = 0
        self.why = self.unjudged = ""

    def check(self, domain: str) -> Result:
        """The result for one domain; recursion ends with the number of look-ups."""
        records = spf_records(self.names.txt(domain))
        if not records:
            return Result.NONE
        if len(records) > 1:
            raise SpfError(f"{domain} has {len(records)} SPF records")
        record = parse_record(records[0])
        for term in record.terms:
            if self._fits(term, domain):
                self.why = term.text  # that of the outermost record is written last
                return _QUALIFIED[term.qualifier]
        self.why = ""
        if not record.redirect:
            return Result.NEUTRAL
        return self._follow(f"redirect={record.redirect}", record.redirect, domain)

    def _follow(self, text: str, spec: str, domain: str) -> Result:
        """The result for the domain that an "include" or "redirect" names."""
        self._count()
        try:
            target = expand(spec, self._letters(domain))
        except NotJudged:
            self.unjudged = text
            return Result.NEUTRAL
        result = self.check(target)
        if result is Result.NONE:
            raise SpfError(f'"{text}" leads to {target}, which has no SPF record')
        return result

    def _fits(self, term: Term, domain: str) -> bool:
        if term.name == "all":
            return True
        if term.network is not None:
            return self.address is not None and self.address in term.network
        if term.name == "include":
            return self._follow(term.text, term.domain, domain) is Result.PASS
        self._count()
        if term.name == "ptr":
            self.unjudged = self.unjudged or term.text
            return False
        try:
            target = expand(term.domain, self._letters(domain)) or domain
        except NotJudged:
            self.unjudged = self.unjudged or term.text
            return False
        return self._found(term, target)

    def _found(self, term: Term, target: str) -> bool:
        if term.name == "exists":
            return self._has_address(target)
        hosts = [target] if term.name == "a" else self._exchanges(target)
        return any(self._is_at(term, host) for host in hosts)

    def _exchanges(self, target: str) -> list[str]:
        hosts = [host for _, host in self.names.mx(target) if host]
        self._count_void(bool(hosts), target)
        if len(hosts) > MOST_HOSTS:
            raise SpfError(f"{target} has {len(hosts)} MX hosts, {MOST_HOSTS} are the most")
        return hosts

    def _is_at(self, term: Term, host: str) -> bool:
        version = self.address.version if self.address else 4
        found = self.names.addresses(host, version)
        if term.name == "a":
            self._count_void(bool(found), host)
        length = term.length4 if version == 4 else term.length6
        return any(self.address in ip_network(f"{address}/{length}", strict=False) for address in found if self.address)

    def _has_address(self, target: str) -> bool:
        found = bool(self.names.addresses(target, 4))
        self._count_void(found, target)
        return found

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise SpfError(f"it takes more than {MOST_LOOKUPS} look-ups in the DNS")

    def _count_void(self, answered: bool, target: str) -> None:
        self.voids += not answered
        # Which kind of address a domain has depends on the sender's: without one, nothing can be counted.
        if self.voids > MOST_VOID and self.address is not None:
            raise SpfError(f"it asks for more than {MOST_VOID} names that are not there, the last is {target}")

    def _letters(self, domain: str) -> dict[str, str]:
        local, _, sender_domain = self.sender.rpartition("@")
        known = {"s": self.sender, "l": local or "postmaster", "o": sender_domain, "d": domain}
        if self.address is None:
            return known
        is_old = isinstance(self.address, IPv4Address)
        dotted = str(self.address) if is_old else ".".join(self.address.exploded.replace(":", ""))
        return {**known, "i": dotted, "v": "in-addr" if is_old else "ip6"}
