"""What spam filters make of a digest: real editions of the bundled sample, signed, from a sender who published all.

Seen with SpamAssassin 4.0.1 (Debian's rules, nothing asked over the network) and rspamd 3.4, for each of the editions:

    SpamAssassin  -1.0   MAILING_LIST_MULTI -1.0, HTML_MESSAGE 0.0
    rspamd        -1.17  DMARC_POLICY_ALLOW -0.5, R_SPF_ALLOW -0.2, R_DKIM_ALLOW -0.2, MAILLIST -0.16, MIME_GOOD -0.1,
                         HAS_LIST_UNSUB -0.01; in every second edition or so also URI_COUNT_ODD +1.0
"""

from __future__ import annotations

import email
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.app import SAMPLE_INTERESTS, sample_paths
from tests.acceptance.house import House, build
from tests.lab.fixtures import DOMAIN, ED25519_SELECTOR, RSA_SELECTOR, Keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.spam import Rspamd, SpamAssassin

pytestmark = pytest.mark.xdist_group("filters")
# Whether the number of links in the message is odd: chance.
CHANCE = "URI_COUNT_ODD"
ENVELOPE_FROM = f"bounces@{DOMAIN}"
READERS = {f"interests@{DOMAIN}": SAMPLE_INTERESTS, f"trending@{DOMAIN}": (), f"few@{DOMAIN}": ("spreadsheet",)}

CONFIG = f"""
[digest]
title = "Morning Papers"
web_url = "https://digest.{DOMAIN}"

[mail]
from = "Morning Papers <papers@{DOMAIN}>"
envelope_from = "{ENVELOPE_FROM}"
unsubscribe = "unsubscribe@{DOMAIN}"
help = "help@{DOMAIN}"
owner = "postmaster@{DOMAIN}"
footer = "Example University, 1 Example Street, Exampleton"
transport = "maildir"

[dkim]
selector = "{RSA_SELECTOR}"
key_file = "rsa.pem"
ed25519_selector = "{ED25519_SELECTOR}"
ed25519_key_file = "ed25519.pem"

[[sources]]
name = "huggingface"
path = "spool"
"""


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> dict[str, bytes]:
    """recipient -> the bytes of today's edition."""
    house = _house(tmp_path_factory.mktemp("spam"), keys)
    for address, interests in READERS.items():
        wanted = (word for term in interests for word in ("-i", term))
        house.run("subscribers", "add", address, "--send-at", "00:00", *wanted)
    shutil.copy(sample_paths()[1], house.spool)
    house.tick(datetime.now(UTC).isoformat())
    messages = [path.read_bytes() for path in (house.root / "maildir" / "new").iterdir()]
    return {str(email.message_from_bytes(message)["To"]): message for message in messages}


def _house(root: Path, keys: Keys) -> House:
    (root / "rsa.pem").write_bytes(keys.rsa)
    (root / "ed25519.pem").write_bytes(keys.ed25519)
    return build(root, CONFIG)


@pytest.mark.parametrize("reader", READERS)
def test_spamassassin_has_nothing_to_say(reader: str, editions: dict[str, bytes], spamassassin: SpamAssassin) -> None:
    verdict = spamassassin.judge(editions[reader], ENVELOPE_FROM)
    assert {rule for rule, points in verdict.rules.items() if points > 0.01} == set()
    assert verdict.score <= 0.0


def test_spamassassin_would_say_so(editions: dict[str, bytes], spamassassin: SpamAssassin) -> None:
    """The same filter on a message that asks for trouble: what passes above is not passed for want of rules."""
    shouted = (
        editions[next(iter(READERS))].replace(b"\r\nDate: ", b"\r\nX-Old-Date: ").replace(b"text/plain", b"text/x")
    )
    verdict = spamassassin.judge(shouted, ENVELOPE_FROM)
    assert verdict.rules["MISSING_DATE"] > 1
    assert verdict.score > 1


@pytest.mark.parametrize("reader", READERS)
def test_rspamd_sees_an_authenticated_list(reader: str, editions: dict[str, bytes], rspamd: Rspamd) -> None:
    verdict = rspamd.judge(editions[reader], ENVELOPE_FROM)
    assert {"R_SPF_ALLOW", "R_DKIM_ALLOW", "DMARC_POLICY_ALLOW"} <= verdict.rules.keys()
    assert {rule for rule, points in verdict.rules.items() if points > 0} <= {CHANCE}
    assert verdict.score <= 0.0


def test_rspamd_sees_a_changed_body(editions: dict[str, bytes], rspamd: Rspamd) -> None:
    message = editions[next(iter(READERS))].replace(b"Morning Papers</h1>", b"Evening Papers</h1>")
    verdict = rspamd.judge(message + b"an addition\r\n", "eve@elsewhere.test")
    assert "R_DKIM_REJECT" in verdict.rules
    assert "DMARC_POLICY_REJECT" in verdict.rules
