"""What is never shown of a URL: user names, passwords and keys.

Feeds behind a login have their key in the URL (`?api_key=...`), and URLs stand in errors, logs, the database and what
programs read. They are known by the name of the parameter, which is how whoever made the URL says what it is; a secret
in the path of a URL cannot be told from the path.
"""

from __future__ import annotations

import re

HIDDEN = "***"
"""What stands in the place of a secret."""

_LOGIN = re.compile(r"(?<=://)[^/?#\s]{1,2000}@")
_NAME = (
    r"(?:[a-z0-9_.%-]{0,60}(?:key|token|secret|passw(?:or)?d|pass|pwd|pin|signature|credentials?|jwt|bearer)"
    r"|(?:[a-z0-9]{0,20}[_.-])?(?:auth|sig|sid|session|hmac|login|username))"
    r"(?:\[\w{0,20}\]|%5b\w{0,20}%5d)?"
)
_VALUE = re.compile(rf"(?<![a-z0-9_.%-])({_NAME}(?:=|%3d))(?:(?!%26|%23)[^&;#\s\"'<>])+", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """`text`, a URL or words with URLs in them, with `HIDDEN` for the values of keys and without logins.

    A parameter is a secret by its name: `key`, `token`, `api_key`, `apiKey`, `access_token`, `password`, `sig` and
    the like, also in a URL that is a parameter of another, percent-encoded.
    """
    return _VALUE.sub(rf"\1{HIDDEN}", _LOGIN.sub("", text))
