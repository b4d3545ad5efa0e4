"""Words that lie: does a paper use a keyword, as a reader sees it, and does the matcher say the same?

``words_that_lie.tsv`` holds pairs of a keyword and a paper of the captured days, with a verdict that was read off the
words around: for true one or more places, for false every word that holds the letters. The pairs were drawn by the
SHA-256 of keyword and paper, so many of each sort (whole word, plural, hyphen, term only, other case, glued), and
filled up to 36 a keyword with words that merely hold the letters.

True: the keyword stands as a word of its own, in its plural or possessive, in a compound with a hyphen, or the term
that it is short for is written out, whatever the letters mean there.
False: a part of another word or name, another case that means another thing, a web address, half of the term.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from digest.model import Paper
from digest.ranking.acronyms import Glossary, count
from digest.ranking.corpus import Corpus
from digest.ranking.matching import compiled
from digest.ranking.query import parse
from tests.ranking.looking import find

KEYWORDS = ("RAG", "SAM", "AI", "RL", "LoRA", "GAN")
LEAST_FOUND = 0.95


class Judged(NamedTuple):
    """A pair as it was judged."""

    keyword: str
    paper: str
    verdict: bool
    why: str


def judged() -> list[Judged]:
    """The sample, in the order of the file."""
    with Path(__file__).with_name("words_that_lie.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Judged(r["keyword"], r["paper"], {"true": True, "false": False}[r["verdict"]], r["why"]) for r in rows]


@pytest.fixture(scope="module")
def papers(captures: Path) -> dict[str, Paper]:
    """The distinct papers of all captured days, by key."""
    found: dict[str, Paper] = {}
    for file in sorted((captures / "hf_daily_json").glob("*.json")):
        for entry in json.loads(file.read_text("utf-8")):
            row = entry["paper"]
            title, abstract = (" ".join((row.get(f) or "").split()) for f in ("title", "summary"))
            found.setdefault(row["id"], Paper(key=row["id"], title=title, abstract=abstract))
    return found


@pytest.fixture(scope="module")
def glossary(papers: dict[str, Paper]) -> Glossary:
    """What the acronyms of the captured days stand for."""
    return Glossary(count(papers.values()))


@pytest.fixture(scope="module")
def corpus(papers: dict[str, Paper]) -> Corpus:
    """All of them, made ready."""
    return Corpus(tuple(papers.values()))


@pytest.fixture(scope="module")
def found(corpus: Corpus, glossary: Glossary) -> set[tuple[str, str]]:
    """The pairs that the matcher finds."""
    return {(term, key) for term in KEYWORDS for key in hits(term, corpus, glossary)}


def hits(query: str, corpus: Corpus, glossary: Glossary) -> set[str]:
    """The keys of the papers that hold all units of one interest."""
    (interest,) = parse(query)
    evidence = find(compiled(interest, glossary), corpus)
    return {corpus.papers[n].key for n, e in evidence.items() if e.whole or all(e.units)}


def test_the_sample_is_as_large_and_as_mixed_as_promised() -> None:
    sample = judged()
    assert len(sample) == len({(j.keyword, j.paper) for j in sample}) >= 200
    assert {j.keyword for j in sample} == set(KEYWORDS)
    assert 0.4 < sum(j.verdict for j in sample) / len(sample) < 0.6
    assert all(j.why for j in sample)


def test_nothing_is_found_where_nothing_was_said(found: set[tuple[str, str]]) -> None:
    assert [j for j in judged() if not j.verdict and (j.keyword, j.paper) in found] == []


def test_hardly_anything_that_was_said_is_missed(found: set[tuple[str, str]]) -> None:
    told = [j for j in judged() if j.verdict]
    missed = [j for j in told if (j.keyword, j.paper) not in found]
    assert 1 - len(missed) / len(told) >= LEAST_FOUND, missed


@pytest.mark.parametrize(("term", "more"), [("RAG", 5), ("AI", 10), ("RL", 150), ("LLM", 200), ("VLM", 50), ("MoE", 5)])
def test_a_term_written_out_is_found_where_letters_are_not(
    corpus: Corpus, glossary: Glossary, term: str, more: int
) -> None:
    letters = hits(f'"{term}"', corpus, glossary)
    both = hits(term, corpus, glossary)
    assert letters < both
    assert len(both) - len(letters) >= more


def test_a_term_is_not_found_by_letters_that_mean_something_else(corpus: Corpus, glossary: Glossary) -> None:
    motion_dataset = "2507.11949"
    assert motion_dataset in hits("SAM", corpus, glossary)
    assert motion_dataset not in hits("segment anything model", corpus, glossary)
