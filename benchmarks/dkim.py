"""What a signature costs, beside dkimpy's for the same message and key, in one run::

    python -m benchmarks.dkim

Every signature is checked with dkimpy before anything is timed.
"""

from __future__ import annotations

import re
import statistics
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dkim

from digest.mail.dkim import load_signer, make_key, signatures
from digest.mail.message import build
from digest.model import Delivery, DeliveryStatus, Edition, Letterhead, Rendered

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 5, 25, 8, tzinfo=UTC)
ROUNDS, CALLS = 7, 20
THEIRS, OURS = "dkimpy, RSA 2048", "digest, RSA 2048"
SIZES = (6_000, 60_000)


def message(size: int) -> bytes:
    """A message of about `size` bytes, built as a digest is."""
    line = "Agents that read the manual first need half as many steps as those that do not.\n"
    text = line * (size // 2 // len(line))
    day = Edition(1, AT.date(), (), 0, 0, 0, 1, AT, 1)
    row = Delivery(1, 1, "ada@example.test", "<1@example.test>", DeliveryStatus.PENDING, AT, AT, created_at=AT)
    head = Letterhead("Paper Digest", "digest@example.test", reply_to="help@example.test", list_id="list.example.test")
    return build(Rendered("7 papers", text, f"<p>{text}</p>"), letterhead=head, delivery=row, edition=day)


def milliseconds(call: Callable[[], object]) -> float:
    """The median of several rounds, for one call."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        rounds.append((time.perf_counter() - start) / CALLS * 1000)
    return statistics.median(rounds)


def ways(mail: bytes) -> dict[str, Callable[[], object]]:
    """The ways to sign `mail`, by name; a signature that does not hold ends the run."""
    pem = make_key("rsa")
    rsa, short = load_signer(pem, "example.test", "rsa"), load_signer(make_key("ed25519"), "example.test", "short")
    if not dkim.verify(rsa.sign(mail, AT) + mail, dnsfunc=lambda *_, **__: rsa.record.encode()):
        raise SystemExit("a signature does not hold")
    names = [name.encode() for name in tags_h(rsa.sign(mail, AT))]
    theirs = dkim.DKIM(mail, linesep=b"\r\n")

    def by_dkimpy() -> object:
        relaxed = (b"relaxed", b"relaxed")
        return theirs.sign(b"rsa", b"example.test", pem, canonicalize=relaxed, include_headers=names)

    return {
        THEIRS: by_dkimpy,
        OURS: lambda: rsa.sign(mail, AT),
        "digest, Ed25519": lambda: short.sign(mail, AT),
        "digest, both": lambda: signatures(mail, [rsa, short], AT),
    }


def tags_h(signature: bytes) -> list[str]:
    """The names in h=, so that both sign the same fields."""
    return re.sub(r"\s", "", signature.decode().partition("h=")[2].partition(";")[0]).split(":")


def main() -> None:
    """Print the table."""
    columns = [{name: milliseconds(way) for name, way in ways(message(size)).items()} for size in SIZES]
    print(f"{'milliseconds a message':28}" + "".join(f"{size // 1000:>6} kB" for size in SIZES))
    for name in columns[0]:
        print(f"{name:28}" + "".join(f"{column[name]:9.3f}" for column in columns))
    print(f"{'dkimpy / digest, RSA 2048':28}" + "".join(f"{c[THEIRS] / c[OURS]:9.1f}" for c in columns))


if __name__ == "__main__":
    main()
