"""Acronyms and what they stand for, as one interest finds both."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Interest, InterestKind, Paper
from digest.ranking import report
from digest.ranking.acronyms import Glossary
from digest.ranking.corpus import Corpus
from digest.ranking.matching import compiled
from digest.ranking.query import parse
from tests.ranking.looking import find
from tests.ranking.strategies import batches, interests

LEARNED = Glossary({("SAM", "sharpness aware minimization"): 2, ("ABC", "a big cat"): 9})


def hits(query: str, title: str, abstract: str = "", glossary: Glossary = LEARNED) -> list[str]:
    """The texts in the title that one interest hits."""
    (interest,) = parse(query)
    corpus = Corpus([Paper(key="p", title=title, abstract=abstract)])
    found = find(compiled(interest, glossary), corpus)
    told = [e for e in found.values() if e.whole or all(e.units)]
    return [
        title[a:b] for e in told for m in report.matches(interest, e, corpus) if m.field == "title" for a, b in m.spans
    ]


@pytest.mark.parametrize(
    ("interest", "title", "expected"),
    [
        # from the acronym to the term
        ("RAG", "Retrieval-Augmented Generation (RAG)", ["Retrieval-Augmented Generation", "RAG"]),
        ("RAG", "On retrieval augmented generations", ["retrieval augmented generations"]),
        ("RAGs", "On retrieval-augmented generation", ["retrieval-augmented generation"]),
        ("RAG", "Retrieval-augmented conditioning", []),
        ("RAG", "Generation, augmented by retrieval", []),
        ("rag", "RAG, rag dolls, retrieval-augmented generation", ["RAG", "rag", "retrieval-augmented generation"]),
        ("PEFT", "Parameter-efficient finetuning", ["Parameter-efficient finetuning"]),
        ("MoE", "A mixture of experts", ["mixture of experts"]),
        ("T2I", "Text-to-image", ["Text-to-image"]),
        ("RLHF", "Reinforcement learning with human feedback", ["Reinforcement learning with human feedback"]),
        ("SAM", "Sharpness-aware minimization", ["Sharpness-aware minimization"]),
        ("ABC", "A big cat", ["A big cat"]),
        ("abc", "A big cat", []),
        # from the term to the acronym, in its exact case
        ("retrieval-augmented generation", "RAG, rag and Rag", ["RAG"]),
        ("Large Language Models", "LLMs, llms and the LLM's", ["LLMs", "LLM's"]),
        ("mixture of experts", "MoE-based", ["MoE"]),
        ("mixture-of-experts", "MoE", ["MoE"]),
        ("parameter-efficient finetuning", "PEFT", ["PEFT"]),
        ("text to image", "T2I", ["T2I"]),
        ("language models", "LLMs", []),
        ("low-rank adaptation", "LoRa, LoRA", ["LoRA"]),
        ("segment anything", "SAM", []),
        # among other words
        (
            "RAG evaluation",
            "Evaluation of retrieval-augmented generation",
            ["Evaluation", "retrieval-augmented generation"],
        ),
        ("RAG evaluation", "Retrieval-augmented generation evaluation", ["Retrieval-augmented generation evaluation"]),
        ("large language model reasoning", "LLM reasoning", ["LLM reasoning"]),
        ("large language model reasoning", "Reasoning with LLMs", ["Reasoning", "LLMs"]),
        ("LLM-based agents", "Large language model-based agent", ["Large language model-based agent"]),
        ("large language model agents", "An agent; language", []),
        ("LLM RL", "Large language models: reinforcement learning", ["Large language models: reinforcement learning"]),
        ("retrieval-augmented generation RAG", "RAG", ["RAG"]),
        # quotes
        ('"large language models"', "LLMs", ["LLMs"]),
        ('"large language model reasoning"', "LLM reasoning", []),
        ('"RAG"', "Retrieval-augmented generation (RAG)", ["RAG"]),
        # fields
        ("title:RAG", "Retrieval-augmented generation", ["Retrieval-augmented generation"]),
        ('title:"mixture of experts"', "MoE", ["MoE"]),
        ("abstract:RAG", "Retrieval-augmented generation", []),
    ],
)
def test_acronyms_and_terms_find_each_other(interest: str, title: str, expected: list[str]) -> None:
    assert hits(interest, title) == expected


def test_a_paper_that_defines_other_letters_is_not_found_by_the_term() -> None:
    abstract = "We revisit Sharpness-Aware Minimization (SAM)."
    only_well_known = Glossary()
    assert hits("segment anything model", "SAM again", abstract, only_well_known) == []
    assert hits("SAM", "SAM again", abstract, only_well_known) == ["SAM"]
    assert hits("segment anything model", "SAM again", "We use it.", only_well_known) == ["SAM"]
    assert hits("large language model", "An LLM", "Large-scale language models (LLMs)") == ["LLM"]


def test_an_acronym_with_two_meanings_is_not_what_a_term_finds() -> None:
    torn = Glossary({("SAM", "sharpness aware minimization"): 8})
    assert hits("segment anything model", "SAM", glossary=torn) == []
    assert hits("SAM", "Segment anything model", glossary=torn) == ["Segment anything model"]


def test_what_is_marked_twice_is_counted_once() -> None:
    assert hits("language models LLM", "Large language models") == ["Large language models"]


@given(batches(), interests(), st.sampled_from([Glossary(), LEARNED]))
def test_a_glossary_only_adds(papers: list[Paper], interest: Interest, glossary: Glossary) -> None:
    if interest.kind in (InterestKind.AUTHOR, InterestKind.CATEGORY):
        return
    corpus, pattern = Corpus(papers), compiled(interest, glossary)
    with_it, plain = find(pattern, corpus), find(compiled(interest, Glossary()), corpus)
    assert plain.keys() <= with_it.keys()
    for number, evidence in plain.items():
        assert all(set(a) <= set(b) for a, b in zip(evidence.units, with_it[number].units, strict=True))


@given(st.text(max_size=60))
def test_any_term_is_compiled(term: str) -> None:
    for kind in (InterestKind.WORDS, InterestKind.PHRASE):
        pattern = compiled(Interest(kind, term), LEARNED)
        assert all(set(alias.units) <= set(range(len(pattern.units))) for alias in pattern.aliases)
        assert all(alias.words for alias in pattern.aliases)
