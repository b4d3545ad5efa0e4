"""What an interest in words hits in a text, and where."""

from __future__ import annotations

import pytest

from digest.model import InterestKind, Match, Paper, Profile
from digest.ranking import ranker
from digest.ranking.query import parse

_SELF_SUPERVISED = ["Self-supervised", "selfsupervised", "self supervised", "SelfSupervised"]


def hits(interest: str, title: str, abstract: str = "", **fields: object) -> dict[str, list[str]]:
    """The texts that one interest hits, by field."""
    paper = Paper(key="p", title=title, abstract=abstract, **fields)  # type: ignore[arg-type]
    (scored,) = ranker().prepare([paper]).rank(Profile(parse(interest)))
    texts = {"title": title, "abstract": abstract}
    return {m.field: [texts[m.field][a:b] for a, b in m.spans] for m in scored.matches}


@pytest.mark.parametrize(
    ("interest", "title", "expected"),
    [
        # word boundaries
        ("RAG", "How to leverage coverage", []),
        ("RAG", "GraphRAG, RAG-based and (RAG)", ["RAG", "RAG"]),
        ("LoRA", "An exploration of LoRA", ["LoRA"]),
        ("AI", "AI training for an AIoT chain", ["AI"]),
        # number
        ("LLM", "LLMs, the LLM's and an LLM", ["LLMs", "LLM's", "LLM"]),
        ("LLMs", "One LLM", ["LLM"]),
        ("llm", "LLMs", ["LLMs"]),
        ("benchmark", "Two Benchmarks", ["Benchmarks"]),
        ("study", "Case studies", ["studies"]),
        ("RL", "RLS filters and RLs", ["RLs"]),
        ("bias", "A bi", []),
        # case as the tie-break for short acronyms
        ("RAG", "A rag doll", []),
        ("rag", "A rag doll and RAG", ["rag", "RAG"]),
        ("SAM", "Sam likes SAM and SAMs", ["SAM", "SAMs"]),
        ("GAN", "GaN transistors", []),
        ("LoRA", "LoRa radio, LORA, LoRAs", ["LoRAs"]),
        ("lora", "LoRa, LoRA, lora", ["LoRa", "LoRA", "lora"]),
        ("AI", "Training the Ai, AI-driven", ["AI"]),
        ("RL", "The world at https://x.test/RL/a is a URL, RL-based", ["RL"]),
        ("GAN", "Organs and GAN-like", ["GAN"]),
        ("SAM", "Samples by Sam Altman, SAM-2", ["SAM"]),
        ("Diffusion", "DIFFUSION and diffusion", ["DIFFUSION", "diffusion"]),
        ("DEEP LEARNING", "On deep learning", ["deep learning"]),
        # formulas, and other forms of a letter
        ("CO2", "CO₂, CO2 and ＣＯ２, not CO", ["CO₂", "CO2", "ＣＯ２"]),
        ("CO₂", "CO2 capture", ["CO2"]),
        ("co2", "CO₂", ["CO₂"]),
        ('"CO2 capture"', "On CO₂ capture", ["CO₂ capture"]),
        ("Bi2Te3", "Bi₂Te₃ films", ["Bi₂Te₃"]),
        ("LLM", "ＬＬＭ and ＬＬＭs", ["ＬＬＭ", "ＬＬＭs"]),
        ("R2", "An R² of 0.9", ["R²"]),
        ("H2O2", "H₂O and H₂O₂", ["H₂O₂"]),
        # letters with strokes, umlauts
        ("Lojasiewicz", "The Łojasiewicz and the Lojasiewicz inequality", ["Łojasiewicz", "Lojasiewicz"]),
        ("Łojasiewicz", "The Lojasiewicz inequality", ["Lojasiewicz"]),
        ("Jorgensen groups", "Jørgensen groups", ["Jørgensen groups"]),
        ("Schroedinger", "Schrödinger, Schrodinger and Schroedinger", ["Schrödinger", "Schroedinger"]),
        ("Schrödinger", "Schroedinger bridges", ["Schroedinger"]),
        ('"Schroedinger bridge"', "Schrödinger bridges", ["Schrödinger bridges"]),
        ("poem", "Pom", []),
        ("blue", "Blu and blü", ["blü"]),
        # Korean: particles stand behind the noun, and blanks may be left out
        ("기계 학습", "기계 학습을 이용한 개미의 연구", ["기계 학습을"]),
        ("기계학습", "기계 학습을", ["기계 학습을"]),
        ("기계 학습", "기계학습으로", ["기계학습으로"]),
        ("개미", "개미의 집, 개미에서, 개미까지", ["개미의", "개미에서", "개미까지"]),
        ("강의", "강", []),
        ("개미", "개미핥기", []),
        # spellings
        (
            "fine-tuning",
            "Fine-tuning, fine tuning, finetuning, finetuned",
            ["Fine-tuning", "fine tuning", "finetuning", "finetuned"],
        ),
        ("finetuning", "Fine-tuning and finetuning", ["Fine-tuning", "finetuning"]),
        ("data set", "Two datasets", ["datasets"]),
        ("dataset", "A data set", ["data set"]),
        ("self-supervised", "A self that is supervised", []),
        ("GPT-4o", "GPT-4o, GPT4o, GPT-4", ["GPT-4o", "GPT4o"]),
        ("GPT4", "gpt-4 or GPT-4", ["GPT-4"]),
        ("GPT-4", "GPT-4o, GPT4o, GPT 4, GPT4", ["GPT 4", "GPT4"]),
        ("GPT 4o", "GPT-4o, GPT4o", ["GPT-4o", "GPT4o"]),
        *(
            (term, "Self-supervised, selfsupervised, self supervised, SelfSupervised", _SELF_SUPERVISED)
            for term in ("self-supervised", "selfsupervised", "self supervised")
        ),
        ("Q-learning", "Q-Learning, Q learning, deep learning", ["Q-Learning", "Q learning"]),
        ("k-NN", "kNN, k-NN, KNN, k NN", ["kNN", "k-NN", "KNN", "k NN"]),
        ("kNN", "kNN, k-NN, KNN, k-nearest neighbours", ["kNN", "k-NN", "KNN"]),
        ("CoT", "The co-T of Co, T", []),
        ("3D", "3D, 3-D, 3d, 2D, 3DGS", ["3D", "3-D", "3d"]),
        ("text-to-image", "Text-to-Images, text and image", ["Text-to-Images"]),
        ("DeepSeek", "Deep Seek and deepseek-R1", ["Deep Seek", "deepseek"]),
        ("Newton", "Newton's and Newton’s method", ["Newton's", "Newton’s"]),
        ("Schrödinger bridge", "Schrodinger bridges", ["Schrodinger bridges"]),
        ("beta-VAE", "The β-VAE", ["β-VAE"]),
        ("β-VAE", "Beta VAE", ["Beta VAE"]),
        ("Poincare", "Poincaré maps", ["Poincaré"]),
        ("C++", "In C and C++", ["C++"]),
        ("扩散", "视频扩散模型", ["扩散"]),
        ("reasoning", "To reason", ["reason"]),
        ("generative models", "General models", []),
        ("behaviour", "On behavior", ["behavior"]),
        # several words
        ("diffusion models", "Diffusion for video models", ["Diffusion", "models"]),
        ("diffusion models", "A diffusion model, and models", ["diffusion model"]),
        ("diffusion models", "Language models", []),
        ("model of depression", "Depression of a model", ["Depression", "model"]),
        ("model of depression", "A model of depression", ["model of depression"]),
        ("graph neural network training", "Graph neural network", ["Graph", "neural", "network"]),
        ("graph neural network training", "Graph networks", []),
        # phrases
        ('"diffusion models"', "Diffusion for models, a diffusion model", ["diffusion model"]),
        ('"the model"', "The models and a model", ["The models"]),
        ('"models"', "Modeling a model", ["model"]),
        ('"in context"', "In-context learning", ["In-context"]),
    ],
)
def test_hits_in_a_title(interest: str, title: str, expected: list[str]) -> None:
    assert hits(interest, title).get("title", []) == expected


def test_each_field_is_told_and_restricted_by_its_name() -> None:
    title, abstract = "Diffusion models", "We train diffusion models. Diffusion models are slow."
    assert hits("diffusion models", title, abstract) == {
        "title": ["Diffusion models"],
        "abstract": ["diffusion models", "Diffusion models"],
    }
    assert hits("title:diffusion", title, abstract) == {"title": ["Diffusion"]}
    assert hits('abstract:"diffusion models"', title, abstract) == {
        "abstract": ["diffusion models", "Diffusion models"]
    }
    assert hits("title:slow", title, abstract) == {}


def test_words_of_different_fields_are_no_phrase() -> None:
    assert hits('"diffusion models"', "On diffusion", "Models of it") == {}
    assert hits("diffusion models", "On diffusion", "Models of it") == {"title": ["diffusion"], "abstract": ["Models"]}
    assert hits('"open models"', "x", keywords=("open", "models")) == {}


def test_keywords_authors_and_categories_count_without_spans() -> None:
    paper = Paper(
        key="p",
        title="A title",
        authors=("Yann LeCun", "Kaiming He", "LeCun, Y."),
        categories=("cs.CL", "cs.LG", "astro-ph.CO"),
        keywords=("diffusion models", "diffusion"),
    )
    index = ranker().prepare([paper])
    asked = 'diffusion^2, author:"Y. LeCun", author:Lovelace, cat:cs, cat:CS.cl, cat:astro-ph.*, cat:c, cat:math'
    (scored,) = index.rank(Profile(parse(asked)))
    assert scored.matches == (
        Match("diffusion^2", "keywords", 2),
        Match('author:"Y. LeCun"', "authors", 2),
        Match("cat:cs", "categories", 2),
        Match("cat:CS.cl", "categories", 1),
        Match("cat:astro-ph.*", "categories", 1),
    )


def test_an_interest_without_words_hits_nothing() -> None:
    for kind in (InterestKind.WORDS, InterestKind.PHRASE, InterestKind.AUTHOR):
        interest = parse("x")[0].__class__(kind, "***")
        (scored,) = ranker().prepare([Paper(key="p", title="*** x", authors=("***",))]).rank(Profile((interest,)))
        assert (scored.score, scored.matches) == (0.0, ())
