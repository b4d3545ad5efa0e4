"""A preview drawn in the terminal: the same cards as in the mail, in the mail's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.output import console, printable, told
from digest.mail.page import page

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from digest.mail.cards import Card, Segments
    from digest.mail.page import Page
    from digest.model import Letterhead, Look
    from digest.services.preview import Preview

WIDTH = 100


def draw(shown: Preview, letterhead: Letterhead) -> None:
    """Print what was looked at, the message's head, its cards, and what was left out."""
    click.echo(_rendered(shown, letterhead, console()), nl=False)


def drawn(shown: Preview, letterhead: Letterhead) -> str:
    """The same as plain text, for a file."""
    from rich.console import Console

    return _rendered(shown, letterhead, Console(width=WIDTH, color_system=None, highlight=False, markup=False))


def _rendered(shown: Preview, letterhead: Letterhead, out: Console) -> str:
    """All of it at once, without the spaces that fill up each line."""
    out.width = min(out.width, WIDTH)
    with out.capture() as captured:
        for result in shown.seen:
            out.print(_styled(f"{result.look.source}: {result.look.entries} entries that count as seen", "dim"))
        for result in shown.looks:
            out.print(_look(result.look))
        if any(not result.look.verdict.failed for result in shown.looks) or shown.edition.picks:
            _draw_message(out, shown, page(shown.edition, shown.subscriber, letterhead))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _draw_message(out: Console, made: Preview, seen: Page) -> None:
    out.print()
    out.rule(_styled(f"{seen.masthead} · {seen.day}", "bold"), style="dim")
    out.print(_styled(f"Subject: {made.rendered.subject}", "dim"))
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
    out.print(_styled(_closing(made), "dim"))


def _styled(text: str, style: str) -> Text:
    """Text as it stands: nothing in it is taken for markup, and nothing in it steers the terminal."""
    from rich.text import Text

    return Text(printable(text), style=style)


def _look(look: Look) -> Text:
    """One line; why a look failed is said on standard error."""
    if look.verdict.failed:
        return _styled(f"{look.source}: {look.verdict.value}", "bold red")
    line = _styled(f"{look.source}: {look.verdict.value}", "bold")
    known = look.entries - look.new - look.revised
    line.append_text(_styled(told(look).removeprefix(line.plain), "not bold"))
    return line.append_text(_styled(f", {known} known already" if look.new and known > 0 else "", "not bold dim"))


def _marked(parts: Segments, style: str) -> Text:
    text = _styled("", style)
    for words, matched in parts:
        text.append_text(_styled(words, "bold yellow" if matched else ""))
    return text


def _draw_card(out: Console, card: Card) -> None:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column(overflow="fold")
    grid.add_row(_styled(f"{card.number}.", "bold"), _marked(card.title, "bold"))
    facts = [card.authors, card.date, f"{card.upvotes} upvotes" if card.upvotes else "", *card.badges]
    grid.add_row("", _styled(" · ".join(fact for fact in facts if fact), "dim"))
    if card.summary:
        grid.add_row("", _marked(card.summary, "italic"))
    if card.rest:
        grid.add_row("", _marked(card.rest, ""))
    if card.why:
        reasons = "; ".join(why.words for why in card.why)
        grid.add_row("", _styled(f"why: {reasons}", "green"))
    out.print()
    out.print(grid)
    if card.url:
        # Never broken into lines, so that one can click on it.
        out.print("   ", _styled(card.url, "blue underline"), soft_wrap=True)


def _closing(made: Preview) -> str:
    """What was left out, and what is true of the message."""
    excluded = sum(bool(scored.excluded_by) for scored in made.left_out)
    muted = f", {excluded} of them excluded" if excluded else ""
    sizes = f"HTML {len(made.rendered.html.encode()) // 1024} KB, message {len(made.message) // 1024} KB"
    sent = "" if made.would_send else " It is empty and would not be sent."
    return f"{made.edition.left_out} of {made.edition.looked_at} papers left out{muted}; {sizes}.{sent}"
