"""Findings about how strangers join: whether a way is open, and whether commands by mail can be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.doctor.findings import error, note, ok, paste, warning
from digest.doctor.incoming import program
from digest.mail.verp import LONGEST_BASE, has_room

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.config import Config
    from digest.doctor.findings import Finding

JOINING, COMMANDS = "joining", "commands"


def joining_findings(config: Config) -> Iterator[Finding]:
    """By which ways strangers can subscribe."""
    pages, address = config.pages_url, config.joining.address
    if not config.joining.open:
        yield note(JOINING, "strangers cannot subscribe (joining.open = false): only `digest subscribers add` does")
    elif not pages and not address:
        yield warning(
            JOINING,
            "strangers may subscribe, but there is no way: neither pages nor an address for commands",
            "Set web_url under [digest], or address under [joining]; or set open = false there.",
        )
    else:
        ways = [f"at {pages}/subscribe"] * bool(pages) + [f"by mail to {address}"] * bool(address)
        yield ok(JOINING, f"strangers can subscribe {' and '.join(ways)}")


def command_findings(config: Config) -> Iterator[Finding]:
    """Whether commands that come by mail arrive, and are believed; this looks at the configuration alone."""
    address, inbound = config.joining.address, config.inbound
    if not address:
        yield note(COMMANDS, "none are taken by mail: joining.address is empty")
        return
    if not inbound.authserv_id:
        yield error(
            COMMANDS,
            f"what comes to {address} is not followed: inbound.authserv_id is empty, so nothing proves who wrote it",
            "Let your mail server check SPF and DKIM, and name it: authserv_id under [inbound] (docs/web.md).",
        )
    if not has_room(address):
        yield error(
            COMMANDS,
            f"{address} leaves no room for a token behind a plus sign: nobody can confirm by mail",
            f"Take an address with at most {LONGEST_BASE} characters before the @.",
        )
    yield from _arrival(config)
    if config.mail.reply_to and config.mail.reply_to != address:
        yield note(
            COMMANDS,
            f"answers to the digest go to {config.mail.reply_to} (mail.reply_to), so that a command by replying does "
            f"not reach {address}",
        )


def _arrival(config: Config) -> Iterator[Finding]:
    address, inbound = config.joining.address, config.inbound
    if inbound.lmtp or inbound.imap_host:
        way = f"over LMTP at {inbound.lmtp}" if inbound.lmtp else f"out of the mailbox at {inbound.imap_host}"
        yield ok(COMMANDS, f"what comes to {address} is taken in {way}")
        return
    yield note(
        COMMANDS,
        f"whether {address} is piped to `digest receive` cannot be seen from here, and neither inbound.lmtp nor "
        "inbound.imap_host is set",
        "With Postfix, this line belongs into a file of aliases as for bounces (docs/mail.md), and "
        "recipient_delimiter = + into main.cf:"
        + paste(f'{address.partition("@")[0]}: "|{program()} -c {config.place} receive"'),
    )
