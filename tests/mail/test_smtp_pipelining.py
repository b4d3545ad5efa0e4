"""MAIL, RCPT and DATA in one write (RFC 2920): every answer to them leaves a known state behind."""

from __future__ import annotations

import pytest

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal
from digest.mail.transports.smtp import SmtpTransport
from tests.mail.peers import DROP, FINE, HANG, PIPELINING, RESET, SILENT, Cut, Relay
from tests.mail.test_smtp import ENVELOPE, MESSAGE, nothing, settings
from tests.mail.test_smtp_faults import Dots

GONE = [DROP, Cut("250 2.1"), "421 4.7.0 later", HANG, "what?", "250-2.1.0 Ok\r\n550 or not"]


def piped(**replies) -> Relay:
    return Relay(EHLO=PIPELINING, **replies)


def ends(relay: Relay, error: type[Exception] | None, connections: int, **fields) -> Exception | None:
    """The first message ends in `error`, the second goes through; together over so many connections."""
    raised, dots = None, Dots()
    with SmtpTransport(settings(relay.port, **{"timeout": 0.2, **fields})) as transport:
        try:
            transport.send(MESSAGE, ENVELOPE, dots)
        except (Deferral, Refusal, Outage, OutcomeUnknown) as e:
            raised = e
        transport.settings = settings(relay.port)
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert type(raised) is (error or type(None))
    assert relay.connections == connections
    assert dots.count == relay.bodies - 1 or relay.lenient
    assert relay.messages[-1] == MESSAGE
    return raised


def test_all_three_are_said_before_the_first_is_answered():
    with (
        piped(MAIL=SILENT, RCPT=SILENT, DATA="250 Ok\r\n250-two\r\n250 lines\r\n354 go") as relay,
        SmtpTransport(settings(relay.port)) as transport,
    ):
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert [verb.split()[0] for verb in relay.verbs] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert relay.messages == [MESSAGE]


def test_without_the_offer_each_answer_is_waited_for():
    replies = {"MAIL": SILENT, "RCPT": SILENT, "DATA": "250 Ok\r\n250 Ok\r\n354 go"}
    with (
        Relay(EHLO=FINE["EHLO"], **replies) as relay,
        SmtpTransport(settings(relay.port, timeout=0.2)) as transport,
        pytest.raises(Outage) as caught,
    ):
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert caught.value.step == "mail"
    assert len(relay.verbs) == 2


def test_nothing_is_said_behind_the_dot_before_its_answer():
    said = []
    relay = piped(pauses={".": 0.15})
    with relay, SmtpTransport(settings(relay.port), watch=lambda mark, text: said.append((mark, text))) as transport:
        for _ in range(2):
            transport.send(MESSAGE, ENVELOPE, nothing)
    dots = [i for i, event in enumerate(said) if event == (">", ".")]
    assert [said[i + 1] for i in dots] == [("<", FINE["."])] * 2


@pytest.mark.parametrize("drip", [0.0, 0.001])
def test_answers_may_come_byte_by_byte(drip):
    with Relay(EHLO=PIPELINING, drip=drip, RCPT=["250-well\r\n250 yes"]) as relay:
        ends(relay, None, connections=1, timeout=5)


@pytest.mark.parametrize(("step", "refused"), [("MAIL", "451 4.3.2 not now"), ("RCPT", "550 5.1.1 unknown")])
@pytest.mark.parametrize("data", ["503 5.5.1 no", "554 5.5.1 no valid recipients", "451 4.5.0 no"])
def test_a_refusal_is_the_answer_and_data_behind_it_is_not(step, refused, data):
    with Relay(EHLO=PIPELINING, lenient=True, **{step: [refused]}, DATA=[data]) as relay:
        if step == "MAIL":
            relay.replies["RCPT"] = ["503 5.5.1 no"]
        raised = ends(relay, Refusal if step == "RCPT" else Deferral, connections=1)
    assert (raised.text, raised.step) == (refused[4:], step.lower())
    assert relay.verbs.count("RSET") == 1


@pytest.mark.parametrize("mail", ["250 Ok", "550 5.7.1 not you"])
def test_data_let_in_without_a_recipient_is_ended_by_a_lone_dot(mail):
    with Relay(EHLO=PIPELINING, lenient=True, MAIL=[mail], RCPT=["550 5.1.1 unknown"]) as relay:
        raised = ends(relay, Refusal, connections=1)
    assert raised.step == ("mail" if mail.startswith("5") else "rcpt")
    assert relay.bodies == 2
    assert relay.messages == [MESSAGE]


def test_no_lone_dot_where_a_recipient_was_taken_who_would_get_an_empty_message():
    with Relay(EHLO=PIPELINING, lenient=True, MAIL=["550 5.7.1 not you"]) as relay:
        raised = ends(relay, Refusal, connections=2)
    assert (raised.step, relay.bodies, relay.messages) == ("mail", 1, [MESSAGE])


def test_a_recipient_taken_and_data_refused_leaves_a_clean_line():
    with Relay(EHLO=PIPELINING, lenient=True, MAIL=["451 4.3.0 no"], DATA=["503 5.5.1 no"]) as relay:
        assert ends(relay, Deferral, connections=1).step == "mail"


@pytest.mark.parametrize("fault", [*GONE, RESET])
def test_a_line_lost_at_mail_was_no_use_and_nothing_was_sent(fault):
    with piped(MAIL=[fault]) as relay:
        assert ends(relay, Outage, connections=2).step == "mail"


@pytest.mark.parametrize("fault", GONE)
@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_line_lost_behind_mail_is_an_outage_there(step, fault):
    with piped(**{step: [fault]}) as relay:
        assert ends(relay, Outage, connections=2).step == step.lower()


@pytest.mark.parametrize("fault", GONE)
def test_a_refused_recipient_stays_refused_when_the_line_breaks_behind_it(fault):
    with Relay(EHLO=PIPELINING, lenient=True, RCPT=["550 5.1.1 unknown"], DATA=[fault]) as relay:
        raised = ends(relay, Refusal, connections=2)
    assert (raised.enhanced, raised.step) == ("5.1.1", "rcpt")


@pytest.mark.parametrize("fault", GONE)
def test_a_line_lost_behind_the_dot_is_unknown_but_for_421(fault):
    with piped(DOT=[fault]) as relay:
        error = Deferral if fault.startswith("421") else OutcomeUnknown
        assert ends(relay, error, connections=2, dot_timeout=0.2).step == "dot"


@pytest.mark.parametrize("fault", [*GONE, "503 5.5.1 nested MAIL"])
def test_a_kept_line_found_dead_at_mail_is_replaced_without_a_word(fault):
    with piped(MAIL=["250 Ok", fault]) as relay:
        ends(relay, None, connections=2)
    assert relay.messages == [MESSAGE] * 2


def test_a_message_that_a_kept_line_refuses_at_mail_is_refused():
    with piped(MAIL=["250 Ok", "554 5.7.1 not this one"]) as relay, SmtpTransport(settings(relay.port)) as transport:
        transport.send(MESSAGE, ENVELOPE, nothing)
        with pytest.raises(Refusal) as caught:
            transport.send(MESSAGE, ENVELOPE, nothing)
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert (caught.value.step, relay.connections, len(relay.messages)) == ("mail", 1, 2)


def test_the_wrong_sequence_on_a_new_line_is_an_answer():
    """RFC 5321 4.2.1: the first digit decides. Only of a kept line may the state be another than we think."""
    with piped(MAIL=["503 5.5.1 log in first"]) as relay:
        assert ends(relay, Refusal, connections=1).step == "mail"


@pytest.mark.parametrize("behind", ["", "250 one answer too many", "421 4.4.2 no more today"])
def test_what_was_said_between_messages_is_not_taken_for_an_answer(behind):
    replies = {"DOT": ["250 2.0.0 Ok" + ("\r\n" + behind if behind else "")]}
    with piped(**replies) as relay:
        ends(relay, None, connections=2 if behind else 1)
    assert relay.messages == [MESSAGE] * 2
