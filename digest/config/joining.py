"""The options of the pages on the web, and of how strangers subscribe."""
# ruff: noqa: RUF009 - `option` makes a dataclass field

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digest.config import addresses, values
from digest.config.options import Section, option
from digest.config.values import duration, integer, optional, or_empty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Web(Section):
    """[web]"""

    about: ClassVar[str] = (
        "The pages: today's papers, subscribing, unsubscribing. `digest serve` answers for them, and so does "
        "`digest web` alone. Put a web server with a certificate in front, and its address into digest.web_url."
    )
    refused: ClassVar[dict[str, str]] = {
        "operator_password": "a password does not belong in this file; use operator_password_file or _env"
    }

    listen: str = option(
        "127.0.0.1:8420",
        'host:port or the path of a socket to answer at; "" for no pages.',
        or_empty(addresses.listener),
    )
    threads: int = option(8, "So many pages are made at a time.", integer(1, 100))
    proxies: int = option(
        0,
        "So many web servers of your own stand in front; the address of whoever asks is then read from "
        "X-Forwarded-For. A wrong number lets anybody pretend to be somebody else.",
        integer(0, 10),
        sample=1,
    )
    operator_password_file: Path | None = option(
        "",
        "A file whose first line is the password for the operator's page (user name: operator). Without a password "
        "and without operator_header there is no such page.",
        optional(values.path),
        sample="operator-password",
    )
    operator_password_env: str = option(
        "",
        "The name of an environment variable that holds that password.",
        values.text,
        sample="DIGEST_OPERATOR_PASSWORD",
    )
    operator_header: str = option(
        "",
        "A header that the web server in front sets for whom it has let in to the operator's page, and removes from "
        "what others send.",
        or_empty(addresses.header_name),
        sample="X-Remote-User",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Two places for one password, or a header that anybody could send."""
        if self.operator_password_file and self.operator_password_env:
            yield "operator_password_env", "there is an operator_password_file already; keep one of the two"
        if self.operator_header and not self.proxies:
            yield "operator_header", "needs a web server in front that sets it: see web.proxies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining(Section):
    """[joining]"""

    about: ClassVar[str] = (
        "How strangers subscribe, on the web and by mail. Nothing but one confirmation goes to an address that has "
        "not confirmed, and the limits keep others from being flooded with those."
    )

    open: bool = option(True, "Whether strangers may subscribe. false: only the operator adds.", values.switch)
    address: str = option(
        "",
        "The address that takes commands by mail: subscribe, show, set, pause, unsubscribe, help. Readers answer to it "
        "unless mail.reply_to says otherwise. It must take addresses with a plus sign; `digest receive` reads what "
        "comes there, and answers only what inbound.authserv_id proves.",
        or_empty(addresses.address),
        sample="digest@example.org",
    )
    life: int = option("72h", "How long a link to confirm works.", duration("1h", "7d"))
    address_day: int = option(
        1,
        "So many messages a day to one address that has not confirmed, for each network that asks; three times as many "
        "in all.",
        integer(1, 100),
    )
    address_month: int = option(3, "So many in 30 days, likewise.", integer(1, 1000))
    block_hour: int = option(
        10, "So many an hour that one network asks for (256 IPv4 addresses, or one /64 of IPv6).", integer(1, 10_000)
    )
    block_day: int = option(30, "So many a day that one network asks for.", integer(1, 100_000))
    domain_hour: int = option(60, "So many an hour to one domain.", integer(1, 100_000))
    hour: int = option(
        200,
        "So many an hour in all; from half of it on the form asks a browser for some work first.",
        integer(1, 1_000_000),
    )
    answers_day: int = option(10, "So many answers a day to one address that sends commands.", integer(1, 1000))
