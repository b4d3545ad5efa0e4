"""What spam filters make of the letters that are no editions, signed, from a sender who published all.

Seen with SpamAssassin 4.0.1 and rspamd 3.4:

    SpamAssassin   0.0   HTML_MESSAGE 0.0
    rspamd        -1.0   DMARC_POLICY_ALLOW -0.5, R_SPF_ALLOW -0.2 (an answer has no sender that it could be of),
                         R_DKIM_ALLOW -0.2, MIME_GOOD -0.1; with an odd number of links also URI_COUNT_ODD +1.0
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.mail.dkim import load_signer
from digest.mail.letters import letter
from digest.mail.message import build_letter, message_id
from digest.mail.specimens import letter_specimens
from digest.mail.templates import environment
from digest.model import Delivery, DeliveryKind, DeliveryStatus
from tests.acceptance.test_spam import CHANCE
from tests.factories import letterhead
from tests.lab.fixtures import DOMAIN, RSA_SELECTOR, Keys

if TYPE_CHECKING:
    from tests.lab.spam import Rspamd, SpamAssassin

pytestmark = pytest.mark.xdist_group("filters")
HEAD = letterhead(
    sender=f"papers@{DOMAIN}", reply_to=f"digest@{DOMAIN}", commands=f"digest@{DOMAIN}", unsubscribe=f"digest@{DOMAIN}"
)
SPECIMENS = {one.name: one for one in letter_specimens(HEAD) if "hostile" not in one.name}


def made(name: str, keys: Keys) -> bytes:
    """The signed bytes of a letter."""
    one, now = SPECIMENS[name], datetime.now(UTC)
    delivery = Delivery(
        id=1,
        edition_id=None,
        recipient=f"reader@{DOMAIN}",
        message_id=message_id(b"key", DOMAIN, name),
        status=DeliveryStatus.PENDING,
        due_at=now,
        expires_at=now,
        created_at=now,
        kind=one.kind,
        content={"in_reply_to": "<1@reader.test>"} if one.kind is DeliveryKind.ANSWER else {},
    )
    signers = [load_signer(keys.rsa, DOMAIN, RSA_SELECTOR)]
    rendered = letter(one.kind, one.facts, one.letterhead, environment())
    return build_letter(rendered, letterhead=one.letterhead, delivery=delivery, signers=signers)


def envelope(name: str) -> str:
    return "" if SPECIMENS[name].kind is DeliveryKind.ANSWER else f"bounces@{DOMAIN}"


def test_every_kind_of_letter_is_judged() -> None:
    assert {one.kind for one in SPECIMENS.values()} == set(DeliveryKind) - {DeliveryKind.EDITION}


@pytest.mark.parametrize("name", SPECIMENS)
def test_spamassassin_has_nothing_to_say(name: str, keys: Keys, spamassassin: SpamAssassin) -> None:
    verdict = spamassassin.judge(made(name, keys), envelope(name))
    assert {rule for rule, points in verdict.rules.items() if points > 0.01} == set()


@pytest.mark.parametrize("name", SPECIMENS)
def test_rspamd_sees_authenticated_mail(name: str, keys: Keys, rspamd: Rspamd) -> None:
    verdict = rspamd.judge(made(name, keys), envelope(name))
    assert {"R_DKIM_ALLOW", "DMARC_POLICY_ALLOW"} <= verdict.rules.keys()
    assert {rule for rule, points in verdict.rules.items() if points > 0} <= {CHANCE}
