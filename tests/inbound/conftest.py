"""Somebody who takes messages in and remembers them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest


@dataclass
class Taker:
    """Remembers what it takes in; raises what `trouble` says for a message that holds the key."""

    taken: list[tuple[bytes, str, str | None]] = field(default_factory=list)
    trouble: dict[bytes, Exception] = field(default_factory=dict)

    def __call__(self, message: bytes, recipient: str, sender: str | None) -> None:
        for sign, error in self.trouble.items():
            if sign in message or sign.decode() in recipient:
                raise error
        self.taken.append((message, recipient, sender))

    @property
    def recipients(self) -> list[str]:
        """Whom the messages were for."""
        return [recipient for _, recipient, _ in self.taken]


@pytest.fixture
def taker() -> Taker:
    """Takes everything."""
    return Taker()
