"""Proof of work: what a browser is asked for before a letter, when many letters are asked for.

A challenge stands for one form and one address. Its proof is a number (in decimal digits, without leading zeros)
such that SHA-256 over ``<challenge>:<number>`` begins with so many zero bits, found by trying, after A. Back's
Hashcash. It counts once: a flood of letters costs a machine about a second for each.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from threading import Lock

BITS = 20
"""A million tries on average: about a second on a laptop, some on a phone; `script.js` is told the number."""
MOST_PROOFS = 20_000
"""So many proofs are remembered, the latest: more than are let through in the life of a form."""
_PROOF = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


def challenge(token: str, address: str) -> str:
    """What the proof for a form (by its token) and an address is about: 32 hexadecimal digits."""
    return hashlib.sha256(f"{token}:{address}".encode("utf-8", "replace")).hexdigest()[:32]


def proves(challenge: str, proof: str, bits: int = BITS) -> bool:
    """Whether `proof` is one for `challenge`."""
    if not _PROOF.fullmatch(proof):
        return False
    found = hashlib.sha256(f"{challenge}:{proof}".encode()).digest()
    return int.from_bytes(found, "big") >> (256 - bits) == 0


class Proofs:
    """Takes proofs, each once. Safe to share between threads."""

    def __init__(self, bits: int = BITS, most: int = MOST_PROOFS) -> None:
        self.bits, self._most = bits, most
        self._taken: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, token: str, address: str, proof: str) -> bool:
        """Whether this proves that work was done for this form and address, and was not taken before."""
        asked = challenge(token, address)
        if not proves(asked, proof, self.bits):
            return False
        with self._lock:
            fresh = (asked, proof) not in self._taken
            self._taken[asked, proof] = None
            while len(self._taken) > self._most:
                self._taken.popitem(last=False)
        return fresh
