"""The error tree: everything that `digest` raises on purpose, each with its exit code.

::

    DigestError                     exit 1   some part failed, and it says which
    |-- UsageError                  exit 2   the command line asks for what cannot be
    |   |-- ConfigError             exit 2   every mistake of the config at once
    |   `-- QueryError              exit 2   an interest that does not parse: where and why
    |-- SourceError                 exit 1   a look at a source that gave no entries
    |   |-- NotAFeed                         bytes that are no feed: an error page, a truncated file
    |   |-- Throttled                        the source asked us to come back later
    |   `-- Unreachable                      no answer at all, or an error answer
    |-- StorageError                exit 1   the database cannot be opened, read or migrated
    |-- TemplateError               exit 1   a template that does not render
    |-- MessageError                exit 1   a message that would not be valid on the wire
    |-- TokenError                  exit 1   a token that we did not make, or made for something else
    `-- TransportError              exit 1   a message did not get away
        |-- Deferral                         4xx: try this recipient again later
        |-- Refusal                          5xx: this recipient or message is refused
        |-- Outage                           no conversation possible: no fault of the message
        `-- OutcomeUnknown                   the line broke after the final dot

A caller that can go on without the failed part catches the leaf it knows; the command line turns
whatever reaches it into one line on standard error and the exit code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.redaction import without_secrets

if TYPE_CHECKING:
    from datetime import datetime


class DigestError(Exception):
    """Something failed that is no bug; its text says what, where and what to do."""

    exit_code = 1


class UsageError(DigestError):
    """The command line asks for something that cannot be done as asked."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration has mistakes, all of which are listed.

    Args:
        mistakes: one ``path.to.key: what is wrong`` for each mistake.
        place: the file that was read.
    """

    def __init__(self, mistakes: list[str], place: str = "") -> None:
        self.mistakes = list(mistakes)
        self.place = place
        head = f"{place}: " if place else ""
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__(f"{head}{count} in the configuration\n" + "\n".join(f"  {m}" for m in mistakes))


class QueryError(UsageError):
    """An interest that does not parse.

    Args:
        text: the whole text that was parsed.
        position: offset into ``text`` (in characters) at which parsing stopped.
        reason: what was found or missing there, as a clause.
    """

    def __init__(self, text: str, position: int, reason: str) -> None:
        self.text, self.position, self.reason = text, position, reason
        start = text.rfind("\n", 0, position) + 1
        line = text[start:].partition("\n")[0].expandtabs(1)
        column = position - start
        super().__init__(f"{reason} (column {column + 1})\n  {line}\n  {' ' * column}^")


class SourceError(DigestError):
    """A look at a source that brought no entries.

    Args:
        place: the URL or file that was looked at.
        reason: what came back instead. Keys in URLs are hidden in both.
    """

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = without_secrets(place), without_secrets(reason)
        super().__init__(f"{self.place}: {self.reason}")


class NotAFeed(SourceError):
    """The bytes are not a feed of any known kind."""


class Throttled(SourceError):
    """The source asked for fewer requests; ``retry_at`` (aware) is when it may be asked again, if it said."""

    def __init__(self, place: str, reason: str, retry_at: datetime | None = None) -> None:
        super().__init__(place, reason)
        self.retry_at = retry_at


class Unreachable(SourceError):
    """No usable answer: DNS, connection, TLS, time-out, or an error status."""


class StorageError(DigestError):
    """The database cannot be opened, read, written or migrated."""


class TemplateError(DigestError):
    """A template that cannot be loaded or rendered."""


class MessageError(DigestError):
    """A message that would break a rule of the wire; it is never sent."""


class TokenError(DigestError):
    """A token that was not made by this installation, or not for this purpose."""


class TransportError(DigestError):
    """A message did not get away.

    Args:
        text: the server's words, or the operating system's.
        code: the SMTP reply code, or 0 where there was no reply.
        enhanced: the RFC 3463 status ("5.1.1"), or "".
        step: the step of the conversation that failed: "connect", "auth", "mail", "rcpt", "data", "body" or "dot"; ""
            where there is no conversation.
    """

    def __init__(self, text: str, code: int = 0, enhanced: str = "", step: str = "") -> None:
        self.text, self.code, self.enhanced, self.step = text, code, enhanced, step
        super().__init__(f"{code} {text}" if code else text)


class Deferral(TransportError):
    """A 4xx reply: this recipient again later."""


class Refusal(TransportError):
    """A 5xx reply to this recipient or message; others are not concerned."""


class Outage(TransportError):
    """No conversation is possible: stops the batch, frees the claims, counts no attempt."""


class OutcomeUnknown(TransportError):
    """The line broke after the final dot: the server may or may not have taken the message."""
