"""Whether a rendered edition may be sent: what templates, which people edit, can get wrong without failing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.mail.render import MAX_MESSAGE, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Rendered


def unfit(rendered: Rendered, ways: Sequence[str]) -> tuple[str, str] | None:
    """The template at fault and why `rendered` must not be sent; None where it may be.

    `ways` are the URLs to leave by (`page.ways_out`), one of which each part has to hold: without one a
    reader's only way out is to call the mail spam. The reason names nothing of this one edition.
    """
    for name, content in _parts(rendered):
        if not content.strip():
            return name, "it renders to nothing"
        if name != "mail/subject.txt" and not any(_holds(content, way) for way in ways):
            return name, "the way to unsubscribe is gone: a link to {{ unsubscribe_url }} has to stand in it"
    if size(rendered.html, rendered.text) >= MAX_MESSAGE:
        larger = max(_parts(rendered), key=lambda part: len(part[1].encode()))[0]
        return larger, f"the message is over {MAX_MESSAGE} bytes however few papers it shows: its end would be cut off"
    return None


def _parts(rendered: Rendered) -> tuple[tuple[str, str], ...]:
    return (
        ("mail/subject.txt", rendered.subject),
        ("mail/digest.txt", rendered.text),
        ("mail/digest.html", rendered.html),
    )


def _holds(content: str, url: str) -> bool:
    return url in content or url.replace("&", "&amp;") in content
