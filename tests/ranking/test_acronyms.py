"""What acronyms stand for: as papers define them, as is well known, and what interests make of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.ranking.abbreviations import WELL_KNOWN
from digest.ranking.acronyms import LONGEST, MOST_FORMS, MOST_WORDS, SHORTEST, Glossary, count, normal, pairs, same_term
from tests.factories import paper


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the long form first
        ("We use retrieval-augmented generation (RAG).", ("RAG", "retrieval augmented generation")),
        ("Low-Rank Adaptation (LoRA) is cheap", ("LoRA", "low rank adaptation")),
        ("of Large Language Models (LLMs)", ("LLM", "large language model")),
        ("The Segment Anything Model (SAM)", ("SAM", "segment anything model")),
        ("Sharpness-Aware Minimization (SAM)", ("SAM", "sharpness aware minimization")),
        ("Chain-of-Thought (CoT)", ("CoT", "chain of thought")),
        ("a variational autoencoder (VAE)", ("VAE", "variational autoencoder")),
        ("Proximal Policy Optimization (PPO)", ("PPO", "proximal policy optimization")),
        ("multi-modal large language models (MLLMs)", ("MLLM", "multi modal large language model")),
        ("Advances in AI-generated content (AIGC)", ("AIGC", "ai generated content")),
        ("Spatial Audio-Driven Human Motion (SAM)", ("SAM", "spatial audio driven human motion")),
        ("text-to-video (T2V)", ("T2V", "text to video")),
        ("3D Gaussian Splatting (3DGS)", ("3DGS", "3d gaussian splatting")),
        ("neural radiance fields (NeRFs)", ("NeRF", "neural radiance field")),
        ("the reward model (“RM”) that", ("RM", "reward model")),
        ("reinforcement learning (RL; see Sutton)", ("RL", "reinforcement learning")),
        ("It is done. Graph neural networks (GNN)", ("GNN", "graph neural network")),
        # the short form first
        ("RAG (retrieval-augmented generation)", ("RAG", "retrieval augmented generation")),
        ("With GANs (generative adversarial networks),", ("GAN", "generative adversarial network")),
        ("VQA (visual question answering; old)", ("VQA", "visual question answering")),
    ],
)
def test_a_definition(text: str, expected: tuple[str, str]) -> None:
    assert pairs(text) == {expected}


@pytest.mark.parametrize(
    "text",
    [
        "accepted for a conference (CVPR)",
        "a new idea in this field (AI)",
        "as is known (see Table A)",
        "large language models (llms)",
        "the model (M)",
        "retrieval-augmented generation (RAG",
        "retrieval-augmented generation [RAG]",
        "RAG (we retrieve and generate)",
        "the RAG (RAG)",
        "Retrieval. Augmented generation (RAG)",
        "()(())(A)( )",
        "",
    ],
)
def test_no_definition(text: str) -> None:
    assert pairs(text) == set()


def test_several_definitions_of_one_text() -> None:
    text = "Reinforcement learning (RL) for vision-language models (VLMs), with RL (reinforcement learning)."
    assert pairs(text) == {("RL", "reinforcement learning"), ("VLM", "vision language model")}


@given(st.text(max_size=300))
@example("İİ" * 9 + " (II)")
@example("ß" * 20 + "(SS)")
def test_whatever_the_text_pairs_are_in_bounds_and_normal(text: str) -> None:
    for short, long in pairs(text):
        assert SHORTEST <= len(short) <= LONGEST
        assert 0 < len(long.split()) <= MOST_WORDS
        assert long == " ".join(long.split())


@given(st.lists(st.sampled_from(["graph", "neural", "deep", "Net", "of", "multi-", "(GNN)", "DN (", ")"]), max_size=12))
def test_texts_made_of_terms_and_brackets(parts: list[str]) -> None:
    for short, long in pairs(" ".join(parts)):
        assert (short[0].lower(), short) in {(long[0], "GNN"), (long[0], "DN")}


@pytest.mark.parametrize(
    "hostile", ["(", "(AB)", "a b (AB) ", "()", "((((AB))))", "A" * 50 + "(", "(AB" * 3, "AB (a b) "]
)
def test_endless_texts_take_no_longer(hostile: str) -> None:
    text = hostile * (400_000 // len(hostile))
    began = time.process_time()
    pairs(text)
    assert time.process_time() - began < 2


def test_papers_are_counted_once_each() -> None:
    twice = paper(title="Graph neural networks (GNNs)", abstract="Graph neural networks (GNN) learn.")
    once = paper(title="x", abstract="Any graph neural network (GNN), and deep learning (DL).")
    assert count([twice, once]) == {("GNN", "graph neural network"): 2, ("DL", "deep learning"): 1}
    assert count([]) == {}


def test_the_normal_form_knows_no_hyphen_number_or_case() -> None:
    assert normal("Retrieval-Augmented Generations") == normal("retrieval augmented generation")
    assert {normal(long) for _, long in WELL_KNOWN} == {normal(normal(long)) for _, long in WELL_KNOWN}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("large language model", "large language model", True),
        ("large language model", "large scale language model", True),
        ("reinforcement learning from human feedback", "reinforcement learning with human feedback", True),
        ("fine tuning", "finetuning", True),
        ("segment anything model", "sharpness aware minimization", False),
        ("text to speech", "test time scaling", False),
    ],
)
def test_the_same_term_in_other_words(one: str, other: str, expected: bool) -> None:
    assert same_term(one, other) is same_term(other, one) is expected


def test_an_empty_glossary_knows_what_is_well_known() -> None:
    known = Glossary()
    assert known.long_forms("RAG") == known.long_forms("RAGs") == ("retrieval augmented generation",)
    assert known.short_forms("Retrieval-Augmented Generation") == ("RAG",)
    assert known.long_forms("SSL") == ("self supervised learning", "semi supervised learning")
    assert known.short_forms("self-supervised learning") == ()
    for short, long in WELL_KNOWN:
        assert normal(long) in known.long_forms(short)


def test_case_tells_short_forms_apart() -> None:
    assert [Glossary().long_forms(short) for short in ("GaN", "LoRa", "Sam", "Ai", "")] == [()] * 5
    assert Glossary().long_forms("llm") == Glossary().long_forms("llms") == ("large language model",)
    learned = Glossary({("ACT", "action chunking transformer"): 9})
    assert learned.long_forms("ACT") == ("action chunking transformer",)
    assert learned.long_forms("act") == ()


def test_long_forms_need_support() -> None:
    counts = {("ABC", "a big cat"): 30, ("ABC", "another bad case"): 3, ("ABC", "an old one"): 1, ("XY", "x yes"): 1}
    assert Glossary(counts).long_forms("ABC") == ("a big cat",)
    assert Glossary({**counts, ("ABC", "another bad case"): 4}).long_forms("ABC") == ("a big cat", "another bad case")
    assert Glossary(counts).long_forms("XY") == ()
    many = {("MANY", f"many {n} yes"): 5 for n in range(9)}
    assert len(Glossary(many).long_forms("MANY")) == MOST_FORMS


def test_a_term_has_an_acronym_only_where_that_mostly_means_it() -> None:
    counts = {("SAM", "sharpness aware minimization"): 6, ("ABC", "a big cat"): 3, ("XY", "x yes"): 9}
    known = Glossary(counts)
    assert known.short_forms("segment anything model") == known.short_forms("sharpness-aware minimization") == ()
    assert known.short_forms("A big cats") == ("ABC",)
    assert known.short_forms("x yes") == ()
    assert Glossary({("XY", "x yes"): 10}).short_forms("x-yes") == ("XY",)
    assert Glossary({("ABC", "a big cat"): 2}).short_forms("a big cat") == ()


def test_spellings_that_differ_in_blanks_only_are_one_term() -> None:
    known = Glossary({("MMX", "multi modal x"): 2, ("MMX", "multimodal x"): 3})
    assert known.long_forms("MMX") == ("multimodal x",)
    assert known.short_forms("multi-modal x") == known.short_forms("multimodal X") == ("MMX",)


def test_glossaries_of_the_same_counts_are_equal() -> None:
    one, other = Glossary({("AB", "a b"): 2}), Glossary({("AB", "a b"): 2})
    assert one.long_forms("AB") == ("a b",)
    assert one == other != Glossary()
