"""Looks into a mailbox: a real Dovecot's, and those of servers that can less or say no."""

from __future__ import annotations

import imaplib
import smtplib
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from digest.errors import DigestError, StorageError, Unreachable
from digest.inbound.imap import ImapSettings, poll
from digest.mail.incoming import LOOK
from digest.mail.incoming.folders import find_folder, folders_of, wire_name
from tests.inbound.imap_server import DROP, ENDLESS, odd
from tests.lab.dovecot import PASSWORD
from tests.lab.process import LOOPBACK
from tests.mail.notices import POSTFIX, letter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.inbound.conftest import Taker
    from tests.lab.certificates import Certificates
    from tests.lab.dovecot import Dovecot

USER = "bounces@example.test"
DONE = "Getan & ärgerlich 量子"


@pytest.fixture
def settings(dovecot: Dovecot, certificates: Certificates) -> Iterator[ImapSettings]:
    """The mailbox of bounces@, empty, over TLS."""
    empty(dovecot)
    yield ImapSettings(LOOPBACK, dovecot.imaps, USER, PASSWORD, ca_file=certificates.authority, timeout=10)
    empty(dovecot)


def session(dovecot: Dovecot, folder: str = "INBOX") -> imaplib.IMAP4:
    """A session of our own in a folder."""
    line = imaplib.IMAP4(LOOPBACK, dovecot.imap, timeout=10)
    line.login(USER, PASSWORD)
    line.select(wire_name(folder))
    return line


def empty(dovecot: Dovecot) -> None:
    """Throw everything away."""
    with session(dovecot) as line:
        if line.search(None, "ALL")[1] != [b""]:
            line.store("1:*", "+FLAGS", r"(\Deleted)")
            line.expunge()
        line.delete(wire_name(DONE))


def deliver(dovecot: Dovecot, *messages: bytes) -> None:
    """Put messages into the mailbox, as a mail server does."""
    with smtplib.LMTP(LOOPBACK, dovecot.lmtp) as client:
        for message in messages:
            client.sendmail("", [USER], message)


def flags(dovecot: Dovecot, folder: str = "INBOX") -> list[bytes]:
    """The flags of each message in a folder."""
    with session(dovecot, folder) as line:
        _, (numbers,) = line.search(None, "ALL")
        _, found = line.fetch("1:*", "(FLAGS)") if numbers else ("OK", [])
        return [b" ".join(imaplib.ParseFlags(item)) for item in found if item]


@pytest.mark.xdist_group("postfix")
def test_what_is_unread_is_taken_in_once(dovecot: Dovecot, settings: ImapSettings, taker: Taker) -> None:
    deliver(dovecot, POSTFIX, letter("one"), letter("two"))
    assert poll(settings, taker) == 3
    assert all(b"\\Seen" in found for found in flags(dovecot))
    assert [sender for _, _, sender in taker.taken] == [None] * 3
    assert taker.taken[0][0].endswith(POSTFIX)
    assert taker.taken[0][0].startswith(b"Return-Path: <>\r\nDelivered-To: bounces@example.test\r\n")
    assert poll(settings, taker) == 0
    deliver(dovecot, letter("three"))
    assert poll(settings, taker) == 1


@pytest.mark.xdist_group("postfix")
@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_every_kind_of_line(dovecot: Dovecot, settings: ImapSettings, taker: Taker, security: str) -> None:
    deliver(dovecot, letter("one"))
    port = dovecot.imaps if security == "tls" else dovecot.imap
    assert poll(replace(settings, security=security, port=port), taker) == 1


@pytest.mark.xdist_group("postfix")
def test_what_was_taken_in_can_go_to_another_folder(dovecot: Dovecot, settings: ImapSettings, taker: Taker) -> None:
    moving = replace(settings, done=DONE)
    for number in (1, 2):
        deliver(dovecot, letter("one"), letter("two"))
        assert poll(moving, taker) == 2
        assert flags(dovecot) == []
        assert len(flags(dovecot, DONE)) == 2 * number
    assert poll(moving, taker) == 0


@pytest.mark.xdist_group("postfix")
def test_nothing_is_taken_in_that_cannot_be_put_away(dovecot: Dovecot, settings: ImapSettings, taker: Taker) -> None:
    deliver(dovecot, letter("one"))
    with pytest.raises(Unreachable, match=r"no folder 'a/b', and none can be made: .*'/'"):
        poll(replace(settings, done="a/b"), taker)
    assert taker.taken == []
    assert poll(settings, taker) == 1


@pytest.mark.xdist_group("postfix")
def test_another_folder_than_the_inbox(dovecot: Dovecot, settings: ImapSettings, taker: Taker) -> None:
    deliver(dovecot, letter("one"))
    poll(replace(settings, done=DONE), lambda *_: None)
    with session(dovecot, DONE) as line:
        line.store("1:*", "-FLAGS", r"(\Seen)")
    assert poll(replace(settings, folder=DONE), taker) == 1


@pytest.mark.xdist_group("postfix")
def test_trouble_with_the_store_ends_the_look_and_loses_nothing(
    dovecot: Dovecot, settings: ImapSettings, taker: Taker
) -> None:
    deliver(dovecot, letter("one"), letter("two"), letter("three"))
    taker.trouble[b"Subject: two"] = StorageError("in use")
    with pytest.raises(StorageError, match="in use"):
        poll(settings, taker)
    assert [b"\\Seen" in found for found in flags(dovecot)] == [True, False, False]
    taker.trouble.clear()
    assert poll(settings, taker) == 2


@pytest.mark.xdist_group("postfix")
@pytest.mark.parametrize("error", [DigestError("no"), ZeroDivisionError("a bug")])
def test_a_message_that_cannot_be_taken_in_stops_no_other(
    dovecot: Dovecot, settings: ImapSettings, taker: Taker, error: Exception
) -> None:
    deliver(dovecot, letter("one"), letter("two"), letter("three"))
    taker.trouble[b"Subject: two"] = error
    assert poll(settings, taker) == 2
    assert [b"\\Seen" in found for found in flags(dovecot)] == [True, False, True]


@pytest.mark.xdist_group("postfix")
def test_it_ends_before_the_next_message_when_asked_to(dovecot: Dovecot, settings: ImapSettings, taker: Taker) -> None:
    deliver(dovecot, letter("one"), letter("two"), letter("three"))
    assert poll(settings, taker, lambda: len(taker.taken) == 2) == 2
    assert [b"\\Seen" in found for found in flags(dovecot)] == [True, True, False]


@pytest.mark.xdist_group("postfix")
def test_only_the_start_of_a_long_message_is_fetched(dovecot: Dovecot, settings: ImapSettings, taker: Taker) -> None:
    deliver(dovecot, letter("long") + b"x" * 70 + b"\r\n" + (b"y" * 998 + b"\r\n") * 2_000)
    assert poll(settings, taker) == 1
    assert len(taker.taken[0][0]) == LOOK


@pytest.mark.xdist_group("postfix")
def test_a_wrong_password_is_told_without_it(settings: ImapSettings, taker: Taker) -> None:
    wrong = "a wrong \u00fc password"
    with pytest.raises(Unreachable, match=r"refuses the login of 'bounces@example.test': ") as told:
        poll(replace(settings, password=wrong), taker)
    assert wrong not in str(told.value)
    assert wrong not in repr(replace(settings, password=wrong))


@pytest.mark.xdist_group("postfix")
def test_a_folder_that_is_not_there(settings: ImapSettings, taker: Taker) -> None:
    with pytest.raises(Unreachable, match=r"no folder 'Bounced': .*doesn't exist"):
        poll(replace(settings, folder="Bounced"), taker)


@pytest.mark.xdist_group("postfix")
def test_a_certificate_that_nobody_vouches_for(dovecot: Dovecot, settings: ImapSettings, taker: Taker) -> None:
    with pytest.raises(Unreachable, match="no TLS: "):
        poll(replace(settings, ca_file=None), taker)
    with pytest.raises(Unreachable, match="no TLS: "):
        poll(replace(settings, ca_file=None, security="starttls", port=dovecot.imap), taker)


def mailbox(port: int, **fields: Any) -> ImapSettings:
    """A mailbox of a server in this process."""
    return ImapSettings(
        LOOPBACK, port, **{"username": "u", "password": "p", "security": "none", "timeout": 5, **fields}
    )


def test_a_server_that_is_not_there(taker: Taker) -> None:
    with socket.create_server((LOOPBACK, 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(Unreachable, match=rf"{LOOPBACK}:{port}: .*refused"):
        poll(mailbox(port), taker)


def test_a_server_that_says_nothing(taker: Taker) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent, pytest.raises(Unreachable, match="timed out"):
        poll(mailbox(silent.getsockname()[1], timeout=0.2), taker)


def test_tls_is_never_given_up_silently(taker: Taker) -> None:
    with odd() as server, pytest.raises(Unreachable, match="TLS not supported"):
        poll(mailbox(server.port, security="starttls"), taker)
    assert not any("LOGIN" in line for line in server.asked)


ONE = {
    "UID_SEARCH": ["* SEARCH 7", "*tag* OK done"],
    "UID_FETCH": ["* 1 FETCH (UID 7 BODY[]<0> {2}", "hi)", "*tag* OK done"],
}


def asked_after(server: Any, command: str) -> list[str]:
    """What was asked from that command on, without the end."""
    start = next(at for at, line in enumerate(server.asked) if line.startswith(command))
    return [line for line in server.asked[start + 1 :] if line != "LOGOUT"]


@pytest.mark.parametrize(
    ("capabilities", "commands"),
    [
        ("MOVE UIDPLUS", ['UID MOVE 7 "gone"']),
        ("UIDPLUS", ['UID COPY 7 "gone"', r"UID STORE 7 +FLAGS.SILENT (\Deleted)", "UID EXPUNGE 7"]),
        ("", ['UID COPY 7 "gone"', r"UID STORE 7 +FLAGS.SILENT (\Deleted)"]),
    ],
)
def test_moving_by_what_the_server_can(taker: Taker, capabilities: str, commands: list[str]) -> None:
    with odd(capabilities, **ONE) as server:
        assert poll(mailbox(server.port, done="gone"), taker) == 1
    assert taker.taken == [(b"hi", "", None)]
    assert asked_after(server, "UID FETCH") == [r"UID STORE 7 +FLAGS.SILENT (\Seen)", *commands]


def test_names_are_quoted_for_a_login_without_sasl(taker: Taker) -> None:
    with odd() as server:
        poll(mailbox(server.port, username='a "b" & c', password='p"\\'), taker)
    assert server.asked[1] == r'LOGIN "a \"b\" & c" "p\"\\"'


def test_a_login_that_is_refused_without_sasl(taker: Taker) -> None:
    with odd(LOGIN=["*tag* NO \x1b[31mgo away"]) as server, pytest.raises(Unreachable) as told:
        poll(mailbox(server.port), taker)
    assert str(told.value) == f"{LOOPBACK}:{server.port}: refuses the login of 'u': [31mgo away"


@pytest.mark.parametrize(
    "answers",
    [
        {"UID_SEARCH": ["*tag* NO not now"]},
        {"UID_SEARCH": [DROP]},
        {"UID_SEARCH": ["nonsense"]},
        {"SELECT": [DROP]},
        {"LOGIN": [DROP]},
        {"CAPABILITY": [DROP]},
        {**ONE, "UID_FETCH": [DROP]},
        {**ONE, "UID_FETCH": ["* 1 FETCH (UID 7 BODY[] {1000000}", "short"]},
        {**ONE, "UID_FETCH": ["* 1 FETCH (UID 7 BODY[] {1000000000000}", "short"]},
        {**ONE, "UID_STORE": ["*tag* NO read-only"]},
        {**ONE, "UID_STORE": [DROP]},
    ],
)
def test_whatever_goes_wrong_on_the_line_has_a_reason(taker: Taker, answers: dict[str, list[str]]) -> None:
    with odd("", **answers) as server, pytest.raises(Unreachable, match=rf"^{LOOPBACK}:{server.port}: ."):
        poll(mailbox(server.port, timeout=0.5), taker)


def test_a_server_that_never_comes_to_an_end_is_left(taker: Taker) -> None:
    with odd("", SELECT=[ENDLESS]) as server, pytest.raises(Unreachable):
        poll(mailbox(server.port, timeout=10, limit=0.3), taker)
    assert server.asked[-1] == 'SELECT "INBOX"'


@pytest.mark.parametrize("fetched", [["*tag* OK done"], ["* 1 FETCH (UID 7 BODY[]<0> NIL)", "*tag* OK done"]])
def test_a_message_that_somebody_else_has_deleted(taker: Taker, fetched: list[str]) -> None:
    with odd("", **{**ONE, "UID_FETCH": fetched}) as server:
        assert poll(mailbox(server.port), taker) == 0
    assert taker.taken == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'),
        ("a b", '"a b"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("R&D", '"R&-D"'),
        ("Entwürfe", '"Entw&APw-rfe"'),
        ("台北", '"&U,BTFw-"'),
        ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),
    ],
)
def test_names_of_folders_in_modified_utf_7(name: str, written: str) -> None:
    assert wire_name(name).decode() == written


def test_the_settings_of_a_certificate_file(tmp_path: Path, taker: Taker) -> None:
    bad = tmp_path / "ca.pem"
    bad.write_text("nothing")
    with pytest.raises(Unreachable):
        poll(mailbox(1, security="tls", ca_file=bad), taker)


def listed(*answers: bytes | tuple[bytes, bytes]) -> list[str]:
    return [folder.name for folder in folders_of(answers)]


def test_what_servers_list() -> None:
    answers = [
        rb'(\HasNoChildren) "/" INBOX',
        rb'(\HasNoChildren \Trash) "/" "[Gmail]/Papelera &- m&AOE-s"',
        rb'() "." INBOX.Entw&APw-rfe',
        rb'() "\\" "a\\b"',
        rb"() NIL Public",
        (rb'() "/" {8}', b'a "b" &c'),
        '() "/" "Zur\u00fcck"'.encode(),
        rb'() "/" "Broken &AP- and &U,BTFw"',
    ]
    assert listed(*answers) == [
        *("INBOX", "[Gmail]/Papelera & m\u00e1s", "INBOX/Entw\u00fcrfe", "a/b", "Public", 'a "b" &c', "Zur\u00fcck"),
        "Broken &AP- and &U,BTFw",
    ]
    assert folders_of([None, b"", b"nonsense", (b"x", b"y"), ")"]) == []


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("Bounces", b"INBOX.Bounces"),
        ("INBOX.Bounces", b"INBOX.Bounces"),
        ("inbox/bounces", b"INBOX.Bounces"),
        ("Zur\u00fcck & fort", b"Zur&APw-ck & fort"),
        ("Zuru\u0308ck & fort", b"Zur&APw-ck & fort"),
        ("Trash", b"INBOX.Papierkorb"),
        ("\\Trash", b"INBOX.Papierkorb"),
        ("Deleted Items", b"INBOX.Papierkorb"),
        ("Archive", b"Archive"),
        ("Junk", None),
        ("", None),
    ],
)
def test_the_folder_that_is_meant(wanted: str, meant: bytes | None) -> None:
    there = folders_of(
        [
            *(rb'() "." INBOX', rb'() "." INBOX.Bounces', rb'() "." "Zur&APw-ck & fort"', rb'() "." Archive'),
            *(rb'(\Trash) "." INBOX.Papierkorb', rb'(\Archive) "." INBOX.Archive'),
        ]
    )
    found = find_folder(there, wanted)
    assert (found.wire if found else None) == meant


LISTING = [r'* LIST () "." INBOX', r'* LIST (\Trash) "." "INBOX.Gel&APY-scht & weg"', "*tag* OK done"]


def test_a_folder_below_the_prefix_is_opened_by_its_own_name(taker: Taker) -> None:
    with odd("", **ONE, SELECT=["*tag* NO not here"], LIST=LISTING) as server, pytest.raises(Unreachable) as told:
        poll(mailbox(server.port, folder="Gel\u00f6scht & weg"), taker)
    assert [line for line in server.asked if line.startswith("SELECT")] == [
        'SELECT "Gel&APY-scht &- weg"',
        'SELECT "INBOX.Gel&APY-scht & weg"',
    ]
    assert "no folder 'Gel\u00f6scht & weg': not here; there are 'INBOX', 'INBOX/Gel\u00f6scht & weg'" in str(
        told.value
    )


def test_messages_go_to_the_folder_for_that_use(taker: Taker) -> None:
    with odd("MOVE", **ONE, STATUS=["*tag* NO none"], LIST=LISTING) as server:
        assert poll(mailbox(server.port, done="Trash"), taker) == 1
    assert asked_after(server, "UID STORE")[-1] == 'UID MOVE 7 "INBOX.Gel&APY-scht & weg"'


@pytest.mark.parametrize(
    ("capabilities", "why"),
    [
        ("AUTH=XOAUTH2 LOGINDISABLED", "only OAuth 2.0 (XOAUTH2)"),
        ("AUTH=OAUTHBEARER LOGINDISABLED", "only OAuth 2.0 (XOAUTH2)"),
        ("STARTTLS LOGINDISABLED", 'set imap_security = "starttls"'),
        ("LOGINDISABLED AUTH=GSSAPI", "takes no name and password (LOGINDISABLED)"),
    ],
)
def test_a_server_that_takes_no_passwords_is_given_none(taker: Taker, capabilities: str, why: str) -> None:
    with odd(capabilities) as server, pytest.raises(Unreachable) as told:
        poll(mailbox(server.port), taker)
    assert why in str(told.value)
    assert not any(line.startswith(("LOGIN", "AUTHENTICATE")) for line in server.asked)


def test_a_refused_login_where_a_token_is_preferred(taker: Taker) -> None:
    with odd("AUTH=XOAUTH2", LOGIN=["*tag* NO wrong"]) as server, pytest.raises(Unreachable, match="app password"):
        poll(mailbox(server.port), taker)
