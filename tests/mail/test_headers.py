from __future__ import annotations

import re
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.headers import (
    ascii_address,
    ascii_domain,
    encoded_words,
    machine,
    mailbox,
    mailto,
    needs_smtputf8,
    recipient,
    unstructured,
    wire_address,
)
from tests.mail.reading import field as strict_field
from tests.mail.reading import header, strict, strict_mailbox

INJECTION = "=?utf-8?q?a=0D=0ABcc:_x=40y?="
text = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)


def read(field: str, name: str) -> str:
    return header(f"{field}\r\n\r\n".encode("ascii"), name)


@given(text)
def test_any_subject_reads_back_as_it_was_written(value):
    field = unstructured("Subject", value)
    lines = field.split("\r\n")
    assert all(line.startswith(" ") and line.strip() for line in lines[1:])
    assert max(map(len, lines)) <= 78
    assert read(field, "Subject") == value
    assert strict(strict_field(f"{field}\r\n\r\n".encode("ascii"), "Subject")) == value


@given(text)
def test_encoded_words_hold_whole_characters_within_75(value):
    words = encoded_words(value, 60)
    assert all(len(word) <= (75 if at else 60) for at, word in enumerate(words))
    assert "".join(read(f"Subject: {word}", "Subject") for word in words) == value


@given(text, st.sampled_from(["Subject", "X-Something-With-A-Name"]))
def test_lines_with_encoded_words_are_at_most_76(value, name):
    lines = unstructured(name, f"é{value}").split("\r\n")
    assert max(map(len, lines)) <= 76


def test_plain_text_stays_plain_and_folds_at_spaces():
    assert unstructured("Subject", "7 papers: a title (25 May)") == "Subject: 7 papers: a title (25 May)"
    assert unstructured("Subject", "word " * 20 + "end").split("\r\n") == [
        "Subject: word word word word word word word word word word word word word word"[:78].rstrip(),
        " word word word word word word end",
    ]


def test_a_title_that_looks_like_an_encoded_word_is_only_text():
    field = unstructured("Subject", INJECTION)
    assert read(field, "Subject") == INJECTION
    assert message_from_bytes(f"{field}\r\n\r\n".encode()).keys() == ["Subject"]
    assert b"Bcc" not in field.encode().replace(INJECTION.encode(), b"")


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y", "a\nb", "a\rb", "a\0b", "a\x85b", "a\u2028b", "a\ud800b"])
def test_control_characters_are_refused(bad):
    with pytest.raises(MessageError, match=r"Subject: control character U\+"):
        unstructured("Subject", bad)
    with pytest.raises(MessageError):
        mailbox("From", bad, "a@example.test")
    with pytest.raises(MessageError):
        machine("List-Id", bad)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("", "From: a@example.test"),
        ("Paper Digest", "From: Paper Digest <a@example.test>"),
        ("Digest, Inc.", 'From: "Digest, Inc." <a@example.test>'),
        ('The "Digest" \\ Co', 'From: "The \\"Digest\\" \\\\ Co" <a@example.test>'),
        ("a@b.example", 'From: "a@b.example" <a@example.test>'),
    ],
)
def test_display_names_are_quoted_where_needed(name, field):
    assert mailbox("From", name, "a@example.test") == field


@given(text.filter(lambda t: not t.isascii() or "=?" in t))
def test_other_display_names_are_encoded_for_a_phrase(name):
    field = mailbox("From", name, "a@example.test")
    assert max(map(len, field.split("\r\n"))) <= 78
    assert read(field, "From") in (f"{name}<a@example.test>", f"{name} <a@example.test>")


@given(text)
def test_any_display_name_reads_back_as_it_was_written(name):
    field = mailbox("From", name, "a@example.test")
    assert max((len(line) for line in field.split("\r\n") if "=?" in line), default=0) <= 76
    assert strict_mailbox(strict_field(f"{field}\r\n\r\n".encode("ascii"), "From")) == (name, "a@example.test")


def test_machine_fields_fold_behind_commas_alone_and_are_never_encoded():
    urls = ", ".join(f"<https://lists.example.test/unsubscribe/{'x' * 60}{n}>" for n in range(3))
    field = machine("List-Unsubscribe", urls)
    assert [line[-1] for line in field.split("\r\n")[:-1]] == [",", ","]
    assert field.replace("\r\n", "") == f"List-Unsubscribe: {urls}"
    words = "word " * 30 + "end"
    assert machine("List-Id", words) == f"List-Id: {words}"
    for bad in ("caf\u00e9", "a =?utf-8?q?b?=", "x" * 1000, " lead", "", "a  b"):
        with pytest.raises(MessageError):
            machine("List-Unsubscribe", bad)


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ada@example.test", "ada@example.test"),
        ("a+b.c_d@EXAMPLE.test", "a+b.c_d@EXAMPLE.test"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@faß.example", "a@xn--fa-hia.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_addresses_are_written_with_a_labels(address, wire):
    assert ascii_address(address) == wire


@pytest.mark.parametrize(
    "bad",
    [
        *("", "ada", "@example.test", "ada@", "a b@example.test", "a@b@c.test", "a..b@example.test", ".a@example.test"),
        *("a@exa mple.test", "a@-x.test", "a@x..test", "a@[127.0.0.1]", "a\r\n@x.test", "a>@x.test", "a@bü cher.test"),
        *("a" * 65 + "@x.test", "a@" + "x" * 64 + ".test", "a@\u2028.test", "a@" + "x." * 130 + "test"),
        "a@x.test\r\nBcc: y",
    ],
)
def test_what_is_no_address_is_refused(bad):
    with pytest.raises(MessageError):
        ascii_address(bad)


def test_a_local_part_beyond_ascii_says_what_it_needs():
    with pytest.raises(MessageError, match=r"^5\.6\.7 .*SMTPUTF8"):
        ascii_address("jörg@example.test")


@pytest.mark.parametrize(
    ("address", "wire", "needs"),
    [
        ("дана@example.test", "дана@example.test", True),
        ("jo\u0308rg@bücher.example", "jörg@xn--bcher-kva.example", True),
        ("user@bücher.example", "user@xn--bcher-kva.example", False),
        ("a.b+c@example.test", "a.b+c@example.test", False),
        ("मेल.पता@example.test", "मेल.पता@example.test", True),
        ("\u212a@example.test", "K@example.test", False),
    ],
)
def test_addresses_go_onto_the_wire_in_their_normal_form(address, wire, needs):
    assert wire_address(address) == wire
    assert (needs_smtputf8(address), needs_smtputf8(wire)) == (needs, needs)
    assert recipient("To", address) == f"To: {wire}"


@pytest.mark.parametrize(
    "bad",
    [
        *("é b@x.test", "é\u00a0b@x.test", "é\u202e@x.test", "é\u200b@x.test", "é\u0085@x.test", "é\ud800@x.test"),
        *("é\u2028@x.test", "é\r\nBcc: y@x.test", "é..a@x.test", ".é@x.test", "é.@x.test", "é,@x.test", "é@@x.test"),
        *("a\uff20b@x.test", "é\u037e@x.test", "é\ufe13@x.test", "é" * 33 + "@x.test", "é@", "é", "é@x y.test"),
        *("=?utf-8?q?a?=@x.test", "é=?@x.test", "a@" + ".".join(["ü" * 30] * 7)),
        "a" * 60 + "@" + ".".join(["x" * 60] * 3) + ".testing.test",
    ],
)
def test_what_would_be_read_as_something_else_is_no_address(bad):
    with pytest.raises(MessageError):
        wire_address(bad)


@given(st.text(), st.sampled_from(["x.test", "bücher.example"]))
def test_an_address_on_the_wire_is_one_word_that_stays_what_it_is(local, domain):
    try:
        wire = wire_address(f"{local}@{domain}")
    except MessageError:
        return
    assert re.fullmatch(r"[^\s\x00-\x20\"(),:;<>@\[\\\]]+@[a-z0-9.-]+", wire)
    assert wire_address(wire) == wire
    assert needs_smtputf8(wire) == (not wire.isascii())
    assert len(wire.encode()) <= 254
    if wire.isascii() and local.isascii():
        assert ascii_address(f"{local}@{domain}") == wire


def test_mailto_urls_are_one_ascii_word():
    assert mailto("owner@example.test") == "mailto:owner@example.test"
    assert mailto("a+b%c@bücher.example", "unsubscribe x,y") == (
        "mailto:a+b%25c@xn--bcher-kva.example?subject=unsubscribe%20x%2Cy"
    )
    with pytest.raises(MessageError, match="SMTPUTF8"):
        mailto("дана@example.test")


@given(st.text())
def test_a_domain_is_ldh_or_refused(domain):
    try:
        written = ascii_domain(domain)
    except MessageError:
        return
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,253}", written)
