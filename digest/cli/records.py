"""Previews and looks as JSON: the shapes that programs read, kept apart from how they come about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.model import iso

if TYPE_CHECKING:
    from digest.model import Pick, Scored
    from digest.services.look import LookResult
    from digest.services.preview import Preview


def preview_record(shown: Preview) -> dict[str, Any]:
    """A preview for programs."""
    return {
        "edition_date": shown.edition.edition_date.isoformat(),
        "subscriber": shown.subscriber.address,
        "seen": [look_record(result) for result in shown.seen],
        "sources": [look_record(result) for result in shown.looks],
        "picks": [_pick(pick) for pick in shown.edition.picks],
        "left_out": shown.edition.left_out,
        "left_out_papers": [_left_out(scored) for scored in shown.left_out],
        "looked_at": shown.edition.looked_at,
        "would_send": shown.would_send,
        "subject": shown.rendered.subject,
        "message_id": shown.delivery.message_id,
        "bytes": {
            "html": len(shown.rendered.html.encode()),
            "text": len(shown.rendered.text.encode()),
            "message": len(shown.message),
        },
    }


def look_record(result: LookResult) -> dict[str, Any]:
    """A look at a source for programs."""
    look = result.look
    return {
        "name": look.source,
        "verdict": look.verdict.value,
        "entries": look.entries,
        "new": look.new,
        "revised": look.revised,
        "rejects": look.rejects,
        "detail": look.detail,
        "problems": [str(problem) for problem in result.problems],
    }


def _pick(pick: Pick) -> dict[str, Any]:
    paper = pick.paper
    return {
        "rank": pick.rank,
        "block": pick.block.value,
        "key": paper.key,
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": list(paper.authors),
        "author_count": len(paper.authors) or paper.author_count,
        "url": paper.links.best or None,
        "score": round(pick.score, 4),
        "upvotes": paper.upvotes,
        "published": iso(paper.published),
        "sources": list(paper.sources),
        "categories": list(paper.categories),
        "matched": [{"term": m.interest, "field": m.field, "count": m.count} for m in pick.matches],
    }


def _left_out(scored: Scored) -> dict[str, Any]:
    return {
        "key": scored.paper.key,
        "title": scored.paper.title,
        "score": round(scored.score, 4),
        "excluded_by": list(scored.excluded_by),
    }
