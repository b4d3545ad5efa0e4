"""Findings about SPF (RFC 7208): may the mail leave from where it leaves?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.doctor.findings import error, note, ok, paste, warning
from digest.doctor.names import quoted, txt_line
from digest.doctor.spf_eval import MOST_LOOKUPS, Result, evaluate
from digest.doctor.spf_terms import spf_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.doctor.findings import Finding
    from digest.doctor.names import Address, Names
    from digest.doctor.sending import Sending

CHECK = "SPF"
_NEARLY = 8
_MEANS = {
    Result.FAIL: "forbids it ({why})",
    Result.SOFTFAIL: "says that it should not ({why})",
    Result.NEUTRAL: "says nothing about it",
}


def spf_findings(names: Names, sender: str, sending: Sending) -> Iterator[Finding]:
    """What the SPF record of the envelope sender's domain says about `sending`.

    Raises:
        LookupFailed: the domain itself could not be looked up.
    """
    domain = sender.rpartition("@")[2]
    records = spf_records(names.txt(domain))
    if len(records) == 1:
        yield from _one(names, sender, domain, records[0], sending)
    elif records:
        yield error(CHECK, f"{domain} has {len(records)} SPF records, and so none that counts", _merge(domain, records))
    else:
        yield error(
            CHECK, f"{domain} has no SPF record: nobody is said to be allowed to send for it", _first(domain, sending)
        )


def _one(names: Names, sender: str, domain: str, record: str, sending: Sending) -> Iterator[Finding]:
    general = evaluate(names, domain, None, sender)
    if general.result is Result.PERMERROR:
        yield error(
            CHECK, f"the record of {domain} is broken: {general.why}", f"Correct it:{paste(quoted(record, 1000))}"
        )
        return
    if general.result is Result.TEMPERROR:
        yield warning(CHECK, f"the record of {domain} leads to a name without an answer: {general.why}", "Try again.")
        return
    yield from _strangers(domain, record, general.result)
    if general.lookups >= _NEARLY:
        yield note(CHECK, f"the record takes {general.lookups} look-ups; at {MOST_LOOKUPS + 1} it counts for nothing")
    if not sending.addresses:
        yield _no_address(domain, record, sending)
    for address in sending.addresses:
        yield _for_address(names, sender, domain, record, sending, address)


def _strangers(domain: str, record: str, result: Result) -> Iterator[Finding]:
    """What becomes of those whom the record does not know."""
    if result is Result.PASS:
        yield warning(
            CHECK,
            f'the record of {domain} lets everybody send ("all" without a minus sign)',
            f"Let it end with -all or ~all:{paste(txt_line(domain, _ending(record)))}",
        )
    elif result is Result.NEUTRAL:
        yield note(
            CHECK,
            f"the record of {domain} says nothing about those whom it does not name",
            f"Let it end with ~all, and with -all once all is well:{paste(txt_line(domain, _ending(record)))}",
        )


def _for_address(names: Names, sender: str, domain: str, record: str, sending: Sending, address: Address) -> Finding:
    found = evaluate(names, domain, address, sender)
    if found.result is Result.PASS:
        return ok(CHECK, f"{domain} lets {address} ({sending.whose}) send: {found.why}")
    if found.result is Result.PERMERROR:
        return error(
            CHECK, f"the record of {domain} is broken: {found.why}", f"Correct it:{paste(quoted(record, 1000))}"
        )
    if found.result is Result.TEMPERROR:
        return warning(CHECK, f"whether {address} may send for {domain} is not known: {found.why}", "Try again.")
    if found.result is Result.UNKNOWN:
        return note(CHECK, f"whether {address} may send for {domain} depends on {found.why}, which is not looked into")
    means = _MEANS[found.result].format(why=found.why)
    what = f"{address} ({sending.whose}) may not send for {domain}: the record {means}"
    if sending.certain or not sending.relay:
        return error(CHECK, what, f"Add the address:{paste(txt_line(domain, _allowing(record, _term_for(address))))}")
    return warning(
        CHECK,
        what,
        f"{sending.relay} may send from other addresses than this: its operator says what belongs into the record, "
        f"mostly an include:. If it sends from where it listens:"
        f"{paste(txt_line(domain, _allowing(record, f'a:{sending.relay}')))}",
    )


def _no_address(domain: str, record: str, sending: Sending) -> Finding:
    return note(
        CHECK,
        f"{domain} has a record, {quoted(record)}; whether it lets {sending.whose} send cannot be said, as the "
        "address from which the mail leaves is not known here",
        "Name it: digest doctor --ip ADDRESS",
    )


def _first(domain: str, sending: Sending) -> str:
    """A record for a domain that has none."""
    if sending.relay and not sending.certain:
        return (
            f"Publish the record that the operator of {sending.relay} names, mostly with an include:. If it sends from "
            f"where it listens:{paste(txt_line(domain, f'v=spf1 a:{sending.relay} ~all'))}"
        )
    terms = " ".join(map(_term_for, sending.addresses)) or "ip4:ADDRESS"
    whose = "" if sending.addresses else " (with the address from which the mail leaves)"
    return f"Publish{whose}:{paste(txt_line(domain, f'v=spf1 {terms} -all'))}"


def _merge(domain: str, records: list[str]) -> str:
    """One record out of several: every term once, "all" last."""
    words = list(dict.fromkeys(word for record in records for word in record.split()[1:]))
    terms = [word for word in words if word.lstrip("+-~?").lower() != "all"]
    return f"Make one of them:{paste(txt_line(domain, ' '.join(['v=spf1', *terms, '~all'])))}"


def _ending(record: str) -> str:
    words = [word for word in record.split() if word.lstrip("+-~?").lower() != "all"]
    return " ".join([*words, "~all"])


def _allowing(record: str, term: str) -> str:
    version, *words = record.split()
    return " ".join([version, term, *words])


def _term_for(address: Address) -> str:
    return f"ip{address.version}:{address}"
