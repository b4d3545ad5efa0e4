"""``digest templates``: the templates of the mail, and those that replace them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from digest.cli.groups import Group
from digest.cli.output import echo_json, json_option, rows, say

if TYPE_CHECKING:
    from pathlib import Path

    from digest.app import App
    from digest.services.proofread import Finding

FOLDER = click.option("--folder", metavar="DIR", help="The folder with templates of your own, if not [mail] templates.")


@click.group(cls=Group)
def command() -> None:
    """Check the templates of the mail, and start ones of your own.

    A template of your own has the name of the built-in one, in the folder that `templates` under [mail] names.
    """


@command.command("check", short_help="Try them on every kind of day; exit 1 if anything is wrong.")
@FOLDER
@json_option
@click.pass_obj
def check_command(obj: dict[str, Any], folder: str | None, as_json: bool) -> int:
    """Render all templates for every kind of day and say what is wrong with them, and where."""
    from digest.services.proofread import proofread

    app = _app(obj)
    findings = proofread(_folder(app, folder), app.letterhead)
    for finding in findings:
        echo_json(asdict(finding)) if as_json else show(finding)
    if not findings and not as_json:
        say("the templates are fine")
    return 1 if findings else 0


@command.command("list", short_help="List them, and which are replaced.")
@FOLDER
@json_option
@click.pass_obj
def list_command(obj: dict[str, Any], folder: str | None, as_json: bool) -> None:
    """List the templates, and the files of your own that replace them."""
    from digest.services.proofread import own_templates, template_names

    own = own_templates(_folder(_app(obj), folder))
    names = dict.fromkeys([*template_names(), *own])
    records = [{"name": name, "replaced_by": str(own[name]) if name in own else None} for name in names]
    rows(records, ("name", "replaced_by"), "no templates", as_json)


@command.command("show", short_help="Print a built-in one, to start from.")
@click.argument("name")
def show_command(name: str) -> None:
    """Print the built-in template NAME, such as digest.html."""
    from digest.services.proofread import template_source

    click.echo(template_source(name), nl=False)


def show(finding: Finding) -> None:
    """One finding for people: the place, what is wrong, what to do, and on which days."""
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    say(f"{place}: {'error' if finding.grave else 'warning'}: {finding.problem}")
    say(f"    {finding.advice}")
    if finding.days:
        more = f" and {len(finding.days) - 2} more" if len(finding.days) > 2 else ""
        say(f"    on {', '.join(finding.days[:2])}{more}")


def _app(obj: dict[str, Any]) -> App:
    from digest.app import App

    return App.for_preview(obj["config"], required=False)


def _folder(app: App, folder: str | None) -> Path | None:
    from pathlib import Path

    return Path(folder) if folder else app.config.mail.templates
