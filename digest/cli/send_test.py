"""``digest send-test``: one message to one address, with every step of the conversation."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from digest.cli.doctor import terminal_width, todo_lines
from digest.cli.output import log_to_stderr, plain, printable, progress, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.doctor.trial import Ending, Trial

NOTICEABLE = 0.01
"""Seconds; a further line of an answer that took less is told without its time."""
_COLOURS = {">": "cyan", "<": "green", "*": "blue"}


@click.command(short_help="Send today's preview to an address, and tell each step.")
@click.argument("address")
@click.option("--sample", is_flag=True, help="Send the bundled sample; needs no database.")
@click.option("--fetch", is_flag=True, help="Ask the sources over the network, too.")
@click.pass_obj
def command(obj: dict[str, Any], address: str, sample: bool, fetch: bool) -> int:
    """Send today's preview to ADDRESS, whoever that is, and tell each step of the conversation.

    It is a real message, as ADDRESS would get it as a subscriber, so that what the receiver makes of it (spam or
    not, DKIM, SPF) holds for the digest as well. Nothing is stored: the papers in it still come in the next
    edition. The exit code is 0 only if it was accepted.
    """
    from digest.app import App
    from digest.doctor.trial import carrier, prepare, send

    log_to_stderr(obj["verbose"], quiet=True)
    app = App.load(obj["config"])
    with progress(obj["verbose"]) as step:
        step("making the message")
        trial = prepare(app, address, sample=sample, fetch=fetch)
    _introduce(trial)
    ending = send(trial, carrier(app, steps()))
    _conclude(ending)
    return 0 if ending.accepted else 1


def _introduce(trial: Trial) -> None:
    for problem in trial.problems:
        say(f"digest: {problem}", err=True)
    papers = "1 paper" if trial.papers == 1 else f"{trial.papers} papers"
    say(f"subject: {trial.subject}")
    say(f"content: {papers}, {len(trial.message):,} bytes")
    say(f"envelope: from {trial.envelope.sender} to {trial.envelope.recipient}")
    if not trial.papers:
        say("there is nothing new today; --fetch asks the sources, --sample sends the bundled sample")
    say("")


def steps(clock: Callable[[], float] = time.monotonic) -> Callable[[str, str], None]:
    """What prints each step as it happens; behind the first line of an answer, how long it took."""
    coloured, last = sys.stdout.isatty() and not plain(), ("", clock())

    def watch(mark: str, text: str) -> None:
        nonlocal last
        now = clock()
        fresh = mark == "<" and (last[0] != "<" or now - last[1] >= NOTICEABLE)
        took = f"{now - last[1]:5.2f} s" if fresh else " " * 7
        last = (mark, now)
        sign = click.style(mark, fg=_COLOURS.get(mark)) if coloured else mark
        click.echo(f"  {took}  {sign} {printable(text)}")

    return watch


def _conclude(ending: Ending) -> None:
    coloured = sys.stdout.isatty() and not plain()
    word = ending.word
    click.echo("")
    shown = click.style(word, fg="green" if ending.accepted else "red", bold=True) if coloured else word
    click.echo(f"{shown}: {printable(ending.what)}")
    for line in todo_lines(ending.todo, "", coloured, terminal_width()):
        click.echo(line)
