"""The Jinja environment: a folder of overrides first, the built-in templates behind it.

An override has the name of what it replaces (``mail/digest.html``) and may build on it::

    {% extends "default:mail/digest.html" %}
    {% block footer %}{{ super() }}<p>Room 4.12, Thursdays at ten</p>{% endblock %}

Everything but ``.txt`` is escaped, and an undefined name is an error. Jinja is imported in here, on first use.
"""

from __future__ import annotations

import traceback
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import digest
from digest.errors import TemplateError
from digest.mail.text import cut, wrap

if TYPE_CHECKING:
    import jinja2
    from _typeshed import DataclassInstance

DEFAULT = "default:"
MAIL, WEB = "mail/", "web/"
# What a message is made of; other templates are pieces of these.
PARTS = ("mail/subject.txt", "mail/digest.txt", "mail/digest.html")


def environment(overrides: Path | None = None) -> jinja2.Environment:
    """The environment for `render`; `overrides` is a folder laid out like the built-in ``templates``.

    Raises:
        TemplateError: `overrides` is not a folder, or the built-in templates are missing.
    """
    if overrides is None:
        return _plain(built_in())
    if not overrides.is_dir():
        raise TemplateError(f"{overrides}: the folder of templates does not exist")
    return _made(built_in(), overrides)


@cache
def _plain(builtin: Path) -> jinja2.Environment:
    """The built-in templates alone: one environment for all, so that each is compiled once in a process."""
    return _made(builtin)


def _made(builtin: Path, *overrides: Path) -> jinja2.Environment:
    import jinja2

    known = jinja2.FileSystemLoader(builtin)
    named = jinja2.PrefixLoader({DEFAULT[:-1]: known}, delimiter=DEFAULT[-1])
    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*map(jinja2.FileSystemLoader, overrides), known, named]),
        autoescape=jinja2.select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(wrap=wrap, cut=cut)
    return env


def built_in() -> Path:
    """The folder of the built-in templates: inside the installed package, or at the top of a checkout.

    Raises:
        TemplateError: neither is there.
    """
    package = Path(digest.__file__).parent
    for folder in (package / "_templates", package.parent / "templates"):
        if (folder / "mail").is_dir():
            return folder
    raise TemplateError(
        f"the built-in templates are missing: neither {package / '_templates'} nor a checkout's templates"
    )


def fill(env: jinja2.Environment, name: str, page: DataclassInstance) -> str:
    """The template `name` filled in with `page`, a `Page` or a `Notice`, and its fields under their own names.

    Raises:
        TemplateError: it is missing, does not parse or fails; the text names file and line.
    """
    whole = {field.name: getattr(page, field.name) for field in fields(page)}
    try:
        return env.get_template(name).render(whole, page=page)
    except Exception as e:  # whatever an edited template does wrong is the template's error
        raise TemplateError(f"{_place(e, name)}: {_reason(e)}") from e


def _place(error: Exception, name: str) -> str:
    """File and line of the innermost template frame; Jinja rewrites tracebacks to point into templates."""
    file, line = getattr(error, "filename", None), getattr(error, "lineno", None)
    if isinstance(file, str) and line:
        return f"{file}:{line}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith((".html", ".txt"))]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name


def _reason(error: Exception) -> str:
    import jinja2

    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.name!r}"
    if isinstance(error, RecursionError):
        return f'it builds on itself; the built-in one is "{DEFAULT}..."'
    return f"{getattr(error, 'message', None) or error or type(error).__name__}"
