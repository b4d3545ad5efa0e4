"""Which papers are one work by their titles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.titles import distinct, other_names, same_work
from digest.model import Paper, Scored
from digest.papers.text import plain

if TYPE_CHECKING:
    from pathlib import Path

FILLING = " ".join(f"finding{n}" for n in range(50))
"""Fifty words: an abstract that is long enough to tell."""


def entitled(title: str, abstract: str = "") -> Paper:
    """A paper of which no more is known."""
    return Paper(key=f"{title}|{abstract}", title=title, abstract=abstract)


def same(left: str, right: str, ours: str = "", theirs: str = "") -> bool:
    """Whether these titles, with these abstracts, are one work's, whichever comes first."""
    answer = same_work(entitled(left, ours), entitled(right, theirs))
    assert same_work(entitled(right, theirs), entitled(left, ours)) is answer
    return answer


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("A Survey of Graph Neural Networks", "Survey on Graph Neural Networks"),
        ("A Survey of Graph Neural Networks", "Graph Neural Networks: A Comprehensive Survey"),
        ("Attention Is All You Need", "Attention is all you need!"),
        ("Is Attention All You Need?", "is attention all you need ?"),
        ("LoRA: Low-Rank Adaptation of LLMs", "LoRA - Low-rank adaptation of LLMs."),
        ("Modelling the Behaviour of Optimisers", "Modeling the Behavior of Optimizers"),
        ("Analysing Fibre Bundles in Tumour Centres", "Analyzing Fiber Bundles in Tumor Centers"),
        ("Diffusion Models for Protein Design", "Diffusion Model for Protein Designs"),
        ("Pre-training Multi-modal Encoders", "Pretraining Multimodal Encoders"),
        ("GPT-4o System Card and Evaluation", "GPT 4o System Card and Evaluation"),
        ("Learning α-synuclein Folding Dynamics", "Learning Alpha-Synuclein Folding Dynamics"),
        ("Towards Robust Speech Recognition", "Robust Speech Recognition"),
        ("Robust Speech Recognition in Noise", "Robust Speech Recognition in Noise (Extended Abstract)"),
        (
            "Deep Sea Bacteria Provide Insight into Gene Cluster Evolution",
            "Deep Sea Bacteria Provide Insight into Gene C…",
        ),
        ("大規模言語モデルの推論能力を測る", "大規模言語モデルの推論能力を測る。"),
    ],
)
def test_one_work(left: str, right: str) -> None:
    assert same(left, right)


DIFFERENT = [
    ("Qwen2 Technical Report", "Qwen3 Technical Report"),
    ("Qwen 2.5 Technical Report", "Qwen 25 Technical Report"),
    ("Qwen3 Technical Report", "Qwen3-Coder Technical Report"),
    ("GPT-4 System Card", "GPT-4o System Card"),
    ("The Theory of Shallow Networks, Part I", "The Theory of Shallow Networks, Part II"),
    ("The Theory of Shallow Networks", "The Theory of Shallow Networks, I"),
    ("The Theory of Shallow Networks, Part A", "The Theory of Shallow Networks, Part B"),
    ("Diffusion for Speech", "Diffusion for Text"),
    ("LLaVA: Visual Instruction Tuning at Scale", "InternVL: Visual Instruction Tuning at Scale"),
    ("Visual Instruction Tuning at Scale", "LLaVA: Visual Instruction Tuning at Scale"),
    ("Language Models Are Few-Shot Learners", "Language Models Are Not Few-Shot Learners"),
    ("Learning with Labels from Experts", "Learning without Labels from Experts"),
    ("Can Language Models Plan Ahead?", "Language Models Can't Plan Ahead"),
    ("How Transformers Learn in Context", "Why Transformers Learn in Context"),
    ("From Text to Image Generation", "From Image to Text Generation"),
    ("Language Models for Databases", "Databases for Language Models"),
    ("PointNet for Point Sets in Space", "PointNet++ for Point Sets in Space"),
    ("Planning with A+ Search in Games", "Planning with A Search in Games"),
    ("Low-Rank Adaptation of Language Models", "Low-Rank Adaptation of Language Models: A Survey"),
    ("Corrigendum to Mixed Effects of Social Support", "Mixed Effects of Social Support"),
    ("A Survey on Efficient Vision-Language Models", "A Survey on Efficient Vision-Language-Action Models"),
    ("Attention Is All You Need", "Is Attention All You Need?"),
    ("Attention Is All You Need", "You Need Only the Attention"),
    ("About the New Guidelines for Manuscripts", "Guidelines for Manuscripts"),
    ("Editorial Board", "Editorial Board"),
    ("Attention", "Attention"),
    ("", ""),
    ("?!", "?!"),
]


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_two_works(left: str, right: str) -> None:
    assert not same(left, right)


@pytest.mark.parametrize(("left", "right"), [pair for pair in DIFFERENT if pair[0] != pair[1]])
def test_no_abstract_makes_one_work_of_two_that_the_titles_tell_apart(left: str, right: str) -> None:
    assert not same(left, right, FILLING, FILLING)


def test_abstracts_that_agree_make_up_for_other_words_in_a_long_title() -> None:
    first = "An Autophagy-Inducing Compound Reduces Tau Pathology and Rescues Working Memory in Mice"
    second = "A Compound Enhancing Lysosomal Function Reduces Tau Pathology and Rescues Working Memory in Mice"
    assert same(first, second, FILLING, FILLING + " somewhat")
    assert not same(first, second, FILLING, FILLING.replace("finding1", "result"))
    assert not same(first, second)
    assert not same(first, second, "The same few words.", "The same few words.")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            "LLaVA: Tuning Large Models by Visual Instructions at Scale",
            "Flamingo: Tuning Large Models by Visual Instructions at Scale",
        ),
        ("Tuning Large Models by Visual Instructions, Part 1", "Tuning Large Models by Visual Instructions, Part 2"),
        ("Tuning Large Models by Visual Instructions Helps", "Tuning Large Models by Visual Instructions Never Helps"),
        ("Reply to Tuning Large Models by Visual Instructions", "Tuning Large Models by Visual Instructions"),
    ],
)
def test_what_tells_long_titles_apart_weighs_more_than_equal_abstracts(left: str, right: str) -> None:
    assert not same(left, right, FILLING, FILLING)


def test_abstracts_tell_two_surveys_of_one_subject_apart() -> None:
    titles = "A Survey of Graph Neural Networks", "Graph Neural Networks: A Survey"
    assert same(*titles, FILLING, FILLING)
    assert same(*titles, FILLING, "")
    assert same(*titles, FILLING, "J. of Graphs, vol. 48, issue 7, pp. 7229-7240")
    assert not same(*titles, FILLING, FILLING.replace("finding", "result"))


def test_a_title_over_many_papers_needs_abstracts_that_agree() -> None:
    assert same("Editorial Board", "Editorial board", FILLING, FILLING)
    assert not same("Editorial Board", "Editorial board", FILLING, FILLING.replace("finding", "result"))


def test_what_differs_behind_a_very_long_beginning_is_not_overlooked() -> None:
    long = "On the many ways in which a title grows " * 20
    assert not same(long + "one", long + "two")


def ranked(*titles: str) -> list[Scored]:
    """Papers with these titles, best first."""
    return [Scored(Paper(key=f"{n}", title=title), 1 / (n + 1)) for n, title in enumerate(titles)]


def kept(*titles: str, taken: tuple[str, ...] = ()) -> list[str]:
    """The titles that are left."""
    return [one.paper.title for one in distinct(ranked(*titles), ranked(*taken))]


def test_the_first_of_each_work_stays_and_the_order_with_it() -> None:
    works = [
        "Survey of Graph Networks",
        "Diffusion for Protein Design",
        "A Survey on Graph Networks",
        "Sparse Attention",
    ]
    assert kept(*works) == [works[0], works[1], works[3]]
    assert kept(*reversed(works)) == [works[3], works[2], works[1]]
    assert kept(*works, taken=("Diffusion for protein designs", "Survey on Graph Networks")) == [works[3]]


def test_it_takes_no_more_than_it_is_asked_for() -> None:
    endless = (Scored(Paper(key=str(n), title=f"Paper number {n}"), 0.5) for n in range(10**9))
    assert next(distinct(endless)).paper.title == "Paper number 0"


VOCABULARY = [
    *("A", "survey", "of", "graph", "networks", "speech", "text", "image", "LLaVA:", "Qwen2", "Qwen3", "not"),
    *("part", "I", "II", "…", "!", "-"),
]
TITLES = st.lists(st.sampled_from(VOCABULARY), max_size=9).map(" ".join)


@given(TITLES | st.text(max_size=60), TITLES | st.text(max_size=60), st.text(max_size=80))
def test_any_titles(left: str, right: str, abstract: str) -> None:
    same(left, right, abstract, abstract)


@given(st.lists(TITLES, max_size=12))
def test_what_is_left_has_no_two_alike_and_all_left_out_has_its_like(titles: list[str]) -> None:
    papers = ranked(*titles)
    left = list(distinct(papers))
    assert [one for one in papers if one in left] == left
    for n, one in enumerate(left):
        assert not any(same_work(one.paper, other.paper) for other in left[:n])
    for one in papers:
        assert one in left or any(same_work(one.paper, other.paper) for other in left)


def test_real_days(captures: Path) -> None:
    """Of a quarter of daily papers none is left out: each was looked at by a person before it was listed."""
    days = sorted((captures / "hf_daily_json").glob("2026-*.json"))
    told = {row["paper"]["id"]: row for day in days for row in json.loads(day.read_text("utf-8"))}
    papers = [
        Scored(Paper(key=key, title=plain(row["title"]), abstract=plain(row["summary"])), 0.5)
        for key, row in told.items()
    ]
    assert len(papers) > 1_000
    assert list(distinct(papers)) == papers


def test_a_real_day_with_one_work_under_two_numbers(captures: Path) -> None:
    day = captures / "arxiv_rss_dump" / "2025-04-15_rss_cache.json"
    rows = [row for feed in json.loads(day.read_text("utf-8")).values() for row in feed["entries"]]
    told = {row["link"]: (plain(row["title"]), plain(row["summary"].partition("Abstract: ")[2])) for row in rows}
    papers = [Scored(Paper(key=key, title=title, abstract=text), 0.5) for key, (title, text) in told.items()]
    left = {one.paper.key for one in distinct(papers)}
    assert len(papers) > 300
    assert [one.paper.title for one in papers if one.paper.key not in left] == [
        "Fourier Sliced-Wasserstein Embedding for Multisets and Measures"
    ]


def test_other_names_are_told_where_the_abstracts_agree() -> None:
    today = [entitled("A Survey of Graph Neural Networks", FILLING), entitled("This Week in Robotics and Control")]
    before = [
        entitled("Survey on Graph Neural Networks", f"{FILLING} and more"),
        entitled("Graph Neural Networks: a survey", FILLING),
        entitled("Survey of Graph Neural Networks", "Nothing."),
        entitled("This week in robotics and control", "Part 2."),
    ]
    assert other_names(today, [*today, *before]) == {today[0].key: {before[0].key, before[1].key}}
    assert other_names([], before) == other_names(today, []) == other_names(today, today) == {}
