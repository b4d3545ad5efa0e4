"""Time: idle lines, and servers that are slow on purpose."""

from __future__ import annotations

import time

import pytest

from digest.errors import Outage, OutcomeUnknown
from digest.mail.transports.smtp import MAX_IDLE, SmtpTransport
from tests.mail.peers import HANG, PIPELINING, Relay
from tests.mail.test_smtp import ENVELOPE, MESSAGE, nothing, settings


@pytest.mark.parametrize(("pause", "connections"), [(0, 1), (MAX_IDLE, 1), (MAX_IDLE + 1, 2)])
def test_a_line_that_was_idle_for_too_long_is_not_trusted(pause, connections):
    now = [1000.0]
    with Relay() as relay, SmtpTransport(settings(relay.port), monotonic=lambda: now[0]) as transport:
        transport.send(MESSAGE, ENVELOPE, nothing)
        now[0] += pause
        transport.send(MESSAGE, ENVELOPE, nothing)
        assert relay.connections == connections
    assert relay.messages == [MESSAGE] * 2


def test_an_idle_line_that_is_dead_holds_nobody_up():
    now = [1000.0]
    with (
        Relay(QUIT=[HANG]) as relay,
        SmtpTransport(settings(relay.port, timeout=0.2), monotonic=lambda: now[0]) as transport,
    ):
        transport.send(MESSAGE, ENVELOPE, nothing)
        now[0] += MAX_IDLE * 10
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert relay.messages == [MESSAGE] * 2


@pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "."])
def test_a_reply_has_one_deadline_and_not_one_for_each_byte(step):
    """Byte by byte, none of them late, and far more of them than there is time for."""
    relay = Relay(EHLO=PIPELINING, drip=0.001)
    relay.replies[step] = "250-" + "x" * 2000
    began = time.monotonic()
    with (
        relay,
        SmtpTransport(settings(relay.port, timeout=0.5, dot_timeout=0.5)) as transport,
        pytest.raises(OutcomeUnknown if step == "." else Outage, match="no answer in time"),
    ):
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("endless", ["x" * 10_000, "\r\n".join(["250-and"] * 20_000)])
@pytest.mark.parametrize(("step", "error"), [("RCPT", Outage), (".", OutcomeUnknown)])
def test_a_reply_without_an_end_is_cut_off(step, error, endless):
    relay = Relay(EHLO=PIPELINING)
    relay.replies[step] = endless
    with relay, SmtpTransport(settings(relay.port)) as transport, pytest.raises(error, match="without an end"):
        transport.send(MESSAGE, ENVELOPE, nothing)


def test_all_the_steps_before_the_dot_have_a_total_as_well():
    pauses = {"MAIL": 0.2, "RCPT": 0.2, "DATA": 0.2}
    with Relay(pauses=pauses) as relay, SmtpTransport(settings(relay.port, total_timeout=0.5)) as transport:
        with pytest.raises(Outage) as caught:
            transport.send(MESSAGE, ENVELOPE, nothing)
        relay.pauses = {".": 0.6}
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert caught.value.step == "data"
    assert relay.messages == [MESSAGE]


def test_a_server_that_stops_reading_the_body_is_an_outage():
    with Relay(EHLO="250 relay.test", DATA=["354 go\r\n"], BODY=[HANG]) as relay:
        relay.pauses = {"BODY": 1.0}
        with SmtpTransport(settings(relay.port, timeout=0.3)) as transport, pytest.raises(Outage) as caught:
            transport.send(MESSAGE + b"x" * 76 * 400_000, ENVELOPE, nothing)
    assert caught.value.step == "body"
