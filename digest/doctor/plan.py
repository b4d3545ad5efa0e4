"""What is looked at in an installation, in the order in which a newcomer meets it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from digest.doctor import (
    database,
    dkim,
    dmarc,
    domains,
    handover,
    house,
    incoming,
    joining,
    pages,
    relay,
    sources,
    spf,
    web,
)
from digest.doctor.findings import note
from digest.doctor.relay import impatient
from digest.doctor.rounds import Check
from digest.doctor.sending import sending_of
from digest.errors import DigestError, Outage
from digest.sources.polite import Politeness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from digest.app import App
    from digest.doctor.findings import Finding
    from digest.doctor.names import Address, Names

HERE, PAPERS, WAY_OUT, DNS, WEB, BACK = (
    "this machine",
    "sources",
    "the way out",
    "the DNS",
    "the web",
    "what comes back",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator asked for: no network, a name server of their own, the address that mail leaves from."""

    offline: bool = False
    nameserver: str = ""
    address: Address | None = None


def checks(app: App, wishes: Wishes) -> list[Check]:
    """Every check that makes sense for the installation of `app`.

    Raises:
        UsageError: the name server asked for is none.
    """
    polite = Politeness()
    planned = [*_here(app), *_papers(app, polite), *_way_out(app), *_dns(app, wishes), *_web(app, polite), *_back(app)]
    return [check for check in planned if not (wishes.offline and check.network)]


def _here(app: App) -> Iterator[Check]:
    config = app.config
    yield Check(HERE, "configuration", partial(house.config_findings, config))
    yield Check(HERE, "secret", partial(house.secret_findings, config))
    yield Check(HERE, "DKIM key", partial(house.key_findings, config))
    yield Check(HERE, "database", partial(database.database_findings, config))
    yield Check(HERE, "clock", partial(database.clock_findings, config, app.clock()))
    yield Check(HERE, "subscribers", partial(house.subscriber_findings, app))
    yield Check(HERE, "templates", partial(house.template_findings, app))
    yield Check(HERE, "disk", partial(house.disk_findings, config))


def _papers(app: App, polite: Politeness) -> Iterator[Check]:
    if not app.config.sources:
        yield Check(PAPERS, "sources", lambda: [sources.no_sources()])
    for spec in app.config.sources:
        yield Check(PAPERS, spec.name, partial(sources.source_findings, app, spec, polite), bool(spec.url))


def _way_out(app: App) -> Iterator[Check]:
    if app.config.mail.transport == "smtp":
        yield Check(WAY_OUT, "relay", partial(_relay, app), network=True)
    else:
        yield Check(WAY_OUT, app.config.mail.transport, partial(handover.handover_findings, app.config))


def _relay(app: App) -> Iterator[Finding]:
    from digest.mail.transports.relay import probe
    from digest.mail.transports.smtp import SmtpTransport

    transport, smtp = app.transport(), app.config.smtp
    if not isinstance(transport, SmtpTransport):
        return
    try:
        facts = probe(impatient(transport.settings))
    except Outage as failed:
        yield relay.relay_trouble(failed, smtp)
    else:
        yield from relay.relay_findings(facts, smtp, app.clock())


def _web(app: App, polite: Politeness) -> Iterator[Check]:
    yield Check(WEB, "pages", partial(pages.page_findings, app.config))
    yield Check(WEB, "operator's page", partial(pages.operator_findings, app.config))
    yield Check(WEB, "joining", partial(joining.joining_findings, app.config))
    yield Check(WEB, "unsubscribe page", partial(web.web_findings, app, polite), bool(app.config.digest.web_url))


def _back(app: App) -> Iterator[Check]:
    yield Check(BACK, "bounces", partial(incoming.bounce_findings, app.config))
    yield Check(BACK, "commands", partial(joining.command_findings, app.config))
    if app.config.inbound.imap_host:
        yield Check(BACK, "mailbox", partial(incoming.mailbox_findings, app.config), network=True)


def _dns(app: App, wishes: Wishes) -> Iterator[Check]:
    """The DNS, once mail leaves this machine under a name of one's own, or where it is asked for."""
    config = app.config
    asked = bool(wishes.nameserver or wishes.address)
    if not asked and config.mail.transport in ("maildir", "console"):
        return
    if not asked and house.is_nobodys(config.mail.sender.domain):
        later = note("DNS", "SPF, DKIM and the like are looked at once mail.from is your own")
        yield Check(DNS, "DNS", lambda: [later], network=True)
        return
    from digest.doctor.resolver import Resolver

    yield from dns_checks(app, Resolver(wishes.nameserver), wishes.address)


def dns_checks(app: App, names: Names, address: Address | None) -> Iterator[Check]:
    """SPF, DKIM, DMARC and what belongs to the domains, by the DNS that `names` is."""
    config = app.config
    author, envelope = config.mail.sender.domain, config.envelope_sender.rpartition("@")[2]
    signing = config.dkim_domain if config.dkim.selector else ""

    def look(name: str, run: Callable[[], Iterable[Finding]]) -> Check:
        return Check(DNS, name, run, network=True)

    yield look("SPF", lambda: spf.spf_findings(names, config.envelope_sender, sending_of(config, names, address)))
    yield from (look("DKIM", partial(_key, names, *key)) for key in _keys(app))
    if not signing:
        yield look("DKIM", lambda: [dkim.left_to_the_server()])
    yield look("DMARC", lambda: dmarc.dmarc_findings(names, author, signing, envelope))
    yield look("MX", lambda: domains.mx_findings(names, author, "From"))
    if envelope != author:
        yield look("MX", lambda: domains.mx_findings(names, envelope, "the envelope"))
    if (commands := config.joining.address.rpartition("@")[2]) not in ("", author, envelope):
        yield look("MX", lambda: domains.mx_findings(names, commands, "commands"))
    yield look("SOA", lambda: domains.soa_findings(names, author))
    yield look("PTR", lambda: domains.ptr_findings(names, sending_of(config, names, address)))


def _keys(app: App) -> list[tuple[str, str, Path]]:
    """(selector, domain, file) of each key that signs."""
    return [(key.selector, app.config.dkim_domain, key.file) for key in app.config.dkim.keys]


def _key(names: Names, selector: str, domain: str, file: Path) -> Iterator[Finding]:
    from digest.mail.dkim import public_record

    try:
        ours = public_record(file.read_bytes())
    except (OSError, DigestError):
        yield note(
            "DKIM", f"{selector}._domainkey.{domain} is not compared: there is no key of ours to compare it with"
        )
        return
    yield from dkim.dkim_findings(names, selector, domain, ours)
