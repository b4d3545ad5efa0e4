"""Trying interests out: what is counted, and what is warned of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from digest.ranking.acronyms import Glossary
from digest.ranking.check import Check, check, day
from digest.ranking.past import Past
from digest.ranking.query import parse
from tests.factories import paper
from tests.ranking.strategies import batches, interests

if TYPE_CHECKING:
    from digest.model import Interest, Paper

DAY = date(2026, 5, 20)
FILLING = [paper(title=f"Thing {n}", authors=("Ada Lovelace",)) for n in range(20)]


def warnings(query: str, *papers: Paper) -> list[tuple[str, ...]]:
    return [found.warnings for found in check(parse(query), [*papers, *FILLING])]


def one(query: str, *papers: Paper) -> str:
    """The one warning about the one interest."""
    (((warning,)),) = warnings(query, *papers)
    return warning


def test_hits_and_examples() -> None:
    papers = [paper(title=t) for t in ("Cats", "Cats and cats", "Dogs", *(f"Thing {n}" for n in range(8)))]
    cats, dogs, wolves = parse("cats, dogs, wolves")
    assert check([cats, dogs, wolves], papers) == [
        Check(cats, 2, 11, ("Cats and cats", "Cats")),
        Check(dogs, 1, 11, ("Dogs",)),
        Check(wolves, 0, 11, warnings=("matches nothing",)),
    ]


def test_words_phrases_authors_categories_fields_and_exclusions() -> None:
    papers = [
        paper(title="State space models", categories=("cs.LG",), authors=("Tri Dao",)),
        paper(title="A space", abstract="Of states.", categories=("cs.CL",)),
        *FILLING,
    ]
    asked = parse(
        'state space, "state space", title:space, abstract:states, author:"T. Dao", cat:cs.CL, cat:cs, -space'
    )
    assert [found.hits for found in check(asked, papers)] == [2, 1, 2, 1, 1, 1, 2, 2]


def test_hits_are_counted_by_iso_week_with_the_empty_ones() -> None:
    papers = [paper(title="Cats"), paper(title="Cats"), paper(title="Dogs"), paper(title="Cats")]
    told = [date(2026, 1, 4), date(2026, 1, 5), date(2025, 12, 22), date(2026, 1, 19)]
    days = dict(zip((p.key for p in papers), told, strict=True))
    (cats,) = check(parse("cats"), papers, days=days)
    assert cats.weeks == (("2025-W52", 0), ("2026-W01", 1), ("2026-W02", 1), ("2026-W03", 0), ("2026-W04", 1))


@pytest.mark.parametrize(
    ("listed", "published", "counted"),
    [
        (date(2026, 5, 12), datetime(2026, 5, 11, tzinfo=UTC), date(2026, 5, 12)),
        (None, datetime(2026, 5, 11, tzinfo=UTC), date(2026, 5, 11)),
        (None, None, DAY),
        (None, datetime(2019, 1, 1, tzinfo=UTC), DAY),
        (date(2027, 1, 1), None, DAY),
    ],
)
def test_the_day_of_a_paper(listed: date | None, published: datetime | None, counted: date) -> None:
    assert day(paper(listed_on=listed, published=published), DAY, date(2026, 5, 1)) == counted


def test_what_goes_with_an_interest_is_told_strongest_first() -> None:
    past = Past(expansions={"cats": {"purr": 0.2, "whisker": 0.9, "mew": 0.2}})
    wanted, unwanted, unknown = check(parse("cats^3, -cats, dogs"), FILLING, past)
    assert wanted.goes_with == (("whisker", 0.9), ("mew", 0.2), ("purr", 0.2))
    assert (unwanted.goes_with, unknown.goes_with) == ((), ())


def test_in_which_other_forms_it_is_found() -> None:
    past = Past(glossary=Glossary({("ZQW", "zeta quark wave"): 50}))
    asked = parse('ZQW, zeta quark waves, ZQW agents, "ZQW", author:ZQW')
    assert [found.found_as for found in check(asked, FILLING, past)] == [
        ("zeta quark wave",),
        ("ZQW",),
        ("zeta quark wave",),
        (),
        (),
    ]


def test_nothing_is_warned_of_without_papers() -> None:
    assert [found.warnings for found in check(parse("cats, author:XY, RAG"), [])] == [(), (), ()]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("RAG", 'matches nothing; "rag", in any case, would match 3'),
        ("difusion", 'matches nothing; did you mean "diffusion"?'),
        ("Difusion modls", 'matches nothing; did you mean "diffusion models"?'),
        ('"latent difusion"', 'matches nothing; did you mean "latent diffusion"?'),
        ("difusion^2 ", 'matches nothing; did you mean "diffusion"?'),
        ("title:rag", "matches nothing; outside of the title it would match 3"),
        ('"model diffusion"', "matches nothing; its words never stand in a row; without quotes it would match 3"),
        ('"old diffusion"', "matches nothing; each of its words occurs, but never together with the others"),
        ("old diffusion", "matches nothing; each of its words occurs, but never together with the others"),
        ("Lovelace", 'matches nothing; "author:Lovelace" would match 20'),
        ("author:Lovelase", 'matches nothing; did you mean author:"Ada Lovelace"?'),
        ("author:Knuth", "matches nothing"),
        ("stat", 'matches nothing; "cat:stat" would match 1'),
        ("cat:cs.CK", 'matches nothing; did you mean "cat:cs.CL"?'),
        ("cat:math.PR", "matches nothing; the stored papers are mostly in cs.CL, stat.ML"),
        ("unheardof", "matches nothing"),
    ],
)
def test_why_an_interest_finds_nothing(query: str, said: str) -> None:
    diffusion = [
        paper(title="Latent diffusion models", abstract="An old rag.", categories=("cs.CL",), authors=("Tri Dao",)),
        paper(title="Diffusion models", abstract="A rag.", categories=("cs.CL",), authors=()),
        paper(title="Diffusion models", abstract="A rag.", categories=("cs.CL", "stat.ML"), authors=()),
    ]
    if "old" in query:
        diffusion[0] = paper(title="Latent diffusion models")
        diffusion.append(paper(title="Old clocks"))
    assert one(query, *diffusion) == said


def test_a_word_of_two_papers_is_no_pattern_for_a_typo() -> None:
    assert one("difusion", paper(title="Diffusion"), paper(title="Diffusion")) == "matches nothing"


def test_what_no_source_brings_is_told() -> None:
    nameless = [paper(authors=())]
    asked = parse("cat:cs.CL, author:Knuth")
    assert [found.warnings for found in check(asked, nameless)] == [
        ("matches nothing; no source that is stored names categories",),
        ("matches nothing; no source that is stored names authors",),
    ]


def test_too_much_is_told() -> None:
    cats = [paper(title="Cats") for _ in range(10)]
    assert one("cats", *cats) == "matches 33% of the papers, so it says little"
    assert one("-cats", *cats) == "hides 33% of the papers"
    assert one("-cats^0.5", *cats) == "demotes 33% of the papers"
    assert one("study", *cats) == "matches nearly every paper (100%), so it says nothing"
    assert [found.warnings for found in check(parse("cats"), cats[:1])] == [()]


def test_a_single_letter_is_told() -> None:
    assert warnings("x, C++, 猫", paper(title="X and C++ and 猫")) == [
        ("is a single letter, which stands for many things",),
        (),
        (),
    ]


def test_an_exclusion_against_a_wish_is_told() -> None:
    papers = [paper(title="Cats: a survey"), paper(title="Cats"), paper(title="Dogs"), paper(title="A survey")]
    assert warnings("cats, dogs, -survey", *papers) == [(), (), ('hides 1 of the 2 papers that "cats" finds',)]
    assert warnings('"dogs"^2, -dogs^.5', *papers)[1] == ('demotes the one paper that "dogs" finds',)
    assert warnings("-survey, -cats", *papers) == [(), ()]


@given(batches(), interests())
def test_whatever_is_tried_the_numbers_agree(papers: list[Paper], interest: Interest) -> None:
    days = {p.key: date(2026, 5, 1 + n) for n, p in enumerate(papers)}
    (found,) = check([interest], papers, days=days)
    assert found.papers == len(papers)
    assert sum(hits for _, hits in found.weeks) == found.hits <= len(papers)
    assert len(found.examples) == min(found.hits, 3)
    assert bool(found.hits) == (not any(w.startswith("matches nothing") for w in found.warnings)) or not papers
