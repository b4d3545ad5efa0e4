"""The whole pure line, from the bytes of a snapshot to the bytes of a message, for each folder beside this file.

A case is a folder with ``snapshot.json`` (as a source would serve it), ``case.toml`` (whose edition it is, and how it
leaves) and ``expected.eml`` (the message, byte for byte). The keys were made for these tests and sign nothing else.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.editions.compose import Limits, compose
from digest.mail.dkim import Signer, load_signer
from digest.mail.links import Links
from digest.mail.message import build, message_id
from digest.mail.page import page_links
from digest.mail.render import render
from digest.mail.templates import environment
from digest.mail.tokens import Keyring
from digest.mail.verp import unsubscribe_ways
from digest.model import Delivery, Edition, Profile, Snapshot
from digest.papers.diff import Known, diff
from digest.ranking.lexical import LexicalRanker
from digest.ranking.query import parse_all
from digest.sources.read import read
from tests.factories import NOW, delivery, letterhead, subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent
CASES = sorted(place.parent.name for place in FOLDER.glob("*/case.toml"))
KEYS = Keyring(b"a key for golden messages alone")


def expected(case: str) -> Path:
    """The file with the message of `case`."""
    return FOLDER / case / "expected.eml"


def asked(case: str) -> dict[str, Any]:
    """What ``case.toml`` says."""
    return tomllib.loads((FOLDER / case / "case.toml").read_text(encoding="utf-8"))


@cache
def signers(names: Sequence[str]) -> list[Signer]:
    """The signers with the keys of these names; each has its name as the selector."""
    return [load_signer((FOLDER / "keys" / f"{name}.pem").read_bytes(), "example.test", name) for name in names]


def message(case: str) -> bytes:
    """The message of `case`, made anew."""
    wanted = asked(case)
    edition = replace(_edition(case, wanted["interests"]), id=9)
    person = subscriber(id=7, address=wanted["recipient"], interests=parse_all(wanted["interests"]), salt="")
    base, commands = wanted.get("web_url", ""), wanted.get("commands", "")
    head = letterhead(
        owner="owner@example.test", web_url=base, commands=commands, reply_to=commands or "help@example.test"
    )
    ways = unsubscribe_ways(person, head, KEYS, plus=wanted.get("plus", True))
    return build(
        render(edition, person, head, environment(), ways, links=page_links(Links(base, KEYS), edition, person)),
        letterhead=head,
        delivery=_delivery(case, person.address),
        edition=edition,
        unsubscribe=ways,
        signers=signers(tuple(wanted["keys"])),
    )


def _edition(case: str, interests: Sequence[str]) -> Edition:
    snapshot = Snapshot("hf", NOW, (FOLDER / case / "snapshot.json").read_bytes(), place="snapshot.json")
    papers = [change.paper for change in diff(read(snapshot).entries, "hf", Known({}, {}))]
    scored = LexicalRanker().prepare(papers).rank(Profile(parse_all(interests)))
    return compose(
        scored,
        wanted=bool(interests),
        revised=(),
        limits=Limits(min_score=0.0, also_trending=10),
        subscriber_id=7,
        edition_date=NOW.date(),
        window=(0, 1),
        now=NOW,
    )


def _delivery(case: str, recipient: str) -> Delivery:
    return delivery(id=1, recipient=recipient, message_id=message_id(KEYS.keys[0], "example.test", case))
