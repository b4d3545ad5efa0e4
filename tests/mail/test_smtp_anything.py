"""Whatever a server answers: one outcome, no message that nobody asked for, and the next one goes through."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal, TransportError
from digest.mail.transports.lmtp import LmtpTransport
from digest.mail.transports.smtp import SmtpTransport
from digest.model import Receipt
from tests.mail.peers import DROP, FINE, PIPELINING, RESET, Cut, Relay
from tests.mail.test_smtp import ENVELOPE, MESSAGE, nothing, settings
from tests.mail.test_smtp_faults import Dots

STEPS = ("GREETING", "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "DOT", "RSET", "QUIT")
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=20)
CODES = st.sampled_from([200, 220, 250, 251, 354, 421, 450, 451, 452, 500, 503, 550, 552, 554]) | st.integers(0, 999)
LINES = st.builds("{:03d}{}{}".format, CODES, st.sampled_from([" ", "-", ""]), WORDS)
ANYTHING = (
    st.sampled_from([DROP, RESET])
    | st.lists(LINES | WORDS, min_size=1, max_size=4).map("\r\n".join)
    | LINES.map(Cut)
    | WORDS.map(Cut)
)
SCRIPTS = st.dictionaries(st.sampled_from(STEPS), ANYTHING, max_size=3)


@pytest.fixture(scope="module")
def relay():
    with Relay() as running:
        yield running


def outcome(transport, dots: Dots) -> Receipt | TransportError:
    try:
        return transport.send(MESSAGE, ENVELOPE, dots)
    except (Deferral, Refusal, Outage, OutcomeUnknown) as e:
        return e


@given(script=SCRIPTS, pipelined=st.booleans(), lmtp=st.booleans(), lenient=st.booleans())
@profile(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_outcome_and_the_next_message_goes_through(relay, script, pipelined, lmtp, lenient):
    offers = PIPELINING if pipelined else FINE["EHLO"]
    relay.script(EHLO=offers, LHLO=offers, HELO="250 hello")
    relay.replies |= {"." if step == "DOT" else step: [said] for step, said in script.items()}
    for verb in {"EHLO", "LHLO"} & set(script):
        relay.replies[verb].append(offers)
    relay.lenient = lenient
    relay.messages.clear()
    dots = Dots()
    with _transport(relay.port, lmtp) as transport:
        first = outcome(transport, dots)
        relay.script(EHLO=offers, LHLO=offers)
        transport.settings = replace(transport.settings, timeout=5, dot_timeout=5)
        assert transport.send(MESSAGE, ENVELOPE, nothing).code == 250
    assert set(relay.messages) == {MESSAGE}
    assert dots.count <= 1
    if isinstance(first, Receipt | OutcomeUnknown):
        assert dots.count == 1
    if isinstance(first, Outage):
        assert (dots.count, len(relay.messages)) == (0, 1)
    if isinstance(first, TransportError):
        assert first.step in ("connect", "mail", "rcpt", "data", "body", "dot")


def _transport(port: int, lmtp: bool) -> SmtpTransport:
    if lmtp:
        return LmtpTransport("127.0.0.1", port, timeout=0.1, dot_timeout=0.1, local_hostname="client.test")
    return SmtpTransport(settings(port, timeout=0.1, dot_timeout=0.1))
