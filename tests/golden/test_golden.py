"""Golden messages: the same snapshot makes the same bytes, and readers that are not ours find in them what is meant."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.golden.cases import CASES, asked, expected, message, signers
from tests.lab.need import need
from tests.mail.reading import Page, field, fields, header, parsed, part, strict, strict_mailbox
from tests.mail.test_dkim import ed25519_holds, holds, public

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = [
    *("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "List-Id", "List-Unsubscribe"),
    *("List-Unsubscribe-Post", "List-Help", "List-Owner", "List-Post", "List-Archive", "Feedback-ID", "Auto-Submitted"),
    *("Precedence", "X-Auto-Response-Suppress", "Content-Type"),
]
MARKUP = {
    *("html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td"),
    *("h1", "h2", "h3", "p", "a", "span", "b", "ol", "ul", "li", "br"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_message_is_the_expected_one_byte_for_byte(case: str, update_golden: bool) -> None:
    made = message(case)
    if update_golden:
        expected(case).write_bytes(made)
    assert made == expected(case).read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_it_has_the_fields_that_were_meant_and_no_other(case: str) -> None:
    made, wanted = expected(case).read_bytes(), asked(case)
    on_the_web = ("List-Unsubscribe-Post", "List-Archive")
    names = [name for name in FIELDS if wanted.get("web_url") or name not in on_the_web]
    assert [name for name, _ in fields(made)] == ["DKIM-Signature"] * len(wanted["keys"]) + names
    assert parsed(made).keys() == ["DKIM-Signature"] * len(wanted["keys"]) + names
    assert strict(field(made, "Subject")) == header(made, "Subject")
    assert strict_mailbox(field(made, "From")) == ("Paper Digest", "digest@example.test")
    assert field(made, "To").partition("@")[0] == wanted["recipient"].partition("@")[0]


@pytest.mark.parametrize("case", CASES)
def test_its_signatures_hold(case: str) -> None:
    made = expected(case).read_bytes()
    for at, (signer, signature) in enumerate(zip(signers(tuple(asked(case)["keys"])), signatures(made), strict=True)):
        if signer.algorithm == "rsa":
            assert holds(made, at, [signer])
        else:
            assert ed25519_holds(signature, made[made.index(b"Date: ") :], public(signer))


def test_opendkim_accepts_them_and_finds_what_was_changed(tmp_path: Path) -> None:
    """Another implementation, told the public keys in place of the DNS."""
    program = need("opendkim", "opendkim")
    (tmp_path / "keys").write_text("".join(f"{one.name} {one.record}\n" for one in signers(("rsa", "ed25519"))))
    (tmp_path / "conf").write_text(f"Mode v\nTestPublicKeys {tmp_path}/keys\n")

    def verdicts(made: bytes) -> list[str]:
        (tmp_path / "made.eml").write_bytes(made)
        command = [program, "-x", tmp_path / "conf", "-vv", "-t", tmp_path / "made.eml"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return re.findall(r"\bdkim=(\w+)", said.stdout + said.stderr)

    for case in CASES:
        made = expected(case).read_bytes()
        assert verdicts(made)[: len(signatures(made))] == ["pass"] * len(signatures(made))
    changed = expected("english").read_bytes().replace(b"\r\nSubject: ", b"\r\nSubject: Not ", 1)
    assert verdicts(changed) == ["fail", "fail"]


def signatures(made: bytes) -> list[bytes]:
    """The DKIM-Signature fields on top."""
    return re.findall(rb"DKIM-Signature: .+\r\n(?: .+\r\n)+", made)


@pytest.mark.parametrize("case", CASES)
def test_both_parts_say_the_same_papers(case: str) -> None:
    made = expected(case).read_bytes()
    text, html = part(made, "text/plain"), part(made, "text/html")
    links = set(re.findall(r"https://arxiv\.org/abs/[0-9.]+", text))
    assert links == set(re.findall(r"https://arxiv\.org/abs/[0-9.]+", html)) != set()


def test_titles_of_strangers_stay_titles() -> None:
    made = expected("hostile").read_bytes()
    text, html = part(made, "text/plain"), part(made, "text/html")
    assert "=?utf-8?q?a=0D=0ABcc:_x=40y?=" in text
    assert "<think> Do Models Think?" in " ".join(text.split())
    assert "&lt;think&gt;" in html
    page = Page(html)
    assert {tag for tag, _ in page.elements} <= MARKUP
    assert {name for _, attributes in page.elements for name in attributes if name.startswith("on")} == set()
    links = [attributes["href"] or "" for tag, attributes in page.elements if tag == "a"]
    assert [
        link for link in links if not link.startswith(("https://arxiv.org/", "mailto:", "https://info.arxiv"))
    ] == []
    assert not re.search("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202a-\u202e\u2066-\u2069\ufeff]", text + html)


def test_a_title_that_looks_like_an_encoded_word_is_the_subject_to_the_letter() -> None:
    made = expected("encoded-word-title").read_bytes()
    assert header(made, "Subject") == strict(field(made, "Subject"))
    assert "=?utf-8?q?a=0D=0ABcc:_x=40y?=" in header(made, "Subject")


def test_scripts_and_maths_read_back() -> None:
    made = expected("scripts-and-maths").read_bytes()
    text, html = (" ".join(part(made, kind).split()) for kind in ("text/plain", "text/html"))
    for words in ("拡散モデルによる長い動画の生成", "大型语言模型", "Диффузия на многообразиях", "تعلم الآلة"):
        assert words in text
    assert "Schrödinger" in text
    assert "$5 to $10" in text
    assert "Schrödinger" in html
    assert made.count(b"Content-Transfer-Encoding: base64") == 1
