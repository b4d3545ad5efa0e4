"""Words, their keys and stems: which spellings are one, and which must stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.stem import root, singular
from digest.ranking.tokens import bare, is_acronym, key, spans, strict_key, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("leverage RAG-based LLMs", ["leverage", "RAG", "based", "LLMs"]),
        ("the LLM's, GPT-4o (2024)", ["the", "LLM's", "GPT", "4o", "2024"]),
        ("C++ and PointNet++ in C#", ["C++", "and", "PointNet++", "in", "C#"]),
        ("snake_case β-VAE L²", ["snake", "case", "β", "VAE", "L²"]),
        ("扩散模型 for 日本語", ["扩", "散", "模", "型", "for", "日", "本", "語"]),
        ("… — !", []),
        # web addresses
        ("RL at https://github.com/RL-MIND/x. AI", ["RL", "at", "AI"]),
        ("see www.example.org/ai, Github.com/a/b", ["see"]),
        ("(https://x.test/LoRA)", []),
        (r"\url{http://x.test/GAN} and/or RAG", ["url", "and", "or", "RAG"]),
        ("https://x.test/a。扩散", ["扩", "散"]),
        ("the www, http and github.com", ["the", "www", "http", "and", "github", "com"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "spellings",
    [
        ["model", "models", "Models", "model's", "MODEL", "modeling", "modelling", "modelled"],
        ["LLM", "LLMs", "LLM's", "llm", "llms"],
        ["study", "studies", "Studying", "studied"],
        ["reason", "reasoning", "reasons", "reasoned"],
        ["scale", "scaling", "scaled", "scales"],
        ["plan", "planning", "plans", "planned"],
        ["embed", "embedding", "embeddings", "embedded"],
        ["generate", "generating", "generation", "generated"],
        ["optimize", "optimise", "optimization", "optimisation", "optimizing"],
        ["behavior", "behaviour", "behaviours"],
        ["bias", "biases", "biased"],
        ["analysis", "analyses"],
        ["matrix", "matrices"],
        ["cache", "caching", "caches", "cached"],
        ["beta", "β", "Beta"],
        ["Poincaré", "poincare", "POINCARÉ"],
        ["PointNet", "PointNet++", "pointnet"],
    ],
)
def test_spellings_of_one_word(spellings: list[str]) -> None:
    assert {key(s) for s in spellings} == {key(spellings[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RL", "RLS"),
        ("new", "news"),
        ("len", "lens"),
        ("general", "generative"),
        ("contrast", "contrastive"),
        ("plane", "planning"),
        ("care", "cars"),
        ("C", "C++"),
        ("sing", "string"),
        ("universe", "university"),
    ],
)
def test_words_that_lie(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_a_strict_key_folds_number_but_no_tense() -> None:
    assert strict_key("Models") == strict_key("model") == "model"
    assert strict_key("modeling") == "modeling"
    assert [singular(w) for w in ("loss", "losses", "virus", "classes", "boxes", "approaches")] == [
        *("loss", "loss", "virus", "class", "box", "approach")
    ]


def test_bare_words_keep_a_capital_s() -> None:
    assert [bare(w) for w in ("LLMs", "LLM's", "RLS", "GPT4s", "models", "As")] == [
        "LLM",
        "LLM",
        "RLS",
        "GPT4",
        "models",
        "As",
    ]


@pytest.mark.parametrize("word", ["RAG", "LoRA", "LLMs", "AI", "PhD", "GPT4"])
def test_acronyms(word: str) -> None:
    assert is_acronym(word)


@pytest.mark.parametrize("word", ["rag", "Rag", "A", "TRANSFORMER", "SLOWLY", "T5", "2024"])
def test_no_acronyms(word: str) -> None:
    assert not is_acronym(word)


def test_roots_join_derivations() -> None:
    assert {root(key(w)) for w in ("recommendation", "recommender", "recommends")} == {"recommend"}
    assert root(key("robustness")) == root(key("robust"))
    assert root("扩") == "扩"


@given(st.text(max_size=80))
def test_spans_point_at_the_words(text: str) -> None:
    assert [text[a:b] for a, b in spans(text)] == words(text)


@given(st.text(max_size=30))
def test_every_word_has_a_key(text: str) -> None:
    assert all(key(w) and strict_key(w) for w in words(text))
    assert all(root(key(w)) for w in words(text))


def test_endless_words_take_no_longer() -> None:
    assert words("a" * 20_000) == ["a" * 20_000]
    assert words("https://" * 20_000) == words("www." * 20_000) == []
    assert len(words("github.com" * 20_000)) == 20_001
    assert key("ing" * 7_000)
