"""Findings about our own pages: where they answer, who may reach that place, and who sees the operator's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.config.addresses import is_loopback, split_listener
from digest.doctor.findings import error, note, ok, warning
from digest.doctor.handover import listens
from digest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.config import Config
    from digest.doctor.findings import Finding

PAGES, OPERATOR = "pages", "operator's page"


def page_findings(config: Config) -> Iterator[Finding]:
    """Where the pages answer, whether anybody does there, and whether what stands in front fits that place."""
    place, base = config.web.listen, config.digest.web_url
    if not place:
        elsewhere = f"{base} must be answered by another `digest web`" if base else "people subscribe and leave by mail"
        yield note(PAGES, f"web.listen is empty, so there are no pages here: {elsewhere}")
        return
    if reason := listens(place):
        yield note(PAGES, f"nobody listens at {place} (web.listen): {reason}", "`digest serve` does while it runs.")
    else:
        yield ok(PAGES, f"somebody listens at {place} (web.listen)")
    if not base:
        yield _without_address(config)
    yield from _in_front(config)


def _without_address(config: Config) -> Finding:
    where = f"lead to {config.pages_url}, which is this very machine" if config.pages_url else "are not in the mail"
    return note(
        PAGES,
        f"digest.web_url is empty, so links to the pages {where}",
        "To let others in, put a web server with a certificate in front (docs/web.md) and its address into web_url "
        "under [digest].",
    )


def _in_front(config: Config) -> Iterator[Finding]:
    """Whether web.proxies tells the truth about what stands in front."""
    proxies, place = config.web.proxies, config.web.listen
    if proxies and not _is_inside(place):
        yield warning(
            PAGES,
            f"whoever reaches {place} without your web server can pretend to be anybody (web.proxies = {proxies})",
            "Let only that web server reach it: listen at 127.0.0.1 or at a socket, or close the port.",
        )
    elif proxies:
        yield ok(PAGES, f"only this machine reaches {place}, and who asks is read from X-Forwarded-For")
    elif config.digest.web_url and _is_inside(place):
        yield warning(
            PAGES,
            f"web.proxies is 0, though a web server must stand in front of {place}: all visitors look like one, "
            f"who may ask for {config.joining.block_hour} confirmations an hour",
            "Set proxies = 1 under [web], and let the web server set X-Forwarded-For (docs/web.md).",
        )
    elif not _is_inside(place):
        yield warning(
            PAGES,
            f"the pages answer at {place} without TLS: everybody on the way can read the links by which people "
            "change their wishes",
            "Put a web server with a certificate in front (docs/web.md), and listen at 127.0.0.1.",
        )


def operator_findings(config: Config) -> Iterator[Finding]:
    """Who sees the operator's page, and whether others could."""
    web = config.web
    try:
        password = config.operator_password()
    except ConfigError:
        return  # told of the secrets
    if not web.listen or not (password or web.operator_header):
        yield note(OPERATOR, "there is none: it needs operator_password_file or operator_header under [web]")
        return
    if web.operator_header and not _is_inside(web.listen):
        yield error(
            OPERATOR,
            f"whoever reaches {web.listen} without your web server can send {web.operator_header}, and is let in",
            "Listen at 127.0.0.1 or at a socket, so that only your web server reaches it.",
        )
    elif web.operator_header:
        yield ok(OPERATOR, f"your web server says by {web.operator_header} whom it has let in to /operator")
    if password:
        yield _by_password(config)


def _by_password(config: Config) -> Finding:
    if not _is_inside(config.web.listen):
        return error(
            OPERATOR,
            f"its password can be sent to {config.web.listen} without TLS, for everybody on the way to read",
            "Put a web server with a certificate in front (docs/web.md), and listen at 127.0.0.1.",
        )
    return ok(OPERATOR, "a password opens /operator")


def _is_inside(place: str) -> bool:
    """Whether only this machine reaches a place to listen at: loopback, or a socket in the file system."""
    host, port = split_listener(place)
    return not port or is_loopback(host)
