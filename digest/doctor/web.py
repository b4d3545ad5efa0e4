"""Findings about the pages on the web: the one-click unsubscribe that Gmail and Yahoo ask for (RFC 8058)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.doctor.findings import error, note, ok
from digest.errors import SourceError, Throttled
from digest.mail.tokens import NOBODY, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.app import App
    from digest.doctor.findings import Finding
    from digest.sources.answers import Answer
    from digest.sources.polite import Politeness

CHECK = "unsubscribe page"


def web_findings(app: App, polite: Politeness) -> Iterator[Finding]:
    """Whether the link to unsubscribe answers, by GET, which changes nothing."""
    base = app.config.digest.web_url
    if not base:
        yield note(
            CHECK,
            "there is none (digest.web_url is empty), so that people leave by mail, which serves smaller lists; of "
            "whoever sends 5,000 messages a day Gmail and Yahoo want one-click by https (RFC 8058)",
        )
        return
    shown = f"{base}/unsubscribe/..."
    try:
        answer = _get(app, f"{base}/unsubscribe/{app.keyring().token(Purpose.UNSUBSCRIBE, NOBODY)}", polite)
    except Throttled as busy:
        yield error(CHECK, f"{shown} asks to be left alone: {busy.reason}", "Let everybody in, also programs.")
    except SourceError as failed:
        yield error(CHECK, f"{shown}: {failed.reason}", _remedy(failed.reason))
    else:
        yield judge(shown, answer)


def _get(app: App, url: str, polite: Politeness) -> Answer:
    from digest.sources.bounds import Bounds
    from digest.sources.http import user_agent
    from digest.sources.web import Manner, Web

    manner = Manner({"user-agent": user_agent(app.config.http.contact), "accept": "text/html"}, {})
    bounds = Bounds(size=2**20, connect=10, read=15, total=30, redirects=0)
    with Web(url, polite, bounds, manner, private=True) as web:  # our own pages, which may be anywhere
        return web.get(url, {})


def judge(shown: str, answer: Answer) -> Finding:
    """What an answer that is no redirection means."""
    if answer.status == 200:
        return ok(CHECK, f"{shown} answers over https")
    return error(
        CHECK,
        f"{shown} answers with status {answer.status}, not 200",
        "Let your web server pass /unsubscribe/ on to whatever answers for digest there, with the secret that is in "
        "use here; without that, leave "
        "digest.web_url empty, as mail with a dead link to unsubscribe is marked as spam.",
    )


def _remedy(reason: str) -> str:
    if "redirected" in reason:
        return (
            "Set digest.web_url to the address at which it ends: a one-click link must not redirect (RFC 8058 3.1), "
            "also not from one name or scheme to another."
        )
    if "certificate" in reason.lower():
        return (
            "Get a certificate for that name from a public authority (Let's Encrypt or another), and renew it in time."
        )
    return "Start the web server and `digest serve`, or correct digest.web_url; leave it empty if there are no pages."
