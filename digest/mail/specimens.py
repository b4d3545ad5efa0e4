"""Editions and letters that never were: what templates are tried on, from the ordinary to the worst that comes. Pure.

Everything in them is made up, and the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from digest.mail.letters import answer_facts, confirm_facts, subscriber_facts
from digest.mail.links import Links as Pages
from digest.mail.tokens import Keyring
from digest.model import (
    LIKED,
    MEANING,
    Block,
    Confirmation,
    DeliveryKind,
    Edition,
    EmptyPolicy,
    Interest,
    InterestKind,
    Links,
    Match,
    Origin,
    Paper,
    Pick,
    Rhythm,
    Subscriber,
    SubscriberStatus,
    Unsubscribe,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.model import Letterhead

DAY = date(2026, 5, 25)
_NOON = datetime(2026, 5, 25, 12, tzinfo=UTC)
_TOKEN = "a2" * 20
_KEYS = Keyring(b"the key of specimens, which opens nothing")
_READER = Subscriber(
    id=1,
    address="reader@example.org",
    zone="Europe/Berlin",
    send_at=time(7, 30),
    rhythm=Rhythm(frozenset(range(5))),
    empty=EmptyPolicy.NOTE,
    interests=(
        Interest(InterestKind.PHRASE, "protein folding", 2.0),
        Interest(InterestKind.WORDS, "diffusion"),
        Interest(InterestKind.AUTHOR, "Grace Hopper"),
        Interest(InterestKind.WORDS, "survey", excluded=True),
    ),
)
_TITLES = (
    "Diffusion models that fold proteins while you wait",
    "How much memory does an agent need? A study of forgetting",
    "On the Lévy–Khintchine formula for π-adic walks",
)
_ABSTRACT = (
    "We train a diffusion model on the shapes of proteins and ask it for those that nobody has measured. "
    "It answers in seconds where simulation takes days, and says how sure it is. "
    "Where the two disagree, the laboratory sides with the model in four of five cases."
)
_SUMMED_UP = (
    "Proteins have long been folded by hand. "
    "We propose to let a model do it, and show that it is right in four of five cases. "
    "What it costs is counted in seconds."
)
_HOSTILE = (
    "<script>alert(1)</script> & <img src=x onerror=y> &amp;lt;b&gt;",
    "{{ 7 * 7 }}{% raw %}{# a comment #}",
    "=?utf-8?q?a=0D=0ABcc:_x=40example.org?=",
    "title\r\nBcc: x@example.org\x00\x07\x92",
    "\u202eright to left \u2066and back\u2069",
    "خوارزميات الانتشار وطيّ البروتينات",
    "拡散モデルによるタンパク質の折りたたみ" * 40,
    "x" * 3000,
    "",
)


@dataclass(frozen=True, slots=True)
class Specimen:
    """One case to try templates on; `name` says which in a few words, `telltale` what its message must show, if any."""

    name: str
    edition: Edition
    subscriber: Subscriber
    letterhead: Letterhead
    unsubscribe: Unsubscribe | None
    telltale: str = ""


@dataclass(frozen=True, slots=True)
class LetterSpecimen:
    """One letter to try templates on; `name` says which in a few words, `facts` are those of `letters.letter`."""

    name: str
    kind: DeliveryKind
    facts: Mapping[str, Any]
    letterhead: Letterhead


def letter_specimens(letterhead: Letterhead) -> tuple[LetterSpecimen, ...]:
    """Every kind of letter with the sender of `letterhead`, with pages and without, in plain words and hostile ones."""
    web = letterhead.web_url or "https://digest.example.org"
    commands = letterhead.commands or letterhead.sender
    pages, by_mail = replace(letterhead, web_url=web), replace(letterhead, web_url="", commands=commands)
    bare = replace(by_mail, help="", footer="", reply_to="")
    links = Pages(web, _KEYS)
    hostile = replace(_READER, interests=tuple(Interest(InterestKind.PHRASE, words) for words in _HOSTILE if words))
    paused = replace(_READER, status=SubscriberStatus.PAUSED, paused_until=_NOON)
    return (
        _asking("a letter to confirm", _READER, pages, links),
        _asking("a letter to confirm without pages", _READER, bare, None),
        _asking("a letter to confirm hostile wishes", hostile, pages, links),
        _telling("a letter to somebody who is here", DeliveryKind.KNOWN, _READER, pages, links),
        _telling("a letter to somebody who paused", DeliveryKind.KNOWN, paused, pages, links),
        _telling("a letter to somebody who is here, without pages", DeliveryKind.KNOWN, _READER, bare, None),
        _telling("a letter with the link", DeliveryKind.LINK, _READER, pages, links),
        _telling("a letter with the link, without pages", DeliveryKind.LINK, paused, by_mail, None),
        _answering("an answer to a mail", ["You get:", "  papers every day", "", f"{web}/manage/{_TOKEN}"], by_mail),
        _answering("an answer to a hostile mail", [*_HOSTILE, *_HOSTILE], bare),
    )


def _asking(name: str, wishes: Subscriber, letterhead: Letterhead, links: Pages | None) -> LetterSpecimen:
    asked = Confirmation(
        *(1, wishes.address, {}, Origin.WEB, _NOON, _NOON + timedelta(hours=72)),
        *("192.0.2.0/24", "Send new papers to this address until I unsubscribe."),
    )
    facts = confirm_facts(asked, wishes, letterhead, _KEYS, links)
    return LetterSpecimen(name, DeliveryKind.CONFIRMATION, facts, letterhead)


def _telling(
    name: str, kind: DeliveryKind, reader: Subscriber, letterhead: Letterhead, links: Pages | None
) -> LetterSpecimen:
    leave = Unsubscribe("", letterhead.unsubscribe or letterhead.sender)
    content = {"origin": Origin.WEB.value, "asked_from": "192.0.2.0/24"}
    return LetterSpecimen(name, kind, subscriber_facts(reader, letterhead, links, leave, content, _NOON), letterhead)


def _answering(name: str, lines: Sequence[str], letterhead: Letterhead) -> LetterSpecimen:
    facts = answer_facts({"subject": f"Re: {lines[0]}", "lines": lines})
    return LetterSpecimen(name, DeliveryKind.ANSWER, facts, letterhead)


def specimens(letterhead: Letterhead) -> tuple[Specimen, ...]:
    """Every case with the sender of `letterhead`, as it is and as if it had a web part or had none."""
    web = letterhead.web_url or "https://digest.example.org"
    with_web, without = replace(letterhead, web_url=web), replace(letterhead, web_url="")
    bare = replace(without, help="", footer="", reply_to="")
    no_interests = replace(_READER, interests=())
    leave = Unsubscribe(f"{web}/unsubscribe/{_TOKEN}", letterhead.unsubscribe or letterhead.sender)
    return (
        Specimen("an ordinary day", _edition(_ordinary()), _READER, with_web, leave, _TITLES[2]),
        Specimen("an ordinary day without a web part", _edition(_ordinary()), _READER, without, None),
        Specimen("a day without papers", _edition(()), _READER, with_web, leave),
        Specimen("a day without papers and interests", _edition((), looked_at=0), no_interests, bare, None),
        Specimen(
            "one paper of which only the title is known", _edition([Pick(1, Paper("k", "T"))]), _READER, bare, None
        ),
        Specimen("a reader without interests", _edition(_trending()), no_interests, with_web, leave),
        Specimen("a reader with liked papers alone", _edition(_liked()), no_interests, with_web, leave),
        Specimen("new versions only", _edition(_revised(1)), _READER, without, None, _TITLES[2]),
        Specimen("100 huge papers", _edition(_huge()), _READER, with_web, leave),
        Specimen("100 huge papers without a web part", _edition(_huge()), _READER, without, None),
        Specimen("hostile titles", _edition(_hostile()), _READER, with_web, leave),
    )


def _edition(picks: Sequence[Pick], looked_at: int = 212) -> Edition:
    return Edition(1, DAY, tuple(picks), looked_at, max(looked_at - len(picks), 0), 0, 1, _NOON, 1)


def _ordinary() -> list[Pick]:
    ranked = [_pick(n, paper) for n, paper in enumerate(_papers(), 1)]
    ranked[2] = replace(ranked[2], matches=(Match("diffusion", MEANING, 1),))
    trending = replace(ranked[1], rank=4, matches=(), block=Block.TRENDING)
    return [*ranked, trending, *_revised(5)]


def _papers() -> Iterable[Paper]:
    for n, title in enumerate(_TITLES, 1):
        yield Paper(
            key=f"arxiv:2605.0000{n}",
            title=title,
            abstract=_ABSTRACT,
            authors=("Grace Hopper", "Chien-Shiung Wu", "Émilie du Châtelet", "王贞仪", "Ada Lovelace")[: n + 2],
            categories=("cs.LG", "q-bio.BM")[:n],
            links=Links(
                abstract=f"https://arxiv.org/abs/2605.0000{n}",
                pdf=f"https://arxiv.org/pdf/2605.0000{n}",
                html=f"https://arxiv.org/html/2605.0000{n}",
                code="https://github.com/example/example" if n == 1 else "",
            ),
            arxiv_id=f"2605.0000{n}",
            revision=1,
            published=_NOON,
            upvotes=(64, 1, None)[n - 1],
            sources=("huggingface", "arxiv"),
        )


def _pick(rank: int, paper: Paper) -> Pick:
    title, abstract = ((0, 9),) if rank == 1 else (), ((11, 20), (44, 52))
    return Pick(
        rank,
        paper,
        1 / rank,
        (Match("diffusion", "title", 1, title), Match('"protein folding"^2', "abstract", 2, abstract)),
    )


def _trending() -> list[Pick]:
    return [Pick(n, paper, block=Block.TRENDING) for n, paper in enumerate(_papers(), 1)]


def _liked() -> list[Pick]:
    """Papers like one that was liked, with less and less of an abstract."""
    first, second, third = _papers()
    like = (Match("Words “in” quotes: what we <like>^2, and -why", LIKED, 1),)
    return [
        Pick(1, replace(first, abstract=_SUMMED_UP, summary="Proteins, folded in seconds."), 0.9, like),
        Pick(2, replace(second, abstract="One sentence is all there is."), 0.8, like),
        Pick(3, replace(third, abstract="", summary="What its source says of it."), 0.7, like),
    ]


def _revised(first: int) -> list[Pick]:
    numbered = enumerate(_papers(), first)
    return [Pick(n, replace(paper, revision=n), block=Block.REVISED) for n, paper in numbered]


def _huge() -> list[Pick]:
    spans = tuple((n, n + 4) for n in range(0, 240, 6))
    matches = tuple(
        Match(f"interest number {n}", field, 40, spans) for n in range(5) for field in ("title", "abstract")
    )
    paper = Paper(
        key="huge",
        title="A title that does not end " * 80,
        abstract='Ever more words, <signs> & "quotes"; 拡散モデル и диффузия. ' * 40,
        authors=tuple(f"Given-Name Number{n} van der Family-Name" for n in range(664)),
        categories=tuple(f"category-{n}.{'x' * 40}" for n in range(20)),
        links=Links(
            *(f"https://example.org/{name}?{'a&b=' * 110}" for name in ("abs", "pdf", "html", "code", "project"))
        ),
        published=_NOON,
        upvotes=10**9,
        sources=tuple(f"a source with a long name, number {n}" for n in range(9)),
    )
    return [Pick(n, paper, 0.5, matches, Block.RANKED if n <= 90 else Block.REVISED) for n in range(1, 101)]


def _hostile() -> list[Pick]:
    return [
        Pick(
            n,
            Paper(
                key=f"hostile:{n}",
                title=words,
                abstract=words,
                authors=(words, words),
                categories=(words[:50],),
                links=Links(abstract="javascript:alert(1)", pdf=f"https://example.org/?{words[:90]}"),
                sources=(words[:50],),
            ),
            matches=(Match(words[:80], "title", 1, ((3, 9), (-5, 10**6))),),
        )
        for n, words in enumerate(_HOSTILE, 1)
    ]
