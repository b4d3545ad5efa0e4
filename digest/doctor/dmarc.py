"""Findings about DMARC (RFC 9989): a policy that receivers can use, and domains that belong together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.doctor.dmarc_record import GONE, POLICIES, Dmarc, Walk, is_dmarc, walk
from digest.doctor.findings import error, listed, note, ok, paste, warning
from digest.doctor.names import quoted, txt_line, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.doctor.findings import Finding
    from digest.doctor.names import Names

CHECK = "DMARC"
_MAILTO = re.compile(r"mailto:[^@\s,;]{1,64}@([A-Za-z0-9.-]{1,253})(?:![0-9]{1,12}[kmgt]?)?", re.IGNORECASE)
_MOST_REPORTS = 10


def dmarc_findings(names: Names, author: str, signing: str, envelope: str) -> Iterator[Finding]:
    """What receivers make of mail from `author`, the domain that readers see.

    Args:
        signing: the domain that signs (d=), "" where that is left to the mail server.
        envelope: the domain of the envelope sender.

    Raises:
        LookupFailed: `author` could not be looked up.
    """
    found = walk(names, author)
    for domain, wrong in found.broken:
        yield error(CHECK, f"at _dmarc.{domain} {wrong}", f"Leave one proper record:{paste(_advised(domain, author))}")
    if found.ruling is not None:
        yield from _record(names, author, found.ruling)
    elif not found.broken:
        yield _missing(names, author)
    yield from _alignment(names, author, found, signing, envelope)


def _missing(names: Names, author: str) -> Finding:
    publish = f"Publish:{paste(_advised(author, author))}"
    if any(is_dmarc(text) for text in names.txt(author)):
        return warning(
            CHECK,
            f"the DMARC record stands at {author} itself, where nobody looks for it",
            f"Move it to _dmarc.{author}. {publish}",
        )
    return warning(
        CHECK,
        f"{author} has no DMARC record; Gmail, Yahoo and Microsoft want one of everybody who sends much",
        publish,
    )


def _record(names: Names, author: str, record: Dmarc) -> Iterator[Finding]:
    tag, policy = _policy_for(record, author)
    if policy:
        yield ok(CHECK, f"{_place(record)} asks receivers for {tag}={policy}")
    else:
        yield error(
            CHECK,
            f"{_place(record)} has no p= that is one of {', '.join(POLICIES)}: {quoted(record.text)}",
            f"Correct it:{paste(_advised(record.domain, author))}",
        )
    yield from _reports(names, record, author)
    yield from _curiosities(record, policy)


def _policy_for(record: Dmarc, author: str) -> tuple[str, str]:
    """The policy that `author` falls under, and by which tag: names below the record's own may have one apart."""
    below = record.tags.get("sp", "").lower()
    return ("sp", below) if record.domain != author and below in POLICIES else ("p", record.policy)


def _reports(names: Names, record: Dmarc, author: str) -> Iterator[Finding]:
    given = [uri.strip() for uri in record.tags.get("rua", "").split(",") if uri.strip()]
    if not given:
        yield note(
            CHECK,
            f"{_place(record)} asks for no reports (rua=), which tell who sends in your name and what is refused",
            f"Add an address that you read:{paste(_advised(record.domain, author))}",
        )
    for uri in given[:_MOST_REPORTS]:
        target = _MAILTO.fullmatch(uri)
        if target is None:
            yield warning(CHECK, f"rua={quoted(uri)} is no mailto: address", "Write rua=mailto:name@domain.")
        else:
            yield from _consent(names, record.domain, target[1].lower())


def _consent(names: Names, domain: str, target: str) -> Iterator[Finding]:
    """Reports to another organisation need its consent (RFC 9990 section 4)."""
    if within(target, domain) or within(domain, target) or walk(names, target).organisation == domain:
        return
    name = f"{domain}._report._dmarc.{target}"
    if not any(is_dmarc(text) for text in names.txt(name)):
        yield warning(
            CHECK,
            f"reports for {domain} are to go to {target}, which does not say that it wants them: none will be sent",
            f"Take an address of {domain}, or have {target} publish:{paste(txt_line(name, 'v=DMARC1'))}",
        )


def _curiosities(record: Dmarc, policy: str) -> Iterator[Finding]:
    gone = [f"{tag}=" for tag in GONE if tag in record.tags]
    if gone:
        yield note(
            CHECK,
            f"{_place(record)} has {listed(gone)}, which RFC 9989 (2026) took out and receivers ignore",
            "Take that out" + (" and write t=y if you are still testing." if "pct" in record.tags else "."),
        )
    if record.tags.get("t") == "y" and policy != "none":
        yield note(CHECK, f"{_place(record)} says that it is a test (t=y): receivers soften the policy")


def _alignment(names: Names, author: str, found: Walk, signing: str, envelope: str) -> Iterator[Finding]:
    """DMARC passes if a signature or SPF passes for a domain that belongs with the author's."""
    record = found.ruling
    signed = bool(signing) and _together(names, author, found, signing, "adkim")
    sent = _together(names, author, found, envelope, "aspf")
    if signing and not signed:
        yield error(
            CHECK,
            f"the signature is of {signing}, which does not stand for {author} in From{_strictly(record, 'adkim')}",
            f"Set dkim.domain to {author} and publish the key there, or leave it out.",
        )
    if not sent:
        yield (note if signed else warning)(
            CHECK,
            f"the envelope's domain {envelope} does not stand for {author} in From{_strictly(record, 'aspf')}"
            + (", so that SPF counts for nothing in DMARC" if not signed else "; the signature alone carries DMARC"),
            f"Set mail.envelope_from to an address at {author}.",
        )
    if signed or (sent and not signing):
        carried = [name for name, counts in (("the signature", signed), ("the envelope", sent)) if counts]
        yield ok(CHECK, f"the domain of {listed(carried)} belongs with {author} in From")


def _together(names: Names, author: str, found: Walk, other: str, tag: str) -> bool:
    """Alignment (RFC 9989 section 4.4): the very same domain, or one of the same organisation.

    Where nobody has a record, nothing says where an organisation ends: names above each other are taken as one.
    """
    if author == other:
        return True
    if found.ruling is None:
        return within(author, other) or within(other, author)
    return not found.ruling.strict(tag) and walk(names, other).organisation == found.organisation


def _place(record: Dmarc) -> str:
    return f"the record at _dmarc.{record.domain}"


def _strictly(record: Dmarc | None, tag: str) -> str:
    return f" ({tag}=s asks for the very same domain)" if record is not None and record.strict(tag) else ""


def _advised(domain: str, author: str) -> str:
    """A record to begin with: no policy yet, and reports to somebody who reads them."""
    return txt_line(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:postmaster@{author}")
