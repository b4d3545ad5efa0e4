"""How a stranger becomes a subscriber on the web: trying out, asking (`door`), confirming."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from digest.web import confirming, request
from digest.web.door import Door
from digest.web.trying import TRIALS, Trying

if TYPE_CHECKING:
    from flask import Response

    from digest.web.site import Site


def blueprint(site: Site) -> Blueprint:
    """/try, /subscribe, /confirm/<token>, /link."""
    made, door = Blueprint("joining", __name__), Door(site)
    trying = Trying(site, door)
    made.record_once(lambda state: state.app.extensions.update({TRIALS: trying.trials}))
    made.add_url_rule("/try", view_func=trying.show, endpoint="try")
    made.add_url_rule("/try/mail", view_func=trying.mail, endpoint="mail")
    made.add_url_rule("/subscribe", view_func=door.show, endpoint="subscribe")
    made.add_url_rule("/subscribe", view_func=door.ask, endpoint="ask", methods=["POST"])
    made.add_url_rule("/link", view_func=door.show_link, endpoint="link")
    made.add_url_rule("/link", view_func=door.ask_link, endpoint="ask_link", methods=["POST"])

    @made.get("/confirm/<token>")
    def confirm_page(token: str) -> Response:
        """What was asked for, and a button; nothing changes."""
        return confirming.show(site, token)

    @made.post("/confirm/<token>")
    def confirm(token: str) -> Response:
        """Yes, or: it was not me."""
        if request.field("do") == "decline":
            return confirming.decline(site, token)
        return confirming.say_yes(site, token)

    return made
