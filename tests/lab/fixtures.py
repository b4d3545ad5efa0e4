"""The lab as fixtures: each server starts when it is first asked for, and once in a process.

Processes that run tests side by side have servers of their own, on ports of their own. A module whose tests ask for
one has ``pytestmark = pytest.mark.xdist_group(...)``, so that with pytest-xdist's ``--dist loadgroup`` one process
runs them all and the others need not start any.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from digest.mail.dkim import make_key, public_record
from tests.lab import certificates as issuing
from tests.lab import dns as names
from tests.lab import dovecot as mailboxes
from tests.lab import opendkim as verifying
from tests.lab import postfix as relaying
from tests.lab import spam

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOMAIN = "example.test"
RSA_SELECTOR, ED25519_SELECTOR = "s2026", "e2026"


@dataclass(frozen=True)
class Keys:
    """The signing keys (PEM) of `DOMAIN`, each at its selector."""

    rsa: bytes
    ed25519: bytes

    @property
    def records(self) -> dict[str, str]:
        """What the DNS says of them: name -> TXT record."""
        pairs = ((RSA_SELECTOR, self.rsa), (ED25519_SELECTOR, self.ed25519))
        return {f"{selector}._domainkey.{DOMAIN}": public_record(pem) for selector, pem in pairs}


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> issuing.Certificates:
    """A throw-away authority and its certificate for this machine."""
    return issuing.issue(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Signing keys made for this run."""
    return Keys(make_key("rsa"), make_key("ed25519"))


@pytest.fixture(scope="session")
def dovecot(certificates: issuing.Certificates) -> Iterator[mailboxes.Dovecot]:
    """A running Dovecot."""
    with mailboxes.dovecot(certificates.certificate, certificates.key) as server:
        yield server


@pytest.fixture(scope="session")
def postfix(dovecot: mailboxes.Dovecot, certificates: issuing.Certificates) -> Iterator[relaying.Postfix]:
    """A running Postfix before that Dovecot."""
    with relaying.postfix(dovecot, certificates) as server:
        yield server


@pytest.fixture(scope="session")
def opendkim(postfix: relaying.Postfix, keys: Keys) -> Iterator[None]:
    """OpenDKIM looks at what comes in at the `filtered` port of Postfix, and knows `keys`."""
    with verifying.opendkim(postfix.milter, keys.records):
        yield


@pytest.fixture(scope="session")
def dns() -> Iterator[Callable[[names.Records], int]]:
    """Starts a name server that knows the given records, and says at which port of loopback."""
    with ExitStack() as running:
        yield lambda records: running.enter_context(names.dns_server(records))


@pytest.fixture(scope="session")
def zone(keys: Keys, dns: Callable[[names.Records], int]) -> int:
    """The port of a name server with all that `DOMAIN` should publish: SPF, both DKIM keys, DMARC, MX, the PTR."""
    return dns(
        {
            DOMAIN: {"TXT": [f"v=spf1 ip6:{spam.CLIENT_IP} -all"], "MX": [f"10 {spam.CLIENT_NAME}."]},
            spam.CLIENT_NAME: {"AAAA": [spam.CLIENT_IP]},
            names.reversed_name(spam.CLIENT_IP): {"PTR": [f"{spam.CLIENT_NAME}."]},
            f"_dmarc.{DOMAIN}": {"TXT": ["v=DMARC1; p=reject; adkim=s; aspf=s"]},
            **{name: {"TXT": [record]} for name, record in keys.records.items()},
        }
    )


@pytest.fixture(scope="session")
def rspamd(zone: int) -> Iterator[spam.Rspamd]:
    """A running rspamd that asks `zone`."""
    with spam.rspamd(zone) as server:
        yield server


@pytest.fixture(scope="session")
def spamassassin() -> Iterator[spam.SpamAssassin]:
    """A running SpamAssassin that asks nobody."""
    with spam.spamassassin() as server:
        yield server
