"""Acronyms and what they stand for, as papers define them: "retrieval-augmented generation (RAG)"."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Glossary:
    """What acronyms stand for: `counts` tells in how many papers each (short form, long form) was defined."""

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def long_forms(self, short: str) -> tuple[str, ...]:
        """The long forms of an acronym, the most usual first."""
        return ()

    def short_forms(self, long: str) -> tuple[str, ...]:
        """The acronyms that stand for a term, and for hardly anything else."""
        return ()
