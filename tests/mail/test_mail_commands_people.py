"""Commands as people write them who have read no manual; and what programs answer that say nothing of themselves."""

from __future__ import annotations

import pytest

from digest.mail.incoming import AutoReply, Command, CommandMail, Desk, Verb, parse_commands, read_incoming
from digest.mail.incoming.commands import bare_subject
from digest.mail.incoming.quoting import own_lines

DESK = Desk("digest@digest.test", "digest.test", "mx.digest.test")
LEAVE = (Command(Verb.UNSUBSCRIBE),)


def commands(subject: str, text: str = "") -> tuple[Command, ...]:
    return parse_commands(subject, own_lines(text)).commands


@pytest.mark.parametrize(
    "line",
    [
        "remove me",
        "Please remove me from this list.",
        "Remove me from your mailing list",
        "unsubscribe from Morning Papers",
        "Unsubscribe me from Morning Papers, please",
        "cancel",
        "Cancel my subscription",
        "“unsubscribe”",
        "'unsubscribe'",
        "<unsubscribe>",
        "“Unsubscribe”.",
    ],
)
def test_ways_to_say_that_one_leaves(line: str) -> None:
    assert commands(line) == commands("Re: 5 papers", f"{line}\n\nSent from my iPhone") == LEAVE


@pytest.mark.parametrize(
    "line",
    [
        "Stop from me: see below",
        "Leave from Berlin is at eight",
        "Cancel culture is what I read about",
        "Remove the second paper of me and my friend Bob",
        "I do not want to unsubscribe",
        "“unsubscribe” is what I do not want",
    ],
)
def test_what_lets_nobody_go(line: str) -> None:
    assert Command(Verb.UNSUBSCRIBE) not in commands("Re: 5 papers", line)


def test_a_term_to_remove_is_one() -> None:
    assert commands("remove me and my shadow") == (Command(Verb.DROP, "me and my shadow"),)


def test_the_name_of_the_digest_is_no_interest() -> None:
    wanted = (Command(Verb.SUBSCRIBE, "", ("protein folding",)),)
    assert commands("Subscribe to Morning Papers", "protein folding") == wanted
    assert commands("subscribe me to it all", "protein folding") == wanted
    assert commands("subscribe to protein folding") == (Command(Verb.SUBSCRIBE, "protein folding"),)
    assert (
        commands("Subscribe", "Hello,\n\nPlease subscribe me.\nprotein folding\n\nMit freundlichen Grüßen\nAda")
        == wanted
    )


def test_opinions_are_no_interests() -> None:
    said = commands("", "set interests\nprotein folding\nlike 3\nless 2\nshow")
    assert said == (
        Command(Verb.SET, "interests", ("protein folding",)),
        Command(Verb.LIKE, "3"),
        Command(Verb.DISLIKE, "2"),
        Command(Verb.SHOW),
    )


@pytest.mark.parametrize(
    ("subject", "bare", "reply"),
    [
        ("[EXT] show", "show", False),
        ("[External] Re: [EXT] AW: show", "show", True),
        ("Re: [digest] show", "show", True),
        ("[]", "[]", False),
        ("[1] [2] show", "[2] show", False),
    ],
)
def test_what_servers_put_before_a_subject(subject: str, bare: str, reply: bool) -> None:
    assert bare_subject(subject) == (bare, reply)


@pytest.mark.parametrize(
    "footer",
    [
        "Sent from Outlook for iOS",
        "iPhoneから送信",
        "发自我的iPhone",
        "從我的 iPhone 傳送",
        "Verzonden vanaf mijn iPad",
    ],
)
def test_what_telephones_put_below(footer: str) -> None:
    assert own_lines(f"protein folding\n\n{footer}") == ("protein folding",)


AWAY = [
    "Automatic reply: Please confirm: Morning Papers",
    "Auto-Reply: 5 papers",
    "Out of Office Re: 5 papers",
    "Automatische Antwort: 5 papers",
    "Abwesenheitsnotiz: 5 papers",
    "=?utf-8?q?R=C3=A9ponse_automatique_=3A?= 5 papers",
    "=?iso-8859-1?Q?Respuesta_autom=E1tica=3A?= 5 papers",
    "Risposta automatica: 5 papers",
    "=?utf-8?q?Resposta_autom=C3=A1tica=3A?= 5 papers",
    "Automatisch antwoord: 5 papers",
    "Autosvar: 5 papers",
    "=?utf-8?b?0JDQstGC0L7QvNCw0YLQuNGH0LXRgdC60LjQuSDQvtGC0LLQtdGC?=: x",
    "=?utf-8?b?6Ieq5Yqo562U5aSN?=: x",
    "=?utf-8?b?6Ieq5YuV6L+U5L+h?=: x",
]


def incoming(subject: str, to: str = DESK.address) -> object:
    raw = f"From: ada@reader.test\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nunsubscribe\r\n"
    return read_incoming(raw.encode(), recipient=to, sender="ada@reader.test", desk=DESK)


@pytest.mark.parametrize("subject", AWAY)
def test_a_program_that_is_known_by_its_subject_alone_commands_nothing(subject: str) -> None:
    why, token = "its subject is that of an automatic reply", "a" * 40
    assert incoming(subject) == AutoReply(why)
    assert incoming(subject, f"digest+{token}@digest.test") == AutoReply(why, leave=(token,))


def test_a_wish_for_silence_is_no_sign_of_a_program() -> None:
    """Exchange adds the field to what people write; other systems of companies do as well."""
    raw = b"From: ada@reader.test\r\nX-Auto-Response-Suppress: All\r\nSubject: help\r\n\r\n"
    assert isinstance(read_incoming(raw, recipient=DESK.address, sender="ada@reader.test", desk=DESK), CommandMail)


@pytest.mark.parametrize(
    "subject",
    [
        *("OOO: 5 papers", "[Auto-Reply] 5 papers", "AUTO: Ada Lovelace is out of the office (returning 2 June)"),
        *("I am out of the office until Monday", "I'm currently on parental leave", "Vacation reply: 5 papers"),
        *("Away Notice: 5 papers", "Nicht im Büro: 5 papers", "Poissa: 5 papers", "Ofis dışında: x", "不在通知: x"),
    ],
)
def test_more_words_of_programs_that_set_no_field(subject: str) -> None:
    raw = f"From: ada@reader.test\r\nTo: {DESK.address}\r\nSubject: {subject}\r\n\r\nunsubscribe\r\n".encode()
    assert isinstance(read_incoming(raw, recipient=DESK.address, sender="ada@reader.test", desk=DESK), AutoReply)


@pytest.mark.parametrize(
    "subject",
    ["Vacation: pause 2 weeks", "pause, I am on vacation", "auto", "Away next week", "Automatically tagged papers"],
)
def test_people_write_of_their_vacation_too(subject: str) -> None:
    assert isinstance(incoming(subject), CommandMail)


@pytest.mark.parametrize("subject", ["Re: Automatic reply: 5 papers", "Out of distribution", "Automatic proofs"])
def test_a_person_with_such_a_word_in_the_subject_is_none(subject: str) -> None:
    assert isinstance(incoming(subject), CommandMail)
