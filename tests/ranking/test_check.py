"""Trying interests out."""

from __future__ import annotations

from digest.ranking.check import Check, check
from digest.ranking.query import parse
from tests.factories import paper


def test_hits_examples_and_warnings() -> None:
    papers = [paper(title=t) for t in ("Cats", "Cats and cats", "A rag", "Dogs", *(f"Thing {n}" for n in range(7)))]
    cats, dogs, rag, wolves = parse("cats, dogs, RAG, wolves")
    assert check([cats, dogs, rag, wolves], papers) == [
        Check(cats, 2, 11, ("Cats and cats", "Cats")),
        Check(dogs, 1, 11, ("Dogs",)),
        Check(rag, 0, 11, (), 'matches nothing; "rag", in any case, would match 1'),
        Check(wolves, 0, 11, (), "matches nothing"),
    ]


def test_an_interest_that_hits_too_much_is_told() -> None:
    papers = [paper(title="Cats") for _ in range(3)] + [paper() for _ in range(7)]
    (found,) = check(parse("-cats"), papers)
    assert (found.hits, len(found.examples)) == (3, 3)
    assert found.warning == "matches 30% of the papers, so it says little"


def test_without_papers_nothing_is_warned_of() -> None:
    assert [c.warning for c in check(parse("cats, author:X, RAG"), [])] == ["", "", ""]
    assert [c.warning for c in check(parse("author:XY"), [paper()])] == ["matches nothing"]
