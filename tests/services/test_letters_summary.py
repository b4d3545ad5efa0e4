from __future__ import annotations

from digest.mail.templates import environment
from digest.services.letters import LetterWriter
from tests.factories import edition, letterhead, paper


def test_the_writer_is_told_what_sums_up_a_paper(full):
    one = edition(
        paper(abstract="Much is known of phones. We propose a sampler.", summary="Samplers, in short."),
        subscriber_id=full.subscribers()[0].id,
    )

    def text(**fields: str) -> str:
        return LetterWriter(full, letterhead(), environment(), **fields).rendered(one).text

    assert "In short: We propose a sampler." in text()
    assert text(summary="sentence") == text()
    assert "In short: Samplers, in short." in text(summary="source")
    assert "In short: " not in text(summary="none")
