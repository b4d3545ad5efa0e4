"""What is known from before, as one value: a ranker is given it with the batch, and asks nobody else.

It is learned without labels from every paper that the store has seen, the batch among them
(`digest.services.learning`); an empty one is what a new installation starts with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.ranking.acronyms import Glossary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.ranking.background import Background


@dataclass(frozen=True, slots=True)
class Past:
    """What papers from before teach.

    Attributes:
        background: how common words are; None where nothing is known but the batch itself.
        glossary: what acronyms stand for.
        expansions: the words that go with an interest, spelt out, with their weights, by its term (`archive`).
        embeddings: vectors that a model made before, by `embedding.text_key` (the semantic ranker only).
    """

    background: Background | None = None
    glossary: Glossary = field(default_factory=Glossary)
    expansions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    embeddings: Mapping[str, bytes] = field(default_factory=dict)
