"""Commands by mail, read: what a person wrote, what of it is a command, and what never is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.incoming import Command, CommandMail, Desk, Parsed, Verb, parse_commands, read_incoming
from digest.mail.incoming.bodies import subject_of, text_of
from digest.mail.incoming.commands import MOST_COMMANDS, bare_subject, hint_of
from digest.mail.incoming.parts import Part, parts_of
from digest.mail.incoming.quoting import own_lines

DESK = Desk("digest@digest.test", "digest.test", "mx.digest.test")
INTERESTS = ("protein folding", "cat:cs.CL")
HELP, SHOW, RESUME = Command(Verb.HELP), Command(Verb.SHOW), Command(Verb.RESUME)
LEAVE, HOUR = Command(Verb.UNSUBSCRIBE), Command(Verb.SET, "hour 7:30")


def parsed(subject: str, *lines: str, hint: str = "") -> Parsed:
    return parse_commands(subject, lines, hint)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("help", HELP),
        ("HELP!", HELP),
        ("?", HELP),
        ("show", SHOW),
        ("Please show me my settings.", SHOW),
        ("unsubscribe", LEAVE),
        ("stop", LEAVE),
        ("leave", LEAVE),
        ("please unsubscribe me from this list, thank you", LEAVE),
        ("resume", RESUME),
        ("continue", RESUME),
        ("subscribe", Command(Verb.SUBSCRIBE)),
        ("subscribe me please", Command(Verb.SUBSCRIBE)),
        ("subscribe ada@reader.test", Command(Verb.SUBSCRIBE)),
        ("subscribe: protein folding", Command(Verb.SUBSCRIBE, "protein folding")),
        ("confirm", Command(Verb.CONFIRM)),
        ("set hour 7:30", HOUR),
        ("Set: hour 7:30", HOUR),
        ("set rhythm weekly:fri", Command(Verb.SET, "rhythm weekly:fri")),
        ("add protein folding^2", Command(Verb.ADD, "protein folding^2")),
        ("drop 3", Command(Verb.DROP, "3")),
        ("pause", Command(Verb.PAUSE)),
        ("pause 2 weeks", Command(Verb.PAUSE, "2 weeks")),
        ("pause for a month", Command(Verb.PAUSE, "for a month")),
        ("pause until 2026-12-24", Command(Verb.PAUSE, "until 2026-12-24")),
        ("like 1", Command(Verb.LIKE, "1")),
        ("more #2, 3 and 4", Command(Verb.LIKE, "#2, 3 and 4")),
        ("less 2", Command(Verb.DISLIKE, "2")),
        ("mute survey", Command(Verb.MUTE, "survey")),
        ("new link", Command(Verb.RENEW, "link")),
        ("renew my link", Command(Verb.RENEW, "my link")),
    ],
)
def test_each_command_as_subject_and_as_line(line: str, command: Command) -> None:
    assert parsed(line) == Parsed((command,))
    assert parsed("Hello", line) == Parsed((command,))
    assert parsed("Re: Papers of 25 May", "Hello,", "", line, "", "Thanks", "Ada") == Parsed((command,))


@pytest.mark.parametrize(
    "line",
    [
        "Stop sending so much about cats",
        "New results in biology",
        "new",
        "new links between genes and sleep",
        "I want to unsubscribe",
        "unsubscribed",
        "show and tell: a neural image caption generator",
        "like it",
        "more papers please",
        "less is more",
        "help me understand this paper",
        "resume parsing with language models",
        "add",
        "add-drop filters",
        "pause tokens improve reasoning in language models",
        "leave-one-out cross-validation",
        "hide",
        "",
    ],
)
def test_prose_is_no_command(line: str) -> None:
    assert parsed(line).commands == ()
    assert parsed("", line) == Parsed(unread=line)


def test_several_commands_and_where_reading_stops() -> None:
    assert parsed("set hour 7:30", "set zone UTC", "", "show") == Parsed((HOUR, Command(Verb.SET, "zone UTC"), SHOW))
    assert parsed("", "set hour 7:30", "zet zone UTC", "show") == Parsed((HOUR,), "zet zone UTC")
    assert parsed("", "set hour 7:30", "", "See you in May.") == Parsed((HOUR,))
    assert parsed("show", "I am curious.") == Parsed((SHOW,))
    assert parsed("", "show", "show") == Parsed((SHOW,))
    assert len(parsed("", *(f"add term {n}" for n in range(50))).commands) == MOST_COMMANDS


def test_lines_that_belong_to_a_command() -> None:
    asked = Command(Verb.SUBSCRIBE, "", (*INTERESTS, "zone: Europe/Berlin", "more efficient transformers"))
    assert parsed("subscribe", "Hi there,", "", *asked.lines, "", "Best regards,", "Ada") == Parsed((asked,))
    assert parsed("", "subscribe", *asked.lines, "end", "unsubscribe") == Parsed((asked,))
    chosen = Command(Verb.SET, "interests", INTERESTS)
    assert parsed("", "set interests", *INTERESTS, "set hour 7:30", "show") == Parsed((chosen, HOUR, SHOW))
    assert parsed("set interests", "hi-res imaging", "") == Parsed(
        (Command(Verb.SET, "interests", ("hi-res imaging",)),)
    )


@pytest.mark.parametrize("prefix", ["Re: ", "RE: Re: ", "AW: ", "Re[2]: ", "Fwd: ", "回复：", "SV:"])
def test_an_answer_repeats_a_subject_that_was_obeyed(prefix: str) -> None:
    assert bare_subject(f"{prefix}pause 2 weeks") == ("pause 2 weeks", True)
    assert parsed(f"{prefix}pause 2 weeks", "resume") == Parsed((RESUME,))
    assert parsed(f"{prefix}pause 2 weeks", "Thank you!") == Parsed()
    assert parsed(f"{prefix}show") == Parsed((SHOW,))


@pytest.mark.parametrize(
    ("address", "verb"),
    [
        ("subscribe@digest.test", Verb.SUBSCRIBE),
        ("digest-subscribe@digest.test", Verb.SUBSCRIBE),
        ("Digest+Help@digest.test", Verb.HELP),
        ("unsubscribe@digest.test", Verb.UNSUBSCRIBE),
        ("leave", Verb.UNSUBSCRIBE),
        ("confirm+abc@digest.test", Verb.CONFIRM),
        ("digest@digest.test", None),
        ("subscribers@digest.test", None),
        ("set@digest.test", None),
        ("digest@help.test", None),
        ("", None),
    ],
)
def test_what_the_name_of_an_address_asks_for(address: str, verb: Verb | None) -> None:
    assert hint_of(address) == verb


def test_a_hint_stands_for_a_missing_command() -> None:
    assert parsed("", *INTERESTS, hint="subscribe@digest.test") == Parsed((Command(Verb.SUBSCRIBE, "", INTERESTS),))
    assert parsed("Papers, please", hint="subscribe@d.test") == Parsed((Command(Verb.SUBSCRIBE),))
    assert parsed("", "I have had enough.", hint="unsubscribe@digest.test") == Parsed((LEAVE,))
    assert parsed("show", hint="help@digest.test") == Parsed((SHOW,))


QUOTES = {
    "marked": "show\n\nOn Mon, 25 May 2026 at 08:00, Papers <p@digest.test> wrote:\n> unsubscribe\n>> stop\n",
    "below": "On Mon, 25 May 2026 at 08:00, Papers <p@digest.test>\nwrote:\n\n> unsubscribe\n\nshow\n",
    "german": "show\n\nAm 25.05.26 um 08:00 schrieb Papers:\n> unsubscribe\n",
    "french": "show\n\nLe lun. 25 mai 2026 à 08:00, Papers <p@digest.test> a\nécrit :\n\n> unsubscribe\n",
    "unmarked": "show\n\nOn Mon, 25 May 2026 at 08:00, Papers <p@digest.test> wrote:\n\nunsubscribe\n",
    "outlook": "show\n\n-----Original Message-----\nFrom: Papers\nunsubscribe\n",
    "rule": "show\n\n________________________________\nFrom: Papers <p@digest.test>\nunsubscribe\n",
    "block": "show\n\nFrom: Papers <p@digest.test>\nSent: Monday, 25 May 2026 08:00\nTo: Ada\n\nunsubscribe\n",
    "german block": "show\n\nVon: Papers <p@digest.test>\nGesendet: Montag, 25. Mai 2026 08:00\n\nunsubscribe\n",
    "forwarded": "show\n\n---------- Forwarded message ---------\nunsubscribe\n",
    "signature": "show\n-- \nunsubscribe\n",
    "phone": "show\n\nSent from my phone\nunsubscribe\n",
}


@pytest.mark.parametrize("how", QUOTES)
def test_what_is_quoted_is_not_said(how: str) -> None:
    assert [line for line in own_lines(QUOTES[how]) if line] == ["show"]


def test_interests_are_no_quotes() -> None:
    lines = ("on-policy learning", "-survey", "a - b", "cat:cs.CL", "author:Lovelace", "from scratch: training")
    assert own_lines("\n".join(lines)) == lines


def message(text: str, kind: str = "text/plain; charset=utf-8", **fields: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
    return f"From: ada@reader.test\nSubject: x\nContent-Type: {kind}\n{more}\n{text}".encode("latin-1")


MULTIPART = """--x
Content-Type: text/html

<p>from html</p>
--x
Content-Type: text/plain
Content-Disposition: attachment; filename=a.txt

attached
--x
Content-Type: message/rfc822

Subject: unsubscribe

unsubscribe
--x
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

pl=E4in =
text
--x--
"""


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (message("show"), "show"),
        (message("sh=6Fw=\n it", Content_Transfer_Encoding="quoted-printable"), "show it"),
        (message("c2hvdw==", Content_Transfer_Encoding="BASE64"), "show"),
        (message("\xe4", "text/plain; charset=iso-8859-1"), "ä"),
        (message("\xc3\xa4", "text/plain"), "ä"),
        (message("\xe4", "text/plain"), "ä"),
        (message("\xe4", "text/plain; charset=punycode"), "ä"),
        (message('\x1b$B%"\x1b(B', "text/plain; charset=ISO-2022-JP"), "ア"),
        (message("state space \nmodels\n next", "text/plain; format=flowed"), "state space models\nnext"),
        (message("a \n> b \n-- \nc", "text/plain; format=flowed"), "a \n> b \n-- \nc"),
        (message("ab \ncd", 'text/plain; format=flowed; delsp="yes"'), "abcd"),
        (message(MULTIPART, "multipart/mixed; boundary=x"), "pläin text"),
        (message("a\u202e\xa0b\x00".replace("\u202e", ""), "text/plain; charset=latin-1"), "a b"),
    ],
)
def test_the_text_of_a_message(raw: bytes, text: str) -> None:
    assert text_of(parts_of(raw)).strip("\n") == text


def test_the_text_of_html() -> None:
    markup = (
        "<html><head><style>p {}</style><title>no</title></head><body><!-- <p>no --><div>add&nbsp;R&amp;D</div>"
        "<p>set  hour\n7:30<br>show &#x41;&#99999999999;</p>"
        "<blockquote><p>stop</p><blockquote>a</blockquote>stop</blockquote>"
        '<ul><li>one<li>two</ul><div class="gmail_quote">unsubscribe</div></body></html>'
    )
    text = text_of(parts_of(message(markup, "text/html")))
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    assert lines == ["add R&D", "set hour 7:30", "show A&#99999999999;", "one", "two"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("show", "show"),
        ("=?utf-8?q?s=68ow?=", "show"),
        ("=?UTF-8?B?c2g=?= =?utf-8?b?b3c=?=", "show"),
        ("=?iso-8859-1*de?Q?Gr=FC=DFe_an?= alle", "Grüße an alle"),
        ("=?nope?q?abc?=", "abc"),
        ("=?utf-8?b?x?=", "=?utf-8?b?x?="),
        ("a\tb", "a b"),
    ],
)
def test_subjects(written: str, read: str) -> None:
    assert subject_of(Part((("subject", written),))) == read


def read(raw: bytes, recipient: str = DESK.address, desk: Desk | None = DESK) -> object:
    return read_incoming(raw, recipient=recipient, sender="ada@reader.test", desk=desk)


def command_mail(**fields: str) -> bytes:
    return message(
        "show", **{"Message_ID": "<1@reader.test>", "In_Reply_To": "<2@x>", "References": "<3@x> <2@x>", **fields}
    )


def test_everything_in_a_mail_with_commands() -> None:
    trusted = "mx.digest.test; spf=pass smtp.mailfrom=ada@reader.test"
    found = read(command_mail(Authentication_Results=trusted))
    assert isinstance(found, CommandMail)
    assert (found.proof.address, found.parsed, found.subject) == ("ada@reader.test", Parsed((SHOW,)), "x")
    assert (found.message_id, found.references, found.mark) == (
        "<1@reader.test>",
        ("<2@x>", "<3@x>"),
        "<1@reader.test>",
    )


def test_a_mail_without_a_name_is_known_by_its_words() -> None:
    marks = [getattr(read(message(text)), "mark", "") for text in ("show", "show", "help")]
    assert marks[0] == marks[1] != marks[2]
    assert len(marks[0]) == 64


@pytest.mark.parametrize(
    "fields",
    [
        {"Message_ID": f"<{'0a' * 16}@digest.test>"},
        {"Auto_Submitted": "auto-replied"},
        {"X_Loop": "digest"},
        {"X_Mail_Autoreply": "1"},
    ],
)
def test_robots_and_our_own_mail_command_nothing(fields: dict[str, str]) -> None:
    assert type(read(command_mail(**fields))).__name__ == "AutoReply"


NO_ANSWERS = [
    *("digest@digest.test", "no-reply@x.test", "MAILER-DAEMON@x.test", "noreply+a@x.test"),
    *("scholaralerts-noreply@x.test", "arxiv.no_reply.17@x.test", "DoNotReply-Papers@x.test", "do_not_reply@x.test"),
    *("newsnoreply2@x.test", "team+no-reply@x.test", "12+ada@users.noreply.x.test", "noreply@mail.x.test"),
    *("ne-pas-repondre@x.test", "alerts-keine-antwort@x.test", "no.responder@x.test", "unmonitored-box@x.test"),
    *("papers-bounces@lists.x.test", "bounces+ada=y.test@x.test", "mailer.daemon@x.test", "Postmaster@x.test"),
]
ANSWERS = [
    *("bruno.reply@x.test", "nora.plymouth@x.test", "casino-reply@x.test", "bouncer@x.test", "noah@replay.test"),
    *("reply@x.test", "do.not@x.test", "notes@x.test", "answer-no@x.test", "ada@no.reply-all.test"),
]


@pytest.mark.parametrize("sender", ANSWERS)
def test_people_whose_names_only_look_like_it(sender: str) -> None:
    raw = command_mail().replace(b"From: ada@reader.test", f"From: <{sender}>".encode())
    assert isinstance(read(raw), CommandMail)


@pytest.mark.parametrize("sender", NO_ANSWERS)
def test_senders_that_take_no_answer(sender: str) -> None:
    raw = command_mail().replace(b"From: ada@reader.test", f"From: <{sender}>".encode())
    assert type(read(raw)).__name__ == "AutoReply"


def test_a_mail_that_went_in_circles() -> None:
    assert type(read(b"Received: x\n" * 31 + command_mail())).__name__ == "AutoReply"
    assert isinstance(read(b"Received: x\n" * 30 + command_mail()), CommandMail)


def test_where_no_commands_are_taken() -> None:
    assert type(read(command_mail(), desk=None)).__name__ == "Other"


@given(st.text(max_size=80), st.lists(st.text(max_size=40), max_size=8), st.text(max_size=40))
def test_anything_is_parsed(subject: str, lines: list[str], hint: str) -> None:
    assert isinstance(parse_commands(subject, lines, hint), Parsed)
    assert isinstance(own_lines("\n".join(lines)), tuple)


words = st.sampled_from(
    ["set", "show", "interests", "subscribe", "re:", "hi,", "thanks", " ", ":", "12", "please", "-", ">"]
)


@given(st.lists(st.lists(words, max_size=6).map(" ".join), max_size=8))
def test_anything_put_together_from_commands_is_parsed(lines: list[str]) -> None:
    found = parse_commands(" ".join(lines), own_lines("\n".join(lines)))
    assert all(isinstance(command, Command) for command in found.commands)


@given(
    st.binary(max_size=300), st.sampled_from(["text/plain", "text/html", "text/plain; format=flowed; charset=utf-16"])
)
def test_any_text_is_read(content: bytes, kind: str) -> None:
    assert isinstance(text_of([Part((("content-type", kind),), content)]), str)
    assert isinstance(subject_of(Part((("subject", content.decode("latin-1")),))), str)


MALICE = {
    "tags": ("text/html", "<a " * 300_000),
    "comments": ("text/html", "<!--" * 250_000),
    "entities": ("text/html", "&#" + "9" * 900_000),
    "quotes": ("text/html", "<blockquote>" * 80_000),
    "marks": ("text/plain", "> \n" * 300_000),
    "attributions": ("text/plain", "On a wrote\n" * 90_000),
    "one line": ("text/plain", "set " * 250_000),
    "blanks": ("text/plain", " " * 999_000),
    "dashes": ("text/plain", "-" * 999_000),
    "greetings": ("text/plain", "hi,\n" * 250_000),
    "flow": ("text/plain; format=flowed", "a \n" * 300_000),
}


@pytest.mark.parametrize("name", MALICE)
def test_a_megabyte_of_malice_is_read_at_once(name: str) -> None:
    kind, text = MALICE[name]
    started = time.process_time()
    assert isinstance(read(message(text, kind, Subject="=?utf-8?q?" * 90_000)), CommandMail)
    assert time.process_time() - started < 2.0
