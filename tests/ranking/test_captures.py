"""Words that lie, on real days: what substring matching would have mailed, and what is found."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from digest.model import Paper
from digest.ranking.check import check
from digest.ranking.query import parse

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = re.compile(r"https?://[^\s{}<>]+")
"""What is no text to a reader."""


@pytest.fixture(scope="module")
def papers(captures: Path) -> list[Paper]:
    """The distinct papers of the first real days."""
    found: dict[str, Paper] = {}
    for file in sorted((captures / "hf_daily_json").glob("*.json"))[:30]:
        for entry in json.loads(file.read_text("utf-8")):
            row = entry["paper"]
            title, abstract = (" ".join((row.get(f) or "").split()) for f in ("title", "summary"))
            found[row["id"]] = Paper(key=row["id"], title=title, abstract=abstract)
    return list(found.values())


@pytest.mark.parametrize("term", ["RAG", "SAM", "AI", "RL", "LoRA", "GAN"])
def test_acronyms_are_found_as_words_only(papers: list[Paper], term: str) -> None:
    word = re.compile(rf"(?<![^\W_]){term}(?:['’]?s)?(?![^\W_])")
    texts = [ADDRESS.sub("", f"{p.title} \n {p.abstract}") for p in papers]
    (found,) = check(parse(f'"{term}"'), papers)
    assert found.hits == sum(bool(word.search(t)) for t in texts)
    assert found.hits < sum(term.lower() in t.lower() for t in texts) / 2


@pytest.mark.parametrize("term", ["LLM", "benchmark", "agent", "dataset"])
def test_plurals_are_found(papers: list[Paper], term: str) -> None:
    word = re.compile(rf"\b{term}s?\b", re.IGNORECASE)
    (found,) = check(parse(term.lower()), papers)
    assert found.hits >= sum(bool(word.search(ADDRESS.sub("", f"{p.title} \n {p.abstract}"))) for p in papers) > 20


def test_a_phrase_is_found_in_both_numbers(papers: list[Paper]) -> None:
    phrase = re.compile(r"\bdiffusion[ -]models?\b", re.IGNORECASE)
    (found,) = check(parse('"diffusion model"'), papers)
    assert found.hits == sum(bool(phrase.search(p.title) or phrase.search(p.abstract)) for p in papers) > 20
