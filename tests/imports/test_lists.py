"""Lists of ids, names and an ORCID iD; what is nothing known; anything at all."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.imports import MOST_BYTES, read_import
from digest.imports.people import is_name, is_orcid, orcid_in
from digest.ranking.query import parse
from tests.imports.reading import interests, keys, read

CARBERRY = "0000-0002-1825-0097"


def test_a_list_of_papers() -> None:
    told = read(
        "# papers to read\n\n% of last week\n2403.15527v2   # the best\n- https://doi.org/10.1000/X.\n"
        "  arXiv:hep-th/9901001\nhttps://www.journal.test/p?id=3&utm_source=a\nhttps://arxiv.org/pdf/2403.15527\n"
        "https://rss.arxiv.org/rss/cs.CL\nwhat is this\nhttps://export.arxiv.org/api/query?search_query=jr:x+AND+ti:a\n"
    )
    assert [paper.key for paper in told.papers] == [
        "arxiv:2403.15527",
        "doi:10.1000/x",
        "arxiv:hep-th/9901001",
        "url:journal.test/p?id=3",
    ]
    assert {(paper.title, paper.abstract) for paper in told.papers} == {("", "")}
    assert [str(one) for one in told.interests] == ["cat:cs.CL", "title:a"]
    assert set(told.skipped) == {
        ("line 10: what is this", "no arXiv id, DOI or URL"),
        ("line 11", "there is no interest for 'jr:x'"),
    }


@pytest.mark.parametrize(
    "text", [CARBERRY, f" https://orcid.org/{CARBERRY}/\n", "0000000218250097", f"# me\n{CARBERRY}"]
)
def test_an_orcid(text: str) -> None:
    told = read(text)
    assert (told.kind, told.orcid, told.papers, told.interests) == ("orcid", CARBERRY, (), ())


def test_check_digits() -> None:
    assert is_orcid("0000-0001-5109-3700")
    assert is_orcid("0000-0002-1694-233X")
    assert not is_orcid("0000-0002-1694-2330")
    assert orcid_in("https://orcid.org/0000-0002-1694-233x") == "0000-0002-1694-233X"
    assert orcid_in("http://evil.test/0000-0002-1825-0097") == ""
    assert orcid_in("٠000-0002-1825-0097") == ""


@given(st.integers(0, 10**15 - 1))
def test_no_digit_can_be_mistyped(number: int) -> None:
    digits = f"{number:015}"
    (right,) = (sign for sign in "0123456789X" if is_orcid(digits + sign))
    for place in range(15):
        wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
        assert not is_orcid(wrong + right)


@pytest.mark.parametrize(
    "name",
    ["Yann LeCun", "LeCun, Yann", "J.R.R. Tolkien", "Anne-Marie O'Neil", "Ludwig van der Berg", "張三", "Łukasz K."],
)
def test_names(name: str) -> None:
    assert is_name(name)
    assert interests(f"{name}\n") == [f'author:"{name}"' if " " in name else f"author:{name}"]


@pytest.mark.parametrize("text", ["", "graph learning", "Einstein", "R2 D2", "a@b.test", "...", "A " * 60, "A, B, C"])
def test_no_names(text: str) -> None:
    assert not is_name(text)


def test_lines_that_are_no_names_are_told() -> None:
    told = read("Ada Lovelace\nwhat else\n")
    assert (told.kind, told.skipped) == ("author", (("line 2: what else", "no name of a person"),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "found nothing"),
        ("# only a comment\n", "found nothing"),
        ("\n  graph learning\n", "found 'graph learning' (line 2, column 3)"),
        ("0000-0002-1825-0096", "0000-0002-1825-0096 is no ORCID iD"),
    ],
)
def test_what_is_nothing_known(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(text)
    assert said in str(raised.value)


def test_what_is_too_large() -> None:
    with pytest.raises(UsageError, match="2,097,153 bytes are more than the 2,097,152 that are read"):
        read_import(b"1" * (MOST_BYTES + 1))


PIECES = [
    r"@article{",
    r"@string(",
    r"@comment{",
    r"{",
    r"}",
    r"=",
    r"#",
    r",",
    r"\'e",
    r"title",
    r"doi",
    r"10.1000/a",
    r"<",
    r"<opml>",
    r"2403.15527",
    r"https://x.test/?q=",
    r"é",
    r"(",
    r")",
    r"$x^2$",
    r"0000-0002-1825-0097",
    r"https://rss.arxiv.org/rss/",
    r"cs.CL",
]
SIGNS = st.sampled_from(
    [*PIECES, '"', " ", "\n", "<outline xmlUrl='", "'/>", "TY  - A\n", "ER  - \n", "TI  - ", "\0", "\ud800", "A. B."]
)
LARGE = (
    *("@a{", "@a(", '@a{k,t="', "@a{k,title=a#", "@comment{", "@string{a=a#a}", "{", "@ ", "x\n", " ", "10.1000/"),
    *("TY  - A\nTI  - x\n", "https://x.test/a\n", "Ada Lovelace\n", "<opml>", "<"),
    "http://export.arxiv.org/api/query?search_query=ti:a+AND+(b\n",
    "@a{k,title={" + "{" * 90 + "}" * 90 + "}}\n",
    "@a{k,author={a" + " " * 20_000 + "b}}\n",
    "TY  - A\nKW  - " + "a;b;c;" * 50_000 + "\n",
)


@given(
    st.lists(SIGNS, max_size=40).map("".join) | st.text(max_size=200), st.sampled_from(["", "a.bib", "a.ris", "a.xml"])
)
def test_whatever_comes(text: str, name: str) -> None:
    try:
        told = read_import(text.encode("utf-8", "surrogatepass"), name)
    except UsageError:
        return
    assert all(parse(str(interest)) == (interest,) for interest in told.interests)
    assert all(0 < len(paper.key) <= 210 and paper.key in paper.aliases for paper in told.papers)
    assert len({paper.key for paper in told.papers}) == len(told.papers)


@given(st.binary(max_size=300))
def test_whatever_bytes(content: bytes) -> None:
    try:
        read_import(content)
    except UsageError as error:
        assert str(error)  # noqa: PT017


@pytest.mark.parametrize("piece", LARGE)
def test_the_largest_file_takes_no_time(piece: str) -> None:
    content = (piece * (MOST_BYTES // len(piece))).encode()
    begun = time.process_time()
    try:
        assert keys(content) is not None
    except UsageError as error:
        assert str(error)  # noqa: PT017
    assert time.process_time() - begun < 8
