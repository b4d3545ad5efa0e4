from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "We compare it, e.g. with GPT-4.1, on 3.5 billion tokens",
        "Models, i.e. Transformers, are used",
        "As Smith et al. showed in Fig. 3 and Eq. (2), it holds",
        "It holds by Thm. 2 and Sec. 4.1 of Vol. 3, pp. 7 to 9",
        "Reading vs. writing, cf. No. 5, by Dr. J. R. Smith",
        "Laws of the U.S. Senate and i.i.d. samples",
        "The rest ... is known, and so ... on",
        "See https://example.org/a.Html?b=C.D for details",
        "It runs in Node.js, ASP.NET and torch.Tensor",
        "What remains (e.g., why?) is open",
        "It says “Why?” and goes on",
        "about 0.5 p.m. local time",
        "A dataset of 1.5M pairs at v2.0-rc.1 of the code",
    ],
)
def test_a_stop_inside_a_sentence_ends_nothing(text):
    assert split(text) == [text]


@pytest.mark.parametrize(
    "parts",
    [
        ["We train it.", "It works."],
        ["Can it work?", "It does!", "So there."],
        ["The model is small (see Sec. 2).", "It is fast."],
        ["It follows Smith et al.", "We extend it to graphs, images, etc.", "This helps."],
        ["It was made in the U.S.", "We use it."],
        ["It scores 99.5.", "2024 was worse."],
        ["It runs in 1.5 s.", "vLLM is slower."],
        ["They call it “done.”", "We do not."],
        ["We go on...", "The end."],
        ["There are two parts: 1. A model. 2. A dataset.", "Both are good."],
        ["It has three.", "(i) One. (ii) Two."],
        ["Code is there.", "https://example.org/x"],
    ],
)
def test_sentences_end_where_readers_end_them(parts):
    found = split(" ".join(parts))
    assert all(any(part.startswith(one) for one in found) for part in parts)
    assert " ".join(found) == " ".join(parts)
    assert len(found) >= len(parts)


def test_sentences_that_a_feed_glued_together_come_apart():
    assert split("We train models.We show that it works.Extensive tests agree.") == [
        "We train models.",
        "We show that it works.",
        "Extensive tests agree.",
    ]


def test_other_scripts_lists_and_paragraphs():
    assert split("我们研究模型。结果很好！") == ["我们研究模型。", "结果很好！"]
    assert split("拡散モデルを「提案する。」実験した。") == ["拡散モデルを「提案する。」", "実験した。"]
    assert split("هل يمكن؟ نعم.") == ["هل يمكن؟", "نعم."]
    assert split("یہ جملہ ہے۔ وہ بھی۔") == ["یہ جملہ ہے۔", "وہ بھی۔"]
    assert split("यह वाक्य है। वह भी।") == ["यह वाक्य है।", "वह भी।"]
    assert split("Findings: • one thing • another") == ["Findings:", "one thing", "another"]
    assert split("A heading\n\nA text") == ["A heading", "A text"]


def test_nothing_has_no_sentences():
    assert sentences("") == sentences(" \n\n • ") == sentences(". " * 9_000) == sentences("." * 9_000) == []


pieces = st.sampled_from(
    ["We show", "e.g.", "et al.", ". ", "? ", "...", "…", "。", "(", ")", "”", "1.", "U.S.", "x", " ", "\n\n", "•", "é"]
)


@given(st.lists(pieces | st.text(max_size=4), max_size=60).map("".join))
def test_sentences_stand_in_order_and_hold_every_word(text):
    found = sentences(text)
    assert all(start < end for start, end in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(found))
    between = text
    for start, end in reversed(found):
        between = between[:start] + between[end:]
    assert not any(char.isalnum() for char in between)
