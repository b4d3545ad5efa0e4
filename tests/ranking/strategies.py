"""Papers and interests for property tests, drawn from a small vocabulary so that they meet."""

from __future__ import annotations

from hypothesis import strategies as st

from digest.model import Interest, InterestKind, Paper, Profile
from digest.ranking import Past

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
def batches(draw: st.DrawFn, name: str = "p", most: int = 6) -> list[Paper]:
    """Up to `most` papers with distinct keys, which begin with `name`."""
    return [
        Paper(
            key=f"{name}{n}",
            title=draw(texts),
            abstract=draw(texts),
            authors=tuple(draw(st.lists(st.sampled_from(["Ada Lovelace", "Turing, Alan"]), max_size=2, unique=True))),
            categories=tuple(draw(st.lists(st.sampled_from(["cs.CL", "math.PR"]), max_size=2, unique=True))),
            upvotes=draw(st.none() | st.integers(0, 3)),
        )
        for n in range(draw(st.integers(0, most)))
    ]


profiles = st.lists(interests(), max_size=5).map(lambda found: Profile(tuple(found)))


@st.composite
def tastes(draw: st.DrawFn) -> Profile:
    """Interests, and papers that were liked and disliked."""
    liked, disliked = draw(batches("liked", 3)), draw(batches("disliked", 2))
    return Profile(draw(profiles).interests, tuple(liked), tuple(disliked))


@st.composite
def pasts(draw: st.DrawFn, profile: Profile) -> Past:
    """What is known from before: words that go with each interest of a profile."""
    found = st.dictionaries(st.sampled_from(VOCABULARY), st.floats(0.01, 1), max_size=4)
    return Past(expansions={interest.term: draw(found) for interest in profile.interests})


@st.composite
def requests(draw: st.DrawFn) -> tuple[list[Paper], Profile, Past]:
    """Everything that a ranker is given."""
    profile = draw(tastes())
    return draw(batches()), profile, draw(pasts(profile))
