"""Headers as servers write them who looked at a mail, and what is proved by them."""

from __future__ import annotations

from digest.mail.incoming.authentication import authenticated
from digest.mail.incoming.parts import Part

MX = "mx.digest.test"
ADA = "ada@reader.test"
PASS = f"{MX}; dkim=pass header.d=reader.test"
HOP = ("received", "from somewhere by elsewhere")


COVERED = "from:to:subject:date:message-id"
OWN = [("to", "digest@digest.test"), ("date", "Mon, 25 May 2026 08:00:00 +0200"), ("message-id", "<1@reader.test>")]


def signature(domain: str = "reader.test", names: str = COVERED, more: str = "") -> tuple[str, str]:
    """A signature of that domain over fields with these names."""
    return "dkim-signature", f"v=1; a=rsa-sha256; d={domain}; s=s1; {more} h={names}; bh=x; b=AXqTmuy+Ab3"


def header(*fields: tuple[str, str], author: str = f"Ada <{ADA}>", signed: bool = True) -> Part:
    """A header with these fields, from the top, and below them what a mail has that its domain signed."""
    given = {name for name, _ in fields}
    own = [signature()] * signed + [(name, value) for name, value in OWN if name not in given]
    return Part((*fields, *own, ("from", author)))


def results(*values: str) -> list[tuple[str, str]]:
    return [("authentication-results", value) for value in values]


def author(*values: str, sender: str = f"Ada <{ADA}>", envelope: str = "", signed: bool = True) -> str:
    """Who is proved by these fields, right below our own Received."""
    return authenticated(header(HOP, *results(*values), HOP, author=sender, signed=signed), MX, 1, envelope).address
