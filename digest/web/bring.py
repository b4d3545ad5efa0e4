"""Bringing interests along: what somebody uploads or pastes is shown first, and taken when they have chosen.

Nothing is kept between the two steps. What was sent travels in the second form, packed, and is read again.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import current_app, request

from digest.errors import SourceError, UsageError
from digest.imports import MOST_BYTES, read_import
from digest.services import importing
from digest.web import MAX_UPLOAD, owned, people
from digest.web import request as asked
from digest.web.rendering import page
from digest.web.views import counted
from digest.web.wishing import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from flask import Response

    from digest.imports import Imported
    from digest.model import Subscriber
    from digest.services.importing import Brought
    from digest.web.limits import Costly
    from digest.web.site import Site

ORCID = "digest.orcid"
"""Where the application keeps the limits on questions to ORCID (`Flask.extensions`)."""

SHOWN_PAPERS = 300
"""So many papers are there to choose from; of liked ones, the latest hundred count in a ranking."""
SHOWN_SKIPPED = 30
_PACKED = MAX_UPLOAD - 256 * 1024
"""So many characters of what was sent fit into the second form, beside what is chosen."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sent: its bytes, and the name of the file ("" where it was pasted)."""

    content: bytes
    name: str = ""


def ask(site: Site, token: str) -> Response:
    """GET: what can be brought along."""
    return people.managing(site, token, lambda found: _page(site, found))


def take(site: Site, token: str) -> Response:
    """POST: what was found in what was sent; with "take" in the field "do", what is chosen of it is taken."""
    asked.allow(MAX_UPLOAD)
    return people.managing(site, token, lambda found: _taken(site, found))


def _taken(site: Site, found: Subscriber) -> Response:
    try:
        return _take(site, found) if asked.field("do") == "take" else _look(site, found)
    except UsageError as error:
        return _page(site, found, 400, fault=sentence(error), typed=asked.text("text", MOST_BYTES))
    except SourceError:
        fault = "ORCID does not answer at the moment. Please try again in a few minutes."
        return _page(site, found, 502, fault=fault, typed=asked.text("text", MOST_BYTES))


def _look(site: Site, subscriber: Subscriber) -> Response:
    sent = _sent()
    imported = _read(site, sent)
    return _page(site, subscriber, imported=imported, packed=packed(sent.content), name=sent.name)


def _take(site: Site, subscriber: Subscriber) -> Response:
    sent = Sent(unpacked(asked.field("content", MAX_UPLOAD)), asked.field("name"))
    imported = _chosen(_read(site, sent))
    brought = importing.bring(site.store, subscriber, imported, site.clock())
    return _page(site, subscriber, taken=told(brought), left_out=brought.skipped)


def _sent() -> Sent:
    """The file of this request, or the text that was pasted.

    Raises:
        UsageError: there is neither, or it is too large.
    """
    file = request.files.get("file")
    content = file.stream.read(MOST_BYTES + 1) if file else b""
    if content and file:
        return Sent(content, (file.filename or "")[-200:])
    if text := asked.text("text", MOST_BYTES):
        return Sent(text.encode("utf-8", "replace"))
    raise UsageError("choose a file, or paste something")


def _read(site: Site, sent: Sent) -> Imported:
    """What is in it; of an ORCID iD, what ORCID tells.

    Raises:
        UsageError: it is nothing that is known.
        SourceError: ORCID does not answer.
    """
    with _limited(site, owned.COSTLY):
        imported = read_import(sent.content, sent.name)
    if not imported.orcid or site.works is None:
        return imported
    with _limited(site, ORCID):
        return site.works(imported.orcid)


def _limited(site: Site, name: str) -> AbstractContextManager[None]:
    """A turn for what costs something, by the name of its limits; see `Costly.page`."""
    costly: Costly = current_app.extensions[name]
    return costly.page(asked.network().block, site.clock().timestamp())


def _chosen(imported: Imported) -> Imported:
    """What was ticked of it."""
    interests, papers = set(request.form.getlist("interest")), set(request.form.getlist("paper"))
    return replace(
        imported,
        interests=tuple(one for one in imported.interests if str(one) in interests),
        papers=tuple(one for one in imported.papers if one.key in papers),
        skipped=(),
    )


def told(brought: Brought) -> str:
    """What an import did, in a sentence."""
    parts = [counted(len(brought.interests), "interest"), counted(len(brought.liked), "liked paper")]
    known = f"; {brought.known:,} you had already" if brought.known else ""
    return f"{' and '.join(parts)} came along{known}."


def packed(content: bytes) -> str:
    """`content` as it travels in a form.

    Raises:
        UsageError: it is too large for that.
    """
    made = base64.b64encode(zlib.compress(content, 9)).decode("ascii")
    if len(made) > _PACKED:
        raise UsageError("this file is too large for one go: bring it along in parts")
    return made


def unpacked(text: str) -> bytes:
    """What `packed` packed; never more than `MOST_BYTES`, whatever comes.

    Raises:
        UsageError: it is not what was packed.
    """
    try:
        reader = zlib.decompressobj()
        content = reader.decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError):
        raise UsageError("what was shown before did not come back whole: send it again") from None
    if not reader.eof:
        raise UsageError("what was shown before did not come back whole: send it again")
    return content


def _page(
    site: Site,
    subscriber: Subscriber,
    status: int = 200,
    *,
    imported: Imported | None = None,
    packed: str = "",
    name: str = "",
    fault: str = "",
    typed: str = "",
    taken: str = "",
    left_out: Sequence[tuple[str, str]] = (),
) -> Response:
    return page(
        *(site, "import.html", status),
        private=True,
        subscriber=subscriber,
        imported=imported,
        packed=packed,
        name=name,
        fault=fault,
        typed=typed,
        taken=taken,
        left_out=left_out,
        shown_papers=SHOWN_PAPERS,
        shown_skipped=SHOWN_SKIPPED,
        wanted={str(interest) for interest in subscriber.interests},
    )
