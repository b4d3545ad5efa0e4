"""The twelve ways in which a server can answer, on our own peers and on Postfix's smtp-sink."""

from __future__ import annotations

import pytest

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal, TransportError
from digest.mail.transports.smtp import SmtpTransport
from digest.model import Receipt
from tests.mail.peers import DROP, FINE, PIPELINING, Relay, smtp_sink
from tests.mail.test_smtp import ENVELOPE, MESSAGE, nothing, settings
from tests.mail.test_smtp_faults import Dots

# case: replies of our peer, options of smtp-sink, what it ends in, step, code, how often "dot sent" is written down
CASES = {
    "ok": ({}, (), Receipt, "", 250, 1),
    "rcpt4": ({"RCPT": "450 4.2.1 busy"}, ("-r", "RCPT", "-b", "450 4.2.1 busy"), Deferral, "rcpt", 450, 0),
    "rcpt5": ({"RCPT": "550 5.1.1 unknown"}, ("-f", "RCPT", "-B", "550 5.1.1 unknown"), Refusal, "rcpt", 550, 0),
    "dot4": ({"DOT": "451 4.7.1 greylisted"}, ("-r", ".", "-b", "451 4.7.1 greylisted"), Deferral, "dot", 451, 1),
    "dot5": ({"DOT": "554 5.7.1 rejected"}, ("-f", ".", "-B", "554 5.7.1 rejected"), Refusal, "dot", 554, 1),
    "dot421": ({"DOT": "421 4.7.28 rate"}, ("-Q", "."), Deferral, "dot", 421, 1),
    "drop-data": ({"DATA": DROP}, ("-q", "DATA"), Outage, "data", 0, 0),
    "ambiguous": ({"DOT": DROP}, ("-q", "."), OutcomeUnknown, "dot", 0, 1),
    "connect421": ({"GREETING": "421 4.3.2 busy"}, ("-Q", "CONNECT"), Outage, "connect", 421, 0),
    "slow": ({}, ("-W", ".:1"), Receipt, "", 250, 1),
    "no-pipelining": ({"EHLO": FINE["EHLO"]}, ("-p",), Receipt, "", 250, 1),
    "plain-helo": ({"EHLO": "502 what", "HELO": "250 hello"}, ("-e",), Receipt, "", 250, 1),
}


def outcome(port: int) -> tuple[type, str, int, int]:
    """(what it ended in, step, code, dots) of one message."""
    dots = Dots()
    with SmtpTransport(settings(port)) as transport:
        try:
            receipt = transport.send(MESSAGE, ENVELOPE, dots)
        except TransportError as e:
            return type(e), e.step, e.code, dots.count
    return Receipt, "", receipt.code, dots.count


@pytest.mark.parametrize("case", CASES)
def test_each_case_ends_as_it_should(case):
    replies, _, *expected = CASES[case]
    with Relay(**({"EHLO": PIPELINING} | replies), pauses={".": 0.3} if case == "slow" else {}) as relay:
        assert outcome(relay.port) == tuple(expected)
    assert relay.bodies == expected[3]


@pytest.mark.parametrize("case", CASES)
def test_each_case_ends_the_same_with_smtp_sink(case):
    _, options, *expected = CASES[case]
    with smtp_sink(*options) as port:
        assert outcome(port) == tuple(expected)


@pytest.mark.parametrize("withheld", ["-p", "-8", "-N", "-e", "-p8N"])
def test_whatever_smtp_sink_withholds_is_not_asked_for(withheld):
    """-p PIPELINING, -8 8BITMIME, -N DSN, -e all of ESMTP."""
    told = []
    with smtp_sink(withheld) as port, SmtpTransport(settings(port), 100, lambda *said: told.append(said)) as transport:
        for _ in range(3):
            assert transport.send(MESSAGE, ENVELOPE, nothing).code == 250
    offered = " ".join(text for mark, text in told if mark == "<")
    commands = [text for mark, text in told if mark == ">"]
    rcpt = next(i for i, event in enumerate(told) if event[1].startswith("RCPT"))
    assert ("PIPELINING" in offered) == (told[rcpt + 1] == (">", "DATA"))
    assert ("DSN" in offered) == any("NOTIFY=FAILURE" in text for text in commands)
    assert ("SIZE" in offered) == any(f"SIZE={len(MESSAGE)}" in text for text in commands)
