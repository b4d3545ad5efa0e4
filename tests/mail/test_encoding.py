from __future__ import annotations

import quopri

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.mail.encoding import encode, quoted_printable


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
@example("00=\x1f\x80\x80\x80\x80\x80𐀀𐀀𐀀 ")
def test_quoted_printable_reads_back(text):
    data = text.replace("\n", "\r\n").encode() + b"\r\n"
    quoted = quoted_printable(data)
    lines = quoted.split(b"\r\n")
    assert quoted.isascii()
    assert max(map(len, lines)) <= 76
    assert not any(line.startswith((b".", b"From ")) for line in lines)
    assert b"\r" not in quoted.replace(b"\r\n", b"")
    assert b"\n" not in quoted.replace(b"\r\n", b"")
    assert quopri.decodestring(quoted) == data


@pytest.mark.parametrize("length", range(68, 82))
def test_a_guarded_line_of_any_length_keeps_its_escapes_whole(length):
    for line in (b"." + b"x" * length, ".é".encode() * length, b"From " + b"=" * length):
        quoted = quoted_printable(line + b"\r\n")
        assert max(map(len, quoted.split(b"\r\n"))) <= 76
        assert not any(part.startswith((b".", b"From ")) for part in quoted.split(b"\r\n"))
        assert quopri.decodestring(quoted) == line + b"\r\n"


def test_the_smaller_encoding_is_taken():
    assert encode("English text = mostly ASCII.\n" * 20)[0] == "quoted-printable"
    assert encode("拡散モデルによる画像生成\n" * 20)[0] == "base64"
    assert encode("Диффузионные модели\n" * 20)[0] == "base64"


def test_line_ends_of_any_kind_become_crlf_with_one_at_the_end():
    assert encode("a\nb\r\nc\rd\n\n\n")[1] == b"a\r\nb\r\nc\r\nd\r\n"
    assert encode("")[1] == b"\r\n"
