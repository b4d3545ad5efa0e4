"""The pages on the web: today's papers, subscribing, one's own wishes, the operator's page.

::

    site.py        what every page is made from
    rendering.py   a template becomes an answer; mistakes become pages
    request.py     what is read off a request: who asks, and fields that are bounded
    security.py    what every answer says to browsers about itself
    static.py      the style sheet and the script
    views.py       papers as the templates see them
    papers.py      today's papers, days, weeks, months, trending, search, single papers
    atom.py        the same as feeds (RFC 4287)
    plots.py       numbers as small pictures
    trying.py      try before you subscribe
    joining.py     how strangers become subscribers; door.py has the forms by which they ask for a letter
    confirming.py  the page behind the link of a confirmation
    forms.py, work.py               who filled a form in, proof of work
    limits.py, turns.py             bounds on what costs
    subscriber.py  what one subscriber changes, reads and says; manage.py and its neighbours have the pages
    operator.py    how the installation is doing; charts.py its pictures
    server.py      waitress, in threads of its own

`create_app` puts them together. There are no cookies: a page of one person is found by the token in its address, and
only a POST changes anything. Flask is imported in here alone, when the pages are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from digest.web.site import Site

MAX_BODY = 64 * 1024
"""What a request may bring, in bytes, but for the pages that allow more (`request.allow`)."""
MAX_UPLOAD = 2 * 1024 * 1024
"""The most that any page allows."""


def create_app(site: Site) -> Flask:
    """The pages of `site` as a WSGI application."""
    from flask import Flask

    from digest.web import joining, operator, papers, rendering, security, static, subscriber

    app = Flask("digest.web", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    security.secure(app, site)
    rendering.prepare(app, site)
    for room in (static, papers, joining, subscriber, operator):
        app.register_blueprint(room.blueprint(site))
    return app
