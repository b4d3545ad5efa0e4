"""Findings about DKIM (RFC 6376, RFC 8463): is the key that receivers find the one that we sign with?"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from digest.doctor.findings import error, note, ok, paste
from digest.doctor.names import LookupFailed, quoted, txt_line
from digest.doctor.tags import BadTags, parse_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.doctor.findings import Finding
    from digest.doctor.names import Names

CHECK = "DKIM"
_SHORTEST_CUT = 50
_IN_A_FORM = "in a form on the web: the text in one piece, without quotation marks"
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")


def dkim_findings(names: Names, selector: str, domain: str, ours: str) -> Iterator[Finding]:
    """What stands at ``selector._domainkey.domain``, compared with `ours`, the record that belongs there.

    Raises:
        LookupFailed: the name could not be looked up.
    """
    name = f"{selector}._domainkey.{domain}"
    texts = names.txt(name)
    if not texts:
        yield _missing(names, name, domain, ours)
        return
    if len(texts) > 1:
        yield error(
            CHECK,
            f"there are {len(texts)} TXT records at {name}; which of them counts is anybody's guess",
            f"Leave one:{paste(txt_line(name, ours))}",
        )
        return
    yield from record_findings(texts[0], ours, name)


def _missing(names: Names, name: str, domain: str, ours: str) -> Finding:
    """No record; a frequent slip is to give the whole name to a form that puts the domain behind it."""
    doubled = f"{name}.{domain}"
    try:
        slipped = bool(names.txt(doubled))
    except LookupFailed:
        slipped = False
    publish = f"Publish ({_IN_A_FORM}):{paste(txt_line(name, ours))}"
    if slipped:
        host = name.removesuffix(f".{domain}")
        return error(
            CHECK,
            f"there is no key at {name}, but one at {doubled}",
            f"The DNS puts the domain behind the name by itself: give {host} as the name. {publish}",
        )
    return error(CHECK, f"there is no key at {name}: nobody can check our signatures", publish)


def record_findings(text: str, ours: str, name: str) -> Iterator[Finding]:
    """What is to be said of the one record `text` at `name`; `ours` is the one that belongs there."""
    replace = f"Replace the record ({_IN_A_FORM}):{paste(txt_line(name, ours))}"
    try:
        tags = parse_tags(text)
    except BadTags as bad:
        yield error(CHECK, f"the record at {name} cannot be read: {bad}: {quoted(text)}", replace)
        return
    wrong = _worthless(tags) or _other_key(tags, parse_tags(ours))
    if wrong:
        yield error(CHECK, f"the record at {name} {wrong}", replace)
        return
    yield ok(CHECK, f"the key at {name} is ours")
    if "y" in _flags(tags):
        yield note(
            CHECK,
            f"the record at {name} says that we are only testing (t=y)",
            "Take t=y out once a test message arrived with a good signature.",
        )


def _worthless(tags: dict[str, str]) -> str:
    """Why no verifier may use the record (RFC 6376 3.6.1), as the end of a sentence; "" if it may."""
    if "v" in tags and (tags["v"] != "DKIM1" or next(iter(tags)) != "v"):
        return "must begin with v=DKIM1"
    if "p" not in tags:
        return "holds no key (p=)"
    if not tags["p"]:
        return "says that the key is revoked (p= is empty)"
    if "h" in tags and "sha256" not in _words(tags["h"]):
        return f"forbids sha256, with which we sign (h={tags['h'][:60]})"
    if "s" in tags and not {"*", "email"} & _words(tags["s"]):
        return f"holds a key that is not for mail (s={tags['s'][:60]})"
    return ""


def _other_key(tags: dict[str, str], ours: dict[str, str]) -> str:
    """How the published key differs from ours, as the end of a sentence; "" if it does not."""
    kind, wanted = tags.get("k", "rsa"), ours.get("k", "rsa")
    if kind != wanted:
        return f"holds a key of the kind {kind[:20]}, ours is {wanted}"
    theirs, key = tags["p"], ours["p"]
    if "".join(theirs.split()) == key:
        return ""
    bare = _NOT_BASE64.sub("", theirs)
    if bare == key:
        return "holds our key with quotation marks or other signs in it"
    if len(bare) >= _SHORTEST_CUT and key.startswith(bare):
        return f"holds only the first {len(bare)} of the {len(key)} characters of our key"
    return "holds another key than ours" if _is_base64(bare) else "holds no key: p= is no base64"


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except binascii.Error:
        return False


def _words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(":")}


def _flags(tags: dict[str, str]) -> set[str]:
    return _words(tags.get("t", ""))


def left_to_the_server() -> Finding:
    """The finding of an installation that does not sign by itself."""
    return note(
        CHECK,
        "signing is left to the mail server (there is no dkim.selector): its key cannot be checked from here",
        "Send a test (digest send-test ADDRESS) to an address at another provider and look for dkim=pass under "
        "Authentication-Results there. To sign here: digest dkim makes a key and says what to publish.",
    )
