"""``digest send-test`` from the outside."""

from __future__ import annotations

import re

import pytest

from digest.cli.send_test import steps
from tests.acceptance.house import CONFIG, Recorder, build
from tests.cli.calling import call
from tests.mail.peers import PIPELINING, Relay


def relayed(folder, server):
    config = CONFIG.replace("maildir", "smtp")
    return build(folder, f'{config}\n[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')


def test_each_step_is_told(folder):
    with Relay() as server:
        relayed(folder, server)
        called = call("send-test", "ada@y.test", "--sample")
        assert len(server.messages) == 1
    assert (called.code, called.err) == (0, "")
    heard = re.findall(r"^  (?:\s+[\d.]+ s| {7})  [<>*] (.*)$", called.out, re.MULTILINE)
    assert heard[-6:] == [
        "354 go on",
        f"message of {len(server.messages[0])} bytes",
        ".",
        "250 2.0.0 Ok: queued as 4F1B2C3D",
        "QUIT",
        "221 2.0.0 Bye",
    ]
    assert re.search(r"^accepted: 250 2\.0\.0 Ok: queued as 4F1B2C3D \(its name there is 4F1B2C3D\)$", called.out, re.M)


def test_a_refusal_is_told_and_is_the_exit_code(folder):
    with Relay(EHLO=PIPELINING, RCPT="550 5.1.1 no such user") as server:
        relayed(folder, server)
        called = call("send-test", "ada@y.test")
    assert called.code == 1
    assert called.out.splitlines()[-2:] == [
        "refused: 550 5.1.1 no such user",
        "-> There is no such mailbox: check the address. A subscriber's would be given up.",
    ]


def test_it_reaches_a_real_server(folder):
    with Recorder() as server:
        relayed(folder, server)
        assert call("send-test", "ada@y.test", "--sample").code == 0
        ((recipient, message),) = server.taken
    assert (recipient, message["To"]) == ("ada@y.test", "ada@y.test")


def test_a_day_without_papers_is_said(house):
    called = call("send-test", "ada@y.test")
    assert "there is nothing new today" in called.out
    assert called.code == 0


def test_nobody_listens(folder):
    with Relay() as server:
        relayed(folder, server)
    called = call("send-test", "ada@y.test")
    assert (called.code, "no conversation: " in called.out, called.out.splitlines()[-1].strip()) == (
        1,
        True,
        "digest doctor",
    )


def test_a_password_is_never_shown(folder, monkeypatch):
    monkeypatch.setenv("PW", "hush-hush")
    with Relay(EHLO="250-relay.test\r\n250 AUTH PLAIN LOGIN", AUTH="235 2.7.0 in") as server:
        house = relayed(folder, server)
        house.config.write_text(house.config.read_text() + 'username = "u"\npassword_env = "PW"\n')
        called = call("send-test", "ada@y.test")
    assert called.code == 0
    assert "AUTH PLAIN ****" in called.out


@pytest.mark.parametrize("address", ["nobody", "a@b c"])
def test_what_is_no_address_is_refused(house, address):
    called = call("send-test", address)
    assert (called.code, called.err.startswith("digest: ")) == (2, True)


def test_times_are_those_of_the_answers(capsys):
    clock = iter([0.0, 0.0, 0.25, 0.251, 1.0, 1.5])
    watch = steps(lambda: next(clock))
    for step in [(">", "EHLO us"), ("<", "250-one"), ("<", "250 two"), (">", "QUIT\x1b"), ("<", "221 bye")]:
        watch(*step)
    assert capsys.readouterr().out.splitlines() == [
        "           > EHLO us",
        "   0.25 s  < 250-one",
        "           < 250 two",
        "           > QUIT\\x1b",
        "   0.50 s  < 221 bye",
    ]
