"""The site: what every page is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from digest.web.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from jinja2 import Environment

    from digest.app import App
    from digest.imports import Imported
    from digest.mail.links import Links
    from digest.mail.tokens import Keyring
    from digest.model import Letterhead, SourceSpec
    from digest.ranking import Ranker
    from digest.services.joining import JoinRules
    from digest.services.letters import LetterWriter
    from digest.services.publish import PublishRules
    from digest.storage import Store


@dataclass(frozen=True, slots=True)
class Access:
    """Who sees the operator's page: whoever knows `password`, or has `header` set by the web server in front.

    With both "" nobody does.
    """

    password: str = field(default="", repr=False)
    header: str = ""


def _nobody_to_wake() -> None:
    """Without a scheduler in this process, the next tick of another one finds what is due."""


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that pages need, the same for all requests.

    `links` have the address under which the pages are found as their base, "" where it is not known. `proxies` is how
    many web servers stand in front, `defaults` what a new subscriber gets who asks for nothing else, `summary` the
    line that sums up a paper (see `cards.card`). `nudge` wakes the scheduler where it runs in this process, so that a
    letter leaves at once. `works` asks the web for what an ORCID iD stands for (see `sources.orcid`); None where
    nothing is asked.
    """

    store: Store
    clock: Callable[[], datetime]
    keys: Keyring
    letterhead: Letterhead
    links: Links
    environment: Environment
    ranker: Ranker
    publish_rules: PublishRules
    join_rules: JoinRules
    letters: LetterWriter
    defaults: Mapping[str, Any]
    sources: Sequence[SourceSpec] = ()
    access: Access = Access()
    proxies: int = 0
    summary: str = "sentence"
    nudge: Callable[[], None] = _nobody_to_wake
    works: Callable[[str], Imported] | None = None
    turns: Turns = field(default_factory=Turns, compare=False)


def site(app: App, store: Store, nudge: Callable[[], None] = _nobody_to_wake) -> Site:
    """What the pages are made from.

    Args:
        nudge: wakes the scheduler of this process, if there is one.

    Raises:
        ConfigError: a secret, a key or a password is missing.
    """
    from digest.app.pages import join_rules, links
    from digest.mail.templates import environment
    from digest.sources.orcid import works
    from digest.sources.polite import Politeness

    config = app.config
    return Site(
        store=store,
        clock=app.clock,
        keys=app.keyring(),
        letterhead=app.letterhead,
        links=links(app),
        environment=environment(config.mail.templates),
        ranker=app.ranker(),
        publish_rules=app.publish_rules(),
        join_rules=join_rules(app),
        letters=app.letters(store),
        defaults=app.default_wishes(),
        sources=config.sources,
        access=Access(config.operator_password(), config.web.operator_header),
        proxies=config.web.proxies,
        summary=config.mail.summary,
        nudge=nudge,
        works=partial(works, polite=Politeness(), contact=config.http.contact),
    )
