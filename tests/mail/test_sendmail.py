"""A sendmail program: scripts that do what a test says, and what a real one may do to us."""

from __future__ import annotations

import json
import os
import sys
import time

import pytest

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal
from digest.mail.transports.sendmail import SendmailTransport
from digest.model import Envelope
from tests.mail.test_smtp import ENVELOPE, MESSAGE, nothing
from tests.mail.test_smtp_faults import Dots

TAKES = """
import json, os, sys
content = sys.stdin.buffer.read()
with open(os.path.join(os.path.dirname(__file__), "taken.json"), "w") as file:
    json.dump({"arguments": sys.argv[1:], "content": content.decode()}, file)
"""


@pytest.fixture
def program(tmp_path):
    """Makes a program of some lines of Python; `program.taken()` is what it got."""

    class Program:
        path = tmp_path / "sendmail"

        def __call__(self, code: str, **fields) -> SendmailTransport:
            self.path.write_text(f"#!{sys.executable} -SE\n{code}\n")
            self.path.chmod(0o700)
            return SendmailTransport(self.path, **fields)

        def taken(self) -> dict[str, object] | None:
            place = tmp_path / "taken.json"
            return json.loads(place.read_text()) if place.exists() else None

    return Program()


def test_the_program_gets_envelope_and_message_with_lf(program):
    with program(TAKES) as transport:
        receipt = transport.send(MESSAGE, ENVELOPE, nothing)
    assert program.taken() == {
        "arguments": ["-i", "-f", "bounces@example.test", "--", "ada@example.test"],
        "content": MESSAGE.decode().replace("\r\n", "\n"),
    }
    assert (receipt.code, receipt.text) == (250, f"taken by {program.path}")


def test_the_null_sender_and_an_address_beyond_ascii(program):
    program(TAKES).send(MESSAGE, Envelope("", "jörg@bücher.example"), nothing)
    assert program.taken()["arguments"] == ["-i", "-f", "<>", "--", "jörg@xn--bcher-kva.example"]


@pytest.mark.parametrize(
    "envelope", [Envelope("-oQ/x@example.test", "ada@example.test"), Envelope("", "-bs@example.test")]
)
def test_no_address_passes_for_an_option(program, envelope):
    with pytest.raises(Refusal, match="would pass for an option") as caught:
        program(TAKES).send(MESSAGE, envelope, nothing)
    assert (caught.value.enhanced, program.taken()) == ("5.1.3", None)


def test_an_address_that_is_none_is_refused(program):
    with pytest.raises(Refusal) as caught:
        program(TAKES).send(MESSAGE, Envelope("", "nobody"), nothing)
    assert (caught.value.enhanced, program.taken()) == ("5.1.3", None)


@pytest.mark.parametrize(
    ("code", "error", "enhanced"),
    [
        (os.EX_TEMPFAIL, Deferral, "4.3.0"),
        (os.EX_NOUSER, Refusal, "5.1.1"),
        (os.EX_NOHOST, Refusal, "5.1.2"),
        (os.EX_DATAERR, Refusal, "5.6.0"),
        (os.EX_UNAVAILABLE, Deferral, "4.3.0"),
        (os.EX_CONFIG, Deferral, "4.3.0"),
        (1, Deferral, "4.3.0"),
    ],
)
def test_the_exit_code_is_the_answer(program, code, error, enhanced):
    dots = Dots()
    with pytest.raises(error, match=f"ended with {code}: .*: it said why") as caught:
        program(f"{TAKES}\nsys.stderr.write('it said\\nwhy\\n')\nsys.exit({code})").send(MESSAGE, ENVELOPE, dots)
    assert type(caught.value) is error
    assert (caught.value.enhanced, caught.value.step, dots.count) == (enhanced, "dot", 1)


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (os.EX_CONFIG, Outage, "its configuration is wrong: no main.cf"),
        (os.EX_UNAVAILABLE, Outage, "not available"),
        (os.EX_TEMPFAIL, Deferral, "try again later"),
        (os.EX_NOUSER, Refusal, "no such mailbox"),
        (0, Outage, "did not take the message: no main.cf"),
    ],
)
def test_a_program_that_gives_up_before_it_has_the_message_has_sent_nothing(program, code, error, words):
    dots = Dots()
    transport = program(f"import sys; print('no main.cf'); sys.exit({code})")
    with pytest.raises(error, match=words) as caught:
        transport.send(MESSAGE + b"x" * 1_000_000, ENVELOPE, dots)
    assert type(caught.value) is error
    assert (caught.value.step, dots.count) == ("body", 0)


@pytest.mark.parametrize("kind", ["absent", "not executable", "a folder"])
def test_a_program_that_cannot_be_run_is_an_outage(tmp_path, kind):
    path = tmp_path / "sendmail"
    if kind == "not executable":
        path.write_text("#!/bin/sh\n")
    elif kind == "a folder":
        path.mkdir()
    with pytest.raises(Outage, match="sendmail: ") as caught:
        SendmailTransport(path).send(MESSAGE, ENVELOPE, nothing)
    assert caught.value.step == "connect"


def test_a_program_that_does_not_read_is_an_outage(program):
    began = time.monotonic()
    with pytest.raises(Outage, match="does not take the message") as caught:
        program("import time; time.sleep(60)", timeout=0.5).send(MESSAGE + b"x" * 1_000_000, ENVELOPE, nothing)
    assert (caught.value.step, time.monotonic() - began < 10) == ("body", True)


@pytest.mark.parametrize("behind", ["import time; time.sleep(60)", "os.kill(os.getpid(), 9)"])
def test_a_program_that_never_answers_leaves_the_outcome_unknown(program, behind):
    dots = Dots()
    with pytest.raises(OutcomeUnknown, match="had the message") as caught:
        program(f"{TAKES}\n{behind}", timeout=1.0).send(MESSAGE, ENVELOPE, dots)
    assert (caught.value.step, dots.count) == ("dot", 1)


@pytest.mark.parametrize("error", [RuntimeError("the claim was lost"), KeyboardInterrupt(), OSError("disk")])
def test_when_the_dot_may_not_be_sent_the_program_never_sees_the_end(program, error):
    """It is killed before its input is closed; so is the child that does the work."""

    def refuse() -> None:
        raise error

    code = TAKES.replace("__file__", repr(str(program.path)))
    child = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-SEc', {code!r}]).returncode)"
    with pytest.raises(type(error)):
        program(child).send(MESSAGE, ENVELOPE, refuse)
    time.sleep(0.3)
    assert program.taken() is None
    program(child).send(MESSAGE, ENVELOPE, nothing)
    assert program.taken() is not None


def test_a_lot_of_words_hold_nobody_up(program):
    with pytest.raises(Deferral) as caught:
        program(f"{TAKES}\nprint('x' * 1_000_000, 'the end'); sys.exit(75)").send(MESSAGE, ENVELOPE, nothing)
    assert caught.value.text.endswith("xxx the end")
    assert len(caught.value.text) < 1000
