"""Proofread: the operator's templates, tried on every kind of day before one of them is sent.

What a check finds, `letters.py` survives: a grave finding means that built-in templates are used in their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING

from digest.errors import TemplateError
from digest.mail.fitness import unfit
from digest.mail.letters import letter, notice, parts
from digest.mail.letters import unfit as unfit_letter
from digest.mail.lint import lint, references, suggestion
from digest.mail.page import page, ways_out
from digest.mail.proof import slips
from digest.mail.render import render
from digest.mail.specimens import letter_specimens, specimens
from digest.mail.templates import DEFAULT, MAIL, PARTS, WEB, built_in, environment, fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import jinja2

    from digest.mail.letters import Notice
    from digest.mail.page import Page
    from digest.mail.specimens import LetterSpecimen, Specimen
    from digest.model import Letterhead, Rendered

HTML = "mail/digest.html"
# As `fill` writes it.
_PLACED = re.compile(r"(.+?):(\d+): (.+)", re.DOTALL)
_SECTIONS = "each section in `sections` has `cards` and `lines`, and all of them are to be shown"
# Styles and scripts of pages are files like any other.
_TEMPLATES = (".html", ".txt", ".xml", ".atom")
_UNFIT = "until then the built-in templates are used"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a template: where, what, what to do about it, and on which days it shows.

    `file` is a path, or a template's name where no file is to blame; `line` is 0 where none is known. With a
    `grave` one the built-in templates are sent instead; with any other, the template as it stands. `days` are
    names of specimens; none where the template is wrong on any day.
    """

    file: str
    line: int
    problem: str
    advice: str
    grave: bool = True
    days: tuple[str, ...] = ()


def proofread(overrides: Path | None, letterhead: Letterhead) -> list[Finding]:
    """Everything that is wrong with the templates in `overrides` and the built-in ones behind them, grave things first.

    Raises:
        TemplateError: `overrides` is no folder, or the built-in templates are missing.
    """
    env = environment(overrides)
    own = own_templates(overrides)
    found = [finding for name, file in own.items() for finding in _read(env, name, file, own)]
    days: dict[Finding, list[str]] = {}
    for name, findings in _all_tried(env, letterhead, own):
        for finding in dict.fromkeys(findings):
            days.setdefault(finding, []).append(name)
    read = {(finding.file, finding.line) for finding in found}
    tried = [replace(finding, days=tuple(names)) for finding, names in days.items()]
    shown = (finding for finding in tried if (finding.file, finding.line) not in read)
    return sorted([*found, *shown], key=lambda finding: not finding.grave)


def template_names() -> list[str]:
    """The names of the built-in templates."""
    folder = built_in()
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.is_file())


def own_templates(overrides: Path | None) -> dict[str, Path]:
    """The files in `overrides` by name, without hidden ones."""
    if overrides is None:
        return {}
    found = {path.relative_to(overrides): path for path in sorted(overrides.rglob("*")) if path.is_file()}
    return {name.as_posix(): path for name, path in found.items() if not any(p.startswith(".") for p in name.parts)}


def template_source(name: str) -> str:
    """The built-in template `name`; its folder may be left out, which then is that of the mail if both have one.

    Raises:
        TemplateError: there is none of that name.
    """
    names = template_names()
    bare = name.removeprefix(DEFAULT)
    found = next((known for known in (bare, f"{MAIL}{bare}", f"{WEB}{bare}") if known in names), "")
    if not found:
        raise TemplateError(f"no template {name!r}: {suggestion(name, names)}")
    return (built_in() / found).read_text(encoding="utf-8")


def _read(env: jinja2.Environment, name: str, file: Path, own: dict[str, Path]) -> Iterator[Finding]:
    """What is wrong with one file before it is rendered."""
    names = template_names()
    used = {built_on for other in own.values() for built_on in references(env, _text(other) or "")}
    if name not in names and name not in used:
        yield Finding(str(file), 0, f"no template is named {name}, so nothing uses it", suggestion(name, names), False)
        return
    source = _text(file)
    if source is None:
        yield Finding(str(file), 0, "it cannot be read as UTF-8 text", "save it as UTF-8, readable for digest")
        return
    for mistake in lint(env, name, source) if file.suffix in _TEMPLATES else ():
        yield Finding(str(file), mistake.line, mistake.problem, mistake.advice)


def _text(file: Path) -> str | None:
    """What `file` holds, None where it cannot be read or is no UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return None


def _all_tried(
    env: jinja2.Environment, letterhead: Letterhead, own: dict[str, Path]
) -> Iterator[tuple[str, Iterator[Finding]]]:
    """What is wrong with each edition and each letter, by the name of the specimen."""
    for edition in specimens(letterhead):
        yield edition.name, _tried(env, edition, own)
    for one in letter_specimens(letterhead):
        yield one.name, _tried_letter(env, one, own)


def _tried_letter(env: jinja2.Environment, specimen: LetterSpecimen, own: dict[str, Path]) -> Iterator[Finding]:
    names = parts(specimen.kind)
    try:
        rendered = letter(specimen.kind, specimen.facts, specimen.letterhead, env)
    except TemplateError:
        yield from _failures(env, names, notice(specimen.facts, specimen.letterhead), own)
        return
    yield from _unsendable(unfit_letter(specimen.kind, specimen.facts, rendered), own)
    yield from _slips(rendered, names[-1], own)


def _tried(env: jinja2.Environment, specimen: Specimen, own: dict[str, Path]) -> Iterator[Finding]:
    """What is wrong with the message of one specimen."""
    day = (specimen.edition, specimen.subscriber, specimen.letterhead)
    try:
        rendered = render(*day, env, specimen.unsubscribe)
    except TemplateError:
        yield from _failures(env, PARTS, page(*day, specimen.unsubscribe), own)
    else:
        yield from _looked_at(rendered, specimen, own)


def _failures(
    env: jinja2.Environment, names: Sequence[str], whole: Page | Notice, own: dict[str, Path]
) -> Iterator[Finding]:
    """Every part that fails, not the first alone."""
    for name in names:
        try:
            fill(env, name, whole)
        except TemplateError as error:
            yield _placed(str(error), name, own)


def _placed(fault: str, name: str, own: dict[str, Path]) -> Finding:
    found = _PLACED.fullmatch(fault)
    file, line, problem = found.groups() if found else (name, "0", fault.removeprefix(f"{name}: "))
    return Finding(str(own.get(file, file)), int(line), problem, f"see `digest templates show {name}`; {_UNFIT}")


def _looked_at(rendered: Rendered, specimen: Specimen, own: dict[str, Path]) -> Iterator[Finding]:
    yield from _unsendable(unfit(rendered, ways_out(specimen.letterhead, specimen.unsubscribe)), own)
    yield from _slips(rendered, HTML, own)
    for name, content in (("mail/digest.txt", rendered.text), (HTML, unescape(rendered.html))):
        if specimen.telltale not in content:
            yield Finding(str(own.get(name, name)), 0, "papers are missing in it", _SECTIONS, False)


def _unsendable(fault: tuple[str, str] | None, own: dict[str, Path]) -> Iterator[Finding]:
    """Why the message of a specimen would not be sent, if it would not."""
    if fault is not None:
        name, problem = fault
        yield Finding(str(own.get(name, name)), 0, problem, _UNFIT)


def _slips(rendered: Rendered, name: str, own: dict[str, Path]) -> Iterator[Finding]:
    """What mail programs would make of an HTML part, that of the template `name`."""
    for slip in slips(rendered.html):
        file, line = _found(slip.pattern, name, own)
        yield Finding(file, line, slip.problem, slip.advice, False)


def _found(pattern: str, name: str, own: dict[str, Path]) -> tuple[str, int]:
    """The first place of `pattern` in an own template of the mail; the whole HTML part `name` where there is none."""
    for known, file in own.items():
        source = _text(file) if known.startswith(MAIL) and known.endswith(".html") else None
        if source and (found := re.search(pattern, source, re.IGNORECASE)):
            return str(file), source.count("\n", 0, found.start()) + 1
    return str(own.get(name, name)), 0
