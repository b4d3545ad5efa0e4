"""A preview drawn in the terminal: the same cards as in the mail, in the mail's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.cli.output import console
from digest.mail.page import page

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from digest.mail.cards import Card, Segments
    from digest.model import Letterhead
    from digest.services.look import LookResult
    from digest.services.preview import Preview

WIDTH = 100


def draw(shown: Preview, letterhead: Letterhead) -> None:
    """What was looked at, the message's head, its cards, and what was left out."""
    out = console()
    out.width = min(out.width, WIDTH)
    for result in shown.looks:
        out.print(_look(result))
    seen = page(shown.edition, shown.subscriber, letterhead)
    out.print()
    out.rule(_styled(f"{letterhead.title} · {seen.day}", "bold"), style="dim")
    out.print(_styled(f"Subject: {shown.rendered.subject}", "dim"))
    out.print(_styled(seen.preview, "italic"))
    if seen.note:
        out.print(_styled(seen.note, ""))
    for section in seen.sections:
        out.print()
        out.print(_styled(section.title.upper(), "bold cyan"))
        for card in (*section.cards, *section.lines):
            _draw_card(out, card)
    out.print()
    out.rule(style="dim")
    out.print(_styled(_closing(shown), "dim"))


def _styled(text: str, style: str) -> Text:
    """Text as it stands: nothing in it is taken for markup."""
    from rich.text import Text

    return Text(text, style=style)


def _look(result: LookResult) -> Text:
    look = result.look
    known = look.entries - look.new - look.revised
    parts = [f"{look.entries} entries", f"{look.new} new"]
    parts += [f"{look.revised} revised"] if look.revised else []
    parts += [f"{known} known already"] if known > 0 else []
    parts += [f"{look.rejects} rejected"] if look.rejects else []
    line = _styled(f"{look.source}: {look.verdict.value}", "bold red" if look.verdict.failed else "bold")
    line.append(f" ({', '.join(parts)})", "not bold dim")
    return line.append(f" {look.detail}" if look.detail else "", "not bold")


def _marked(parts: Segments, style: str) -> Text:
    from rich.text import Text

    text = Text(style=style)
    for words, matched in parts:
        text.append(words, "bold yellow" if matched else "")
    return text


def _draw_card(out: Console, card: Card) -> None:
    from rich.padding import Padding

    number = _styled(f"{card.number:2}. ", "bold").append_text(_marked(card.title, "bold"))
    out.print()
    out.print(number)
    facts = [card.authors, card.date, f"{card.upvotes} upvotes" if card.upvotes else "", *card.badges]
    out.print(Padding(_styled(" · ".join(fact for fact in facts if fact), "dim"), (0, 0, 0, 4)))
    if card.abstract:
        out.print(Padding(_marked(card.abstract, ""), (0, 0, 0, 4)))
    if card.why:
        reasons = ", ".join(f"{why.interest} in {why.where}" for why in card.why)
        out.print(Padding(_styled(f"why: {reasons}", "green"), (0, 0, 0, 4)))
    if card.url:
        out.print(Padding(_styled(card.url, "blue underline"), (0, 0, 0, 4)), soft_wrap=True)


def _closing(shown: Preview) -> str:
    """What was left out, and what is true of the message."""
    excluded = sum(bool(scored.excluded_by) for scored in shown.left_out)
    muted = f", {excluded} of them excluded" if excluded else ""
    sizes = f"HTML {len(shown.rendered.html.encode()) // 1024} KB, message {len(shown.message) // 1024} KB"
    sent = "" if shown.would_send else " It is empty and would not be sent."
    return f"{shown.edition.left_out} of {shown.edition.looked_at} papers left out{muted}; {sizes}.{sent}"
