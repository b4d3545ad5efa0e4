"""Papers and interests for property tests, drawn from a small vocabulary so that they meet."""

from __future__ import annotations

from hypothesis import strategies as st

from digest.model import Interest, InterestKind, Paper, Profile

VOCABULARY = [
    *("diffusion", "models", "RAG", "rag", "LLMs", "fine-tuning", "finetuning", "graph", "neural", "network"),
    *("of", "the", "self-supervised", "LoRA", "survey", "study", "studies"),
]

texts = st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join)
terms = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(" ".join)
weights = st.floats(0.1, 10)


@st.composite
def interests(draw: st.DrawFn, *, excluded: bool | None = None) -> Interest:
    """An interest in words, a phrase, an author or a category."""
    kind = draw(st.sampled_from(InterestKind))
    term = {
        InterestKind.AUTHOR: draw(st.sampled_from(["Ada Lovelace", "A. Turing", "Turing"])),
        InterestKind.CATEGORY: draw(st.sampled_from(["cs", "cs.CL", "math.PR"])),
    }.get(kind) or draw(terms)
    field = draw(st.sampled_from(["", "title", "abstract"])) if kind in ("words", "phrase") else ""
    unwanted = draw(st.booleans()) if excluded is None else excluded
    return Interest(kind, term, draw(weights), field, unwanted)


@st.composite
def batches(draw: st.DrawFn) -> list[Paper]:
    """Up to six papers with distinct keys."""
    return [
        Paper(
            key=f"p{n}",
            title=draw(texts),
            abstract=draw(texts),
            authors=tuple(draw(st.lists(st.sampled_from(["Ada Lovelace", "Turing, Alan"]), max_size=2, unique=True))),
            categories=tuple(draw(st.lists(st.sampled_from(["cs.CL", "math.PR"]), max_size=2, unique=True))),
            upvotes=draw(st.none() | st.integers(0, 3)),
        )
        for n in range(draw(st.integers(0, 6)))
    ]


profiles = st.lists(interests(), max_size=5).map(lambda found: Profile(tuple(found)))
