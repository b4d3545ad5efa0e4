"""Findings about the relay: is it there, is the line safe, will it take what we send? No message is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.config.addresses import is_loopback
from digest.doctor.findings import error, listed, note, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from digest.config.mailing import Smtp
    from digest.doctor.findings import Finding
    from digest.errors import Outage
    from digest.mail.transports.relay import RelayFacts, SmtpSettings

CHECK = "relay"
LEAST_SIZE = 100_000
"""Bytes that a full digest may have."""
SOON = timedelta(days=14)
PATIENCE = 20.0
"""Seconds for each answer; the whole conversation may take twice as long."""
_OLD_TLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")
_WITHOUT = {
    "pipelining": "PIPELINING: each message takes twice as many round trips",
    "dsn": "DSN: bounces may come without the marks by which we tell whose they are",
    "8bitmime": "8BITMIME: nothing is lost, as our mail is ASCII on the wire",
    "smtputf8": "SMTPUTF8: subscribers with a letter beyond ASCII before the @ get no mail",
}
_REFUSED_LOGIN = (530, 534, 535, 538)


def impatient(settings: SmtpSettings) -> SmtpSettings:
    """`settings` for somebody who waits at the terminal."""
    return replace(settings, timeout=min(settings.timeout, PATIENCE), total_timeout=2 * PATIENCE)


def relay_findings(facts: RelayFacts, smtp: Smtp, now: datetime) -> Iterator[Finding]:
    """What a conversation up to the login says about the relay."""
    place = f"{smtp.host}:{smtp.usual_port}"
    yield ok(CHECK, f"{place} answers: {facts.greeting[:100]}")
    yield from _line(facts, smtp, place, now)
    if smtp.username:
        yield ok(CHECK, f"{place} lets {smtp.username} in")
    features = {name.lower(): value for name, value in facts.features.items()}
    if "auth" in features and not smtp.username and not is_loopback(smtp.host):
        yield note(
            CHECK,
            f"{place} offers to log in, and there is no username: it may send for nobody it does not know",
            "Set username, and password_file or password_env, under [smtp]; digest send-test shows whether it must be.",
        )
    yield from _size(features)
    yield from _offers(features)


def _line(facts: RelayFacts, smtp: Smtp, place: str, now: datetime) -> Iterator[Finding]:
    """How the line is protected."""
    if facts.tls in _OLD_TLS:
        yield error(CHECK, f"{place} speaks {facts.tls}, which is broken", "Have its operator offer TLS 1.2 or 1.3.")
    elif facts.tls:
        yield ok(CHECK, f"the line is encrypted ({facts.tls}) and its certificate is good for {smtp.host}")
    elif is_loopback(smtp.host):
        yield ok(CHECK, "the line is not encrypted and does not leave this machine")
    else:
        yield warning(
            CHECK,
            f"the line to {place} is not encrypted: everybody on the way reads and may change the mail",
            'Set security = "starttls" (port 587) or "tls" (port 465) under [smtp].',
        )
    if facts.certificate_until is not None:
        yield from certificate_findings(CHECK, place, facts.certificate_until, now)


def certificate_findings(check: str, place: str, until: datetime, now: datetime) -> Iterator[Finding]:
    """Whether a certificate that is good today will be so for a while."""
    if until - now < SOON:
        days = max((until - now).days, 0)
        yield warning(
            check,
            f"the certificate of {place} ends in {days} day{'' if days == 1 else 's'} ({until:%Y-%m-%d})",
            "Have it renewed, or nothing is sent from then on.",
        )


def _size(features: Mapping[str, str]) -> Iterator[Finding]:
    limit = features.get("size", "").strip()
    if not limit.isdecimal() or int(limit) == 0:
        return
    if int(limit) < LEAST_SIZE:
        yield error(
            CHECK,
            f"it takes messages of at most {int(limit):,} bytes (SIZE); a full digest has up to {LEAST_SIZE:,}",
            "Have its operator raise the limit, or set a smaller max_papers under [editions].",
        )
    else:
        yield ok(CHECK, f"it takes messages of up to {int(limit):,} bytes")


def _offers(features: Mapping[str, str]) -> Iterator[Finding]:
    there = [name.upper() for name in _WITHOUT if name in features]
    if there:
        yield ok(CHECK, f"it offers {listed(there)}")
    for name, consequence in _WITHOUT.items():
        if name not in features:
            yield note(CHECK, f"it does not offer {consequence}")


def relay_trouble(failed: Outage, smtp: Smtp) -> Finding:
    """What to do about a relay with which no conversation came about."""
    return error(CHECK, str(failed), _remedy(failed, smtp))


def _remedy(failed: Outage, smtp: Smtp) -> str:
    said = str(failed).lower()
    if failed.code in _REFUSED_LOGIN or "user name or password" in said:
        return (
            "Check username and password under [smtp]. Many providers want a password made for programs "
            "(an app password) in place of your own."
        )
    if "expired" in said:
        return "Have the server's operator renew the certificate."
    if "certificate" in said:
        return (
            "Set host to the name in the server's certificate. If the server has a certificate of an authority of its "
            "own, name that authority's file with ca_file under [smtp]."
        )
    if "starttls" in said or "wrong version number" in said or "wrong_version_number" in said:
        return 'Port and security do not fit: "starttls" goes with port 587 (or 25), "tls" with 465.'
    if "refused" in said:
        return (
            f"Nothing listens at {smtp.host}:{smtp.usual_port}: check host and port under [smtp], or start the server."
        )
    if "timed out" in said or "timeout" in said or "unreachable" in said:
        return "Check host and port; many networks let nobody out to port 25: take 587 or 465."
    if "name" in said or "getaddrinfo" in said:
        return f"The name {smtp.host} has no address: check host under [smtp]."
    return "Check host, port and security under [smtp], or ask the server's operator, with these words."
