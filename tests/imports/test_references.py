"""Bibliographies: BibTeX and RIS as managers write them, and as nobody should."""

from __future__ import annotations

import pytest

from digest.errors import UsageError
from digest.imports.gathering import Gathering, entry_of
from digest.model import Entry
from digest.papers.identity import identify
from tests.imports.reading import keys, read

BIBTEX = r"""
@comment{jabref-meta: {databaseType:bibtex;}}
@preamble{"\newcommand{\x}{y}"}
@string{nat = "Nature"}
@STRING ( jan = {January} )

@article{levy:2024,
  title     = {{The} {LLM} {of many} of {\'E}cole: {$\alpha$}-fair},
  author    = {L{\'e}vy, Paul and others},
  abstract  = "We {study "quotes"} \& more.",
  journal   = nat # " " # jan # 3,
  year      = 2024,
  doi       = {https://doi.org/10.1000/ABC.1},
  keywords  = {graph learning, RAG; Graph Learning},
}
text that belongs to nothing, mail me at a@b.test
@inproceedings(vaswani, title = {Attention}, eprint = {1706.03762v5}, archivePrefix = "arXiv", keywords="RAG",)
@misc{pubmed, title={Of an archive}, eprint={12345}, eprinttype={pubmed}, url={https://www.journal.test/p/1?utm_source=x}}
@book{bare-key}
@misc{title = {There is no key in this entry at all}}
"""


def test_bibtex() -> None:
    told = read(BIBTEX)
    assert (told.kind, [str(one) for one in told.interests]) == ("bibtex", ["RAG", '"graph learning"'])
    first, second, third, last = told.papers
    assert (first.key, first.title) == ("doi:10.1000/abc.1", "The LLM of many of École: α-fair")
    assert first.abstract == 'We study "quotes" & more.'
    assert (second.key, third.key) == ("arxiv:1706.03762", "url:journal.test/p/1")
    assert last.title == "There is no key in this entry at all"
    assert told.skipped == (("the book at line 19, column 1", "it has no title, arXiv id, DOI or URL"),)


def test_a_paper_has_the_names_that_a_source_would_give_it() -> None:
    (paper,) = read("@misc{a, title={A rather long title of a paper}, abstract={We study it.}}").papers
    same = identify(Entry("A rather long title of a paper", abstract="We study it."), "hf")
    assert (paper.key, paper.aliases) == (same.aliases[0], frozenset(same.aliases))
    (paper,) = read("@misc{a, title={T}, url={https://x.test/" + "a" * 900 + "}}").papers
    assert paper.key.startswith("url:sha256-")
    assert len(paper.key) < 60


@pytest.mark.parametrize(
    ("broken", "place", "reason"),
    [
        ("@misc{a, year = }", "line 2, column 1", "a value in braces or quotes expected at line 2"),
        ('@misc{a, title = "x }', "line 2, column 1", "a quote that closes this one expected at line 2, column 18"),
        ("@misc{a, title {x}}", "line 2, column 1", 'a field (name = value), or "}", expected at line 2, column 10'),
        ("@misc(a, title = {x", "line 2, column 1", 'a "}" for this "{" expected at line 2, column 18'),
    ],
)
def test_a_broken_entry_is_skipped_and_the_next_is_read(broken: str, place: str, reason: str) -> None:
    told = read(f"\n{broken}\n@misc{{b, title={{A good one}}, doi={{10.1000/good}}, year=2024}}")
    assert [paper.key for paper in told.papers] == ["doi:10.1000/good"]
    ((where, why),) = told.skipped
    assert where == f"the misc at {place}"
    assert reason in why


@pytest.mark.parametrize(
    "odd",
    [
        "@misc{a, title = {An odd one}",
        "@misc{a, title = {An odd one} year = }",
        "@misc(a, title = {An odd one}}",
        "@misc{ a key with blanks, title = {An odd one}}",
        "@misc{\n  WOS:000123,\n  title = {An odd one}, Unique-ID = {WOS:000123}}",
        "@misc{a, __markedentry = {[ada:6]}, title = {An odd one}}",
        "@misc{a, 3year = 2020, title = {An odd one}}",
        "@misc{a, month = 5 May, title = {An odd one}}",
        "@misc{a, note = , title = {An odd one}}",
        "@misc{a, note = {x}; title = {An odd one}}",
        "@misc{a, note = {x} title = {An odd one}}",
        "@misc{a,, title = {An odd one},,}",
        "@misc{a, {stray {braces}}, title = {An odd one}}",
        "@misc{a, (), title = {An odd one}}",
        '@misc{a, title = {An odd one}, note = "unclosed }',
        "@misc{a, abstract = {an {open brace, title = {An odd one}, year = {2020}}",
        "@misc{a, title = {An odd one}, abstract = {an {open brace}, year = {2020}}",
    ],
)
def test_what_is_odd_costs_a_field_and_never_the_entry(odd: str) -> None:
    told = read(f"{odd}\n@misc{{b, title={{A good one}}, doi={{10.1000/good}}, year=2024}}")
    assert [paper.title for paper in told.papers] == ["An odd one", "A good one"]
    assert told.skipped == ()


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        (r"10.1000/a\_1", "10.1000/a_1"),
        (r"10.1000/a{\_}1", "10.1000/a_1"),
        (r"10.1000/a\textunderscore 1", "10.1000/a1"),
        (r"10.1000/a\%b\&c\#d", "10.1000/a%b&c#d"),
        (r"\url{https://doi.org/10.1000/a\_1}", "10.1000/a_1"),
        (r"{10.1000/A1}", "10.1000/a1"),
    ],
)
def test_identifiers_lose_what_tex_wants_around_them(written: str, doi: str) -> None:
    for field in ("doi", "url"):
        value = written if field == "doi" or "url" in written else f"https://doi.org/{written.strip('{}')}"
        assert keys(f"@misc{{a, title={{A paper}}, {field}={{{value}}}}}") == [f"doi:{doi}"]


@pytest.mark.parametrize(
    "field",
    [
        "journal = {arXiv preprint arXiv:2601.01234}",
        "journal = {arXiv:2601.01234 [cs]}",
        "journal = {arXiv e-prints, arXiv:2601.01234}",
        r"howpublished = {\url{https://arxiv.org/abs/2601.01234v2}}",
        "howpublished = {Preprint, arXiv:2601.01234}",
        "howpublished = {Available at https://arxiv.org/pdf/2601.01234v1.pdf}",
        "note = {arXiv:2601.01234 [cs.LG]}",
        "journal = {CoRR}, volume = {abs/2601.01234}",
        "publisher = {arXiv}, number = {arXiv:2601.01234}",
        "eprint = {2601.01234v3}, archiveprefix = {arXiv}",
        "eprint = {arXiv:2601.01234}",
        "doi = {10.48550/arXiv.2601.01234}",
        "url = {http://arxiv.org/abs/2601.01234}",
    ],
)
def test_an_arxiv_id_is_found_wherever_it_is_written(field: str) -> None:
    assert keys(f"@article{{a, title={{A paper}}, {field}}}") == ["arxiv:2601.01234"]


@pytest.mark.parametrize(
    "field",
    [
        "note = {A comment on the work of others, arXiv:2601.01234, with more}",
        "abstract = {arXiv:2601.01234 says otherwise}",
        "eprint = {2601.01234}, eprinttype = {hal}",
        "pages = {2601.01234}",
    ],
)
def test_an_arxiv_id_of_another_paper_is_not_taken(field: str) -> None:
    assert keys(f"@article{{a, title={{A paper}}, {field}}}")[0].startswith("text:")


PUBMED = "pubmed.ncbi.nlm.nih.gov"
NBIB = """PMID- 41000001
OWN - NLM
TI  - A study of ants and of what is complexed with
      aurovertin B.
LID - S0000-1(26)1 [pii]
LID - 10.1234/nbib.2026.1 [doi]
AB  - We study
      ants.
FAU - Doe, Jane
AU  - Doe J
OT  - *ant walking
OT  - tunnels

PMID- 41000002
TI  - Another one without a DOI.
"""
WOS = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Doe, JA
   Roe, R
TI Ants in tunnels
   and elsewhere
DE ant walking; tunnels
DI 10.1234/wos.1
ER

EF
"""
ENDNOTE = """%0 Journal Article
%A Doe, Jane
%T Ants in tunnels
%R 10.1234/enw.1
%K ant walking
tunnels
%X We study ants.

%0 Generic
%T Another one, arXiv:2601.01234
%U https://arxiv.org/abs/2601.01234
"""


@pytest.mark.parametrize(
    ("text", "kind", "names", "wanted"),
    [
        (
            NBIB,
            "nbib",
            ["doi:10.1234/nbib.2026.1", "pmid:41000002"],
            ['"ant walking"', "tunnels"],
        ),
        (WOS, "wos", ["doi:10.1234/wos.1"], ['"ant walking"', "tunnels"]),
        (ENDNOTE, "endnote", ["doi:10.1234/enw.1", "arxiv:2601.01234"], ['"ant walking"', "tunnels"]),
        ("  TY - JOUR\n  T1 - Indented\n  N1 - doi: 10.1000/n\n  ER -\n", "ris", ["doi:10.1000/n"], []),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_other_references_in_tagged_lines(
    text: str, kind: str, names: list[str], wanted: list[str], line_end: str
) -> None:
    told = read(text.replace("\n", line_end))
    assert (told.kind, [paper.key for paper in told.papers]) == (kind, names)
    assert sorted(map(str, told.interests)) == wanted
    assert told.skipped == ()


def test_the_title_goes_on_over_lines() -> None:
    assert [read(text).papers[0].title for text in (NBIB, WOS)] == [
        "A study of ants and of what is complexed with aurovertin B.",
        "Ants in tunnels and elsewhere",
    ]


def test_macros_do_not_grow_without_end() -> None:
    doubled = "".join(f"@string{{a{n + 1} = a{n} # a{n}}}\n" for n in range(60))
    (paper,) = read(f'@string{{a0 = "xy "}}\n{doubled}@misc{{k, title = a60 # "end", doi={{10.1000/a}}}}').papers
    assert len(paper.title) <= 500


def test_the_keywords_of_many_papers_come_first() -> None:
    entries = (f"@misc{{k{n}, doi={{10.1000/{n}}}, keywords={{own {n}, shared words}}}}" for n in range(100))
    told = read("\n".join(entries))
    assert (len(told.papers), len(told.interests), str(told.interests[0])) == (100, 30, '"shared words"')
    assert told.skipped == (("71 more", "only the 30 keywords that most papers have become interests"),)


def test_of_one_paper_so_many_keywords_count() -> None:
    told = read("@misc{k, doi={10.1000/a}, keywords={" + ", ".join(f"word {n}" for n in range(500)) + "}}")
    assert told.skipped == (("70 more", "only the 30 keywords that most papers have become interests"),)


def test_only_so_much_is_told() -> None:
    told = read("@misc{a, x}\n" * 300)
    assert (len(told.skipped), told.skipped[-1]) == (101, ("200 more", "more than 100 are skipped"))
    assert read("@misc{a, doi={10.1000/a}}\n" * 2_001).skipped == (
        ("the rest", "only 2,000 entries of a file are read"),
    )


RIS = """\ufeffTY  - JOUR
TI  - Speech of
      the papers
AU  - Lovelace, Ada
AB  - We listen.
KW  - speech
KW  - hearing aids
DO  - 10.1000/XYZ
UR  - https://doi.org/10.1000/xyz
ER  -

TY  - PREP
T1  - Nothing ends this one
N2  - And yet.
UR  - https://arxiv.org/abs/2403.15527v2
TY  - BOOK
ER  -
TY  - GEN
TI  - The last one, to the end of the file"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_ris(line_end: str) -> None:
    told = read(RIS.replace("\n", line_end))
    assert (told.kind, [str(one) for one in told.interests]) == ("ris", ["speech", '"hearing aids"'])
    first, second, last = told.papers
    assert (first.key, first.title, first.abstract) == ("doi:10.1000/xyz", "Speech of the papers", "We listen.")
    assert (second.key, second.abstract) == ("arxiv:2403.15527", "And yet.")
    assert last.title == "The last one, to the end of the file"
    assert told.skipped == (("line 16", "it has no title, arXiv id, DOI or URL"),)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.bib", "BibTeX expected, an entry such as @article{key, title = {...}} (line 2, column 2)"),
        ("A.RIS", 'RIS expected, a reference that begins with "TY  - JOUR" (line 2, column 2)'),
    ],
)
def test_the_name_decides_where_the_content_does_not(name: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        keys("\n nothing of it", name)
    assert str(raised.value) == said


def test_chapters_that_share_the_address_of_their_book_are_papers_of_their_own():
    """Also where another entry, without a title, is known by that address alone."""
    gathering = Gathering()
    for title in ("Guano and the rift", "Techno-fix and capital", "Guano and the rift", ""):
        gathering.paper(entry_of(title, url="https://publisher.test/book"), "here")
    papers = gathering.done("bibtex").papers
    assert [paper.title for paper in papers] == ["Guano and the rift", "Techno-fix and capital", ""]
    assert [any(alias.startswith("url:") for alias in paper.aliases) for paper in papers] == [False, False, True]
