"""What can be said of an edited template without rendering it: grammar, names, and what it builds on. Pure.

Rendering finds most slips, but not those in a branch that no day of a trial takes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING

from digest.mail.letters import LETTERS, Notice
from digest.mail.page import Page
from digest.mail.templates import DEFAULT, MAIL, PARTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import jinja2
    from jinja2 import nodes


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a template: its line (0 = unknown), what it is and what to do."""

    line: int
    problem: str
    advice: str


def lint(env: jinja2.Environment, name: str, source: str) -> list[Mistake]:
    """What is wrong with `source`, which is to take the place of the template `name`."""
    import jinja2

    try:
        tree = env.parse(source, name)
        env.compile(source, name)
    except jinja2.TemplateSyntaxError as error:
        return [Mistake(error.lineno, f"{error.message}", "mend the tag on this line, or the one before it")]
    return [*_loops(name, tree), *_unknown_templates(env, tree), *_unknown_names(env, name, tree)]


def references(env: jinja2.Environment, source: str) -> set[str]:
    """The names of the templates that `source` builds on; none where it does not parse."""
    import jinja2

    try:
        return {name for _, name in _references(env.parse(source))}
    except jinja2.TemplateSyntaxError:
        return set()


def suggestion(name: str, names: Collection[str]) -> str:
    """Which of `names` was meant by `name`, as a clause."""
    ends = [known for known in names if known.rpartition("/")[2] == name.rpartition("/")[2]]
    near = ends or get_close_matches(name, names, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"


def _references(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    from jinja2 import nodes

    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    for node in (found for kind in kinds for found in tree.find_all(kind)):
        built_on = getattr(node, "template", None)
        if isinstance(built_on, nodes.Const) and isinstance(built_on.value, str):
            yield node.lineno, built_on.value


def _loops(name: str, tree: nodes.Template) -> Iterator[Mistake]:
    for line, built_on in _references(tree):
        if built_on == name:
            yield Mistake(line, "it builds on itself", f'write "{DEFAULT}{name}" for the built-in one')


def _unknown_templates(env: jinja2.Environment, tree: nodes.Template) -> Iterator[Mistake]:
    known = env.list_templates()
    for line, built_on in _references(tree):
        if built_on not in known:
            yield Mistake(line, f"there is no template {built_on!r}", suggestion(built_on, known))


def _unknown_names(env: jinja2.Environment, name: str, tree: nodes.Template) -> Iterator[Mistake]:
    from jinja2 import meta, nodes

    if not name.startswith(MAIL):  # pages see what each of them is given
        return
    # A name set in a branch counts as undeclared to Jinja.
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    known = {"page", *_fields(name), *env.globals, *_defined(env)}
    for name in sorted(meta.find_undeclared_variables(tree) - known - own):
        line = next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 0)
        yield Mistake(line, f"{name!r} is not defined", suggestion(name, sorted(known)))


def _fields(name: str) -> set[str]:
    """What the template `name` may print: the fields of an edition, those of a letter, or for pieces of both, both."""
    page, notice = ({field.name for field in fields(kind)} for kind in (Page, Notice))
    if name in PARTS:
        return page
    return notice if name in LETTERS else page | notice


def _defined(env: jinja2.Environment) -> set[str]:
    """What the built-in templates define for those that extend them: macros and imports."""
    from jinja2 import nodes

    found: set[str] = set()
    for name in env.list_templates(filter_func=lambda name: name.startswith(f"{DEFAULT}{MAIL}")):
        tree = env.parse(env.loader.get_source(env, name)[0]) if env.loader else nodes.Template([])
        found |= {node.name for node in tree.find_all(nodes.Macro)}
        found |= {node.target for node in tree.find_all(nodes.Import)}
    return found
