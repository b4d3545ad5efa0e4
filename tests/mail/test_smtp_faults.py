"""Lines that break: what was certainly not sent, and what nobody can know."""

from __future__ import annotations

import select
import socket

import pytest

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal
from digest.mail.transports.line import Line
from digest.mail.transports.smtp import SmtpTransport
from tests.mail.peers import DROP, RESET, SILENT, Relay
from tests.mail.test_smtp import ENVELOPE, MESSAGE, nothing, outage, settings


class Dots:
    """Counts how often "dot sent" would have been written down."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def sent_twice(relay: Relay, error: type[Exception], dots: int, **fields) -> Exception:
    """The first message fails with `error`; the second goes over a new connection."""
    at_dot = Dots()
    with SmtpTransport(settings(relay.port, **fields)) as transport:
        with pytest.raises(error) as caught:
            transport.send(MESSAGE, ENVELOPE, at_dot)
        assert at_dot.count == dots
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert type(caught.value) is error
    assert relay.connections == 2
    assert relay.messages == [MESSAGE]
    return caught.value


@pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("fault", "code"), [(DROP, 0), ("421 4.7.0 come back later", 421)])
def test_a_line_lost_before_the_dot_is_an_outage_and_nothing_was_sent(step, fault, code):
    more = {"HELO": [fault]} if step == "EHLO" else {}
    with Relay(**{step: [fault]}, **more) as relay:
        assert sent_twice(relay, Outage, dots=0).code == code


EARLY = [
    (DROP, Outage, 0),
    (RESET, Outage, 0),
    ("421 4.4.2 idle", Outage, 421),
    ("451 4.3.0 disk", Deferral, 451),
    ("554 5.6.0 no", Refusal, 554),
    ("250 got it", Outage, 250),
]


@pytest.mark.parametrize(("fault", "error", "code"), EARLY)
def test_a_server_that_speaks_up_during_the_body_is_heard_before_the_dot(monkeypatch, fault, error, code):
    """The news is already there when the body is out: the dot is not sent, and that is certain."""
    write = Line.write_body

    def patiently(self: Line, message: bytes) -> None:
        monkeypatch.undo()
        write(self, message)
        select.select([self.sock], [], [], 5)

    monkeypatch.setattr(Line, "write_body", patiently)
    with Relay(BODY=[fault]) as relay:
        error_seen = sent_twice(relay, error, dots=0)
    assert (error_seen.code, error_seen.step, relay.bodies) == (code, "body", 1)


def test_the_last_words_of_a_server_that_breaks_off_a_long_body_are_heard():
    """It stops reading, says why and closes: what comes next from us is answered with a reset."""
    with (
        Relay(EHLO="250 relay.test", BODY=["552 5.3.4 too big"]) as relay,
        SmtpTransport(settings(relay.port)) as transport,
    ):
        with pytest.raises(Refusal) as caught:
            transport.send(MESSAGE + b"x" * 76 * 400_000, ENVELOPE, nothing)
        assert (caught.value.code, caught.value.step, relay.bodies) == (552, "body", 0)


@pytest.mark.parametrize(("fault", "error", "code"), EARLY)
def test_a_server_that_speaks_up_while_the_dot_is_written_down_gets_no_dot(monkeypatch, fault, error, code):
    """No Outage any more: "dot sent" stands in the books, so an answer must follow; nothing was taken, so 4xx."""
    with Relay(BODY=[fault]) as relay, SmtpTransport(settings(relay.port)) as transport:
        monkeypatch.setattr(Line, "spoke", lambda self: False)
        at_dot = Dots()

        def slowly() -> None:
            at_dot()
            monkeypatch.undo()
            select.select([transport._kept._line.sock], [], [], 5)

        with pytest.raises(Deferral if error is Outage else error) as caught:
            transport.send(MESSAGE, ENVELOPE, slowly)
        transport.send(MESSAGE, ENVELOPE, nothing)
        assert (at_dot.count, caught.value.code, caught.value.step, relay.bodies) == (1, code, "body", 1)


def test_a_line_lost_after_the_dot_leaves_the_outcome_unknown():
    with Relay(DOT=[DROP]) as relay:
        sent_twice(relay, OutcomeUnknown, dots=1)
        assert relay.bodies == 2


def test_silence_after_the_dot_leaves_the_outcome_unknown():
    with Relay(DOT=[SILENT]) as relay:
        sent_twice(relay, OutcomeUnknown, dots=1, dot_timeout=0.2)


def test_nonsense_after_the_dot_leaves_the_outcome_unknown():
    with Relay(DOT=["what?"]) as relay:
        sent_twice(relay, OutcomeUnknown, dots=1)


def test_421_after_the_dot_is_the_answer_to_this_message():
    with Relay(DOT=["421 4.7.28 rate"]) as relay:
        error = sent_twice(relay, Deferral, dots=1)
        assert (error.code, error.enhanced) == (421, "4.7.28")


@pytest.mark.parametrize("step", ["GREETING", "MAIL", "RCPT", "DATA"])
def test_silence_before_the_dot_is_an_outage(step):
    with Relay(**{step: [SILENT]}) as relay:
        sent_twice(relay, Outage, dots=0, timeout=0.2)


@pytest.mark.parametrize("fault", [DROP, "421 4.4.2 idle too long"])
def test_a_kept_line_found_dead_is_replaced_without_a_word(fault):
    with Relay(MAIL=["250 Ok", fault]) as relay, SmtpTransport(settings(relay.port)) as transport:
        transport.send(MESSAGE, ENVELOPE, nothing)
        assert transport.send(MESSAGE, ENVELOPE, nothing).code == 250
        assert relay.connections == 2
    assert relay.messages == [MESSAGE] * 2


def test_a_kept_line_is_replaced_only_once():
    with Relay(MAIL=["250 Ok", DROP, DROP]) as relay, SmtpTransport(settings(relay.port)) as transport:
        transport.send(MESSAGE, ENVELOPE, nothing)
        with pytest.raises(Outage):
            transport.send(MESSAGE, ENVELOPE, nothing)
        assert relay.connections == 2


@pytest.mark.parametrize("rset", ["500 what", DROP, "421 bye"])
def test_a_line_that_cannot_be_reset_is_dropped(rset):
    with Relay(RCPT=["550 5.1.1 no"], RSET=[rset]) as relay, SmtpTransport(settings(relay.port)) as transport:
        with pytest.raises(Refusal):
            transport.send(MESSAGE, ENVELOPE, nothing)
        transport.send(MESSAGE, ENVELOPE, nothing)
        assert relay.connections == 2


@pytest.mark.parametrize("error", [RuntimeError("the claim was lost"), KeyboardInterrupt()])
def test_when_the_dot_may_not_be_sent_the_server_throws_the_message_away(error):
    def refuse() -> None:
        raise error

    with Relay() as relay, SmtpTransport(settings(relay.port)) as transport:
        with pytest.raises(type(error)):
            transport.send(MESSAGE, ENVELOPE, refuse)
        transport.send(MESSAGE, ENVELOPE, nothing)
        assert (relay.connections, relay.bodies) == (2, 1)
    assert relay.messages == [MESSAGE]


def test_a_server_that_is_not_there_is_an_outage():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with SmtpTransport(settings(port)) as transport, pytest.raises(Outage, match=f"127.0.0.1:{port}: cannot connect"):
        transport.send(MESSAGE, ENVELOPE, nothing)


@pytest.mark.parametrize("greeting", ["554 5.7.1 not you", "450 busy"])
def test_a_server_that_greets_with_an_error_is_an_outage(greeting):
    with Relay(GREETING=greeting) as relay:
        assert outage(relay).code == int(greeting[:3])


def test_saying_goodbye_to_a_dead_line_is_no_error():
    with Relay(QUIT=DROP) as relay, SmtpTransport(settings(relay.port)) as transport:
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert relay.messages == [MESSAGE]
