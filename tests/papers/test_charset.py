"""Bytes as text: what is declared, what is not, what is broken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.papers.charset import codec, decode

TEXTS = {
    "ja": "蟻の群れにおける集団行動の研究：フェロモンとコロニーの適応について",
    "zh": "我们提出了一种新的方法来研究蚂蚁的群体行为，深度学习综述",
    "tw": "我們提出了一種新的方法來研究螞蟻的群體行為，深度學習綜述",
    "ko": "개미 군집의 집단 행동에 관한 연구와 페로몬의 역할을 분석하였다",
    "ru": "Муравьи в лесу: исследование поведения колоний и феромонов",
    "fr": "Étude des fourmis à Genève, naïve et élégante",
    "he": "מחקר על התנהגות נמלים ביער הצפוני",
    "el": "Μελέτη της συμπεριφοράς των μυρμηγκιών",
    "th": "การศึกษาพฤติกรรมของมดในป่า",
    "pl": "Zażółć gęślą jaźń: badanie mrówek",
}
WRITTEN = [
    ("ja", "euc_jp"),
    ("ja", "cp932"),
    ("ja", "iso2022_jp"),
    ("zh", "gb18030"),
    ("tw", "big5"),
    ("ko", "cp949"),
    ("ru", "cp1251"),
    ("ru", "koi8-r"),
    ("fr", "cp1252"),
    ("he", "cp1255"),
    ("el", "cp1253"),
    ("th", "cp874"),
    ("pl", "iso8859-2"),
]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("csGB2312", "gb18030"),
        ("Shift_JIS", "cp932"),
        ("x-sjis", "cp932"),
        ("windows-31j", "cp932"),
        ("windows-874", "cp874"),
        ("TIS-620", "cp874"),
        ("ks_c_5601-1987", "cp949"),
        ("windows-949", "cp949"),
        ("big5-hkscs", "big5hkscs"),
        ("x-x-big5", "big5hkscs"),
        ("iso-8859-1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("iso88592", "iso8859-2"),
        ("iso_8859-8:1988", "iso8859-8"),
        ("koi8-ru", "koi8-u"),
        ("x-cp1251", "cp1251"),
        ("x-mac-ukrainian", "mac-cyrillic"),
        ("unicode-1-1-utf-8", "utf-8"),
        *((name, "") for name in ("", "utf-7", "hex", "idna", "punycode", "unicode_escape", "nonsense", "utf-16", "é")),
    ],
)
def test_labels_are_those_of_browsers(label: str, expected: str) -> None:
    assert codec(label) == expected


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_what_is_declared_is_read_by_transport_or_document_and_one_bad_byte_costs_one_character(
    language: str, encoding: str
) -> None:
    text = TEXTS[language]
    document = f"<?xml version='1.0' encoding='{encoding}'?><t>{text}</t>"
    assert decode(document.encode(encoding)) == document
    assert text in decode(f"<t>{text}</t>".encode(encoding), encoding)
    broken = document.encode(encoding).replace(b"</t>", b" \xff\n</t>")
    assert text in decode(broken)


@pytest.mark.parametrize(("language", "encoding"), [pair for pair in WRITTEN if pair[0] != "pl"])
@pytest.mark.parametrize("said", ["", "iso-8859-1", "utf-8"])
def test_what_nobody_declares_is_guessed(language: str, encoding: str, said: str) -> None:
    document = f"<rss><title>Ants</title><t>{TEXTS[language]}</t></rss>"
    assert decode(document.encode(encoding), said) == document


@pytest.mark.parametrize("text", TEXTS.values())
@pytest.mark.parametrize(
    "declared", ["utf-8", "us-ascii", "utf-16", "iso-8859-1", "gb2312", "shift_jis", "nonsense", ""]
)
def test_utf8_is_utf8_whatever_is_declared_and_however_broken(text: str, declared: str) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?><t>{text}</t>'.encode()
    for content in (document, b"\xef\xbb\xbf" + document):
        assert text in decode(content, declared)
        assert decode(content + b"\xe8\x9a.").endswith(f"{text}</t>\ufffd.")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ""),
        (b"\xef\xbb\xbf{}", "{}"),
        (b"\xef\xbb\xbfcaf\xe9", "café"),
        (b"It\x92s \x93so\x94 \x80 5", "It’s “so” € 5"),
        ("It\x92s".encode(), "It’s"),
        ("Ã\x9f and Î±".encode(), "Ã\x9f and Î±"),
        ("né 1 �".encode(), "né 1 �"),
        (b"only \x81 here", "only \ufffd here"),
        ("<a>é</a>".encode("utf-16-le"), "<a>é</a>"),
        ('{"a": "é"}'.encode("utf-16-be"), '{"a": "é"}'),
        ("<a>é</a>".encode("utf-16") + b"x", "<a>é</a>\ufffd"),
        (b'<meta charset="koi8-r"><p>' + "Муравьи".encode("koi8-r"), '<meta charset="koi8-r"><p>Муравьи'),
    ],
)
def test_odd_ends(content: bytes, expected: str) -> None:
    assert decode(content) == expected


def test_a_server_says_latin_1_of_everything_so_the_document_knows_better() -> None:
    document = '<?xml version="1.0" encoding="windows-1253"?><t>μ και σ</t>'
    assert decode(document.encode("cp1253"), "ISO-8859-1") == document


@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(["", "utf-16", "gb2312", "iso-2022-jp", "x-sjis", "\ud800"]))
def test_any_bytes_are_some_text(content: bytes, charset: str) -> None:
    decode(content, charset).encode("utf-8", "surrogatepass")
