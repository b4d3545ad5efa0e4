"""The style sheet and the script: read once, named by their content, and so kept by browsers for good."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response, abort, request

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

    from digest.web.site import Site

KINDS = {"style.css": "text/css", "script.js": "text/javascript"}
FOR_GOOD = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"


@dataclass(frozen=True, slots=True)
class File:
    """A file that is sent as it is; `version` changes with its content."""

    name: str
    content: bytes

    @property
    def version(self) -> str:
        """What names this content in an address."""
        return hashlib.sha256(self.content).hexdigest()[:12]


@lru_cache(maxsize=8)
def load(environment: Environment) -> dict[str, File]:
    """The files of `KINDS` by name, from the folder of overrides or the built-in one.

    Raises:
        TemplateNotFound: one is missing.
    """
    found = {}
    for name in KINDS:
        loader = cast("BaseLoader", environment.loader)
        source, _, _ = loader.get_source(environment, f"web/{name}")
        found[name] = File(name, source.encode("utf-8"))
    return found


def blueprint(site: Site) -> Blueprint:
    """/static/..."""
    made = Blueprint("static", __name__)
    files = load(site.environment)

    @made.get("/static/<name>")
    def send(name: str) -> Response:
        """One file; for good where its version is asked for."""
        if name not in files:
            abort(404)
        file = files[name]
        response = Response(file.content, mimetype=KINDS[name])
        response.headers["Cache-Control"] = FOR_GOOD if request.args.get("v") == file.version else FOR_AN_HOUR
        response.set_etag(file.version)
        response.make_conditional(request)
        return response

    return made
