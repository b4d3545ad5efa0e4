"""The pages of one subscriber, each behind a link that only they have; no page needs a password or a cookie.

Every view is a function of the site and of what stands in the path. GET shows, POST does: whatever a link scanner
opens, nothing changes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint

from digest.web import bring, edition, leave, manage, opinion, own, owned
from digest.web.limits import Costly
from digest.web.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from digest.web.site import Site

    View = Callable[..., Response]

_ROUTES: tuple[tuple[str, View, View | None], ...] = (
    ("/manage/<token>", manage.show, manage.change),
    ("/manage/<token>/account", own.ask_for_link, own.send_link),
    ("/account/<token>", own.ask_to_erase, own.erase),
    ("/account/<token>/export", own.export, None),
    ("/manage/<token>/import", bring.ask, bring.take),
    ("/unsubscribe/<token>", leave.ask, leave.leave),
    ("/unsubscribe/<token>/undo", leave.back, leave.undo),
    ("/edition/<token>", edition.show, None),
    ("/opinion/<token>/<int:rank>/<opinion>", opinion.ask, opinion.note),
    ("/feed/<token>.atom", own.feed, None),
)
"""The path, what GET shows and what POST does."""


def blueprint(site: Site) -> Blueprint:
    """The pages of subscribers: wishes, unsubscribing, editions, opinions, a feed of one's own."""
    made = Blueprint("subscriber", __name__)
    limits = {owned.COSTLY: Costly(site.turns), bring.ORCID: Costly(Turns(1, waiting=0), burst=6, rate=1 / 60)}
    made.record_once(lambda state: state.app.extensions.update(limits))
    for rule, shows, does in _ROUTES:
        _add(made, site, rule, shows, "GET")
        if does is not None:
            _add(made, site, rule, does, "POST")
    return made


def _add(made: Blueprint, site: Site, rule: str, view: View, method: str) -> None:
    name = f"{view.__module__.rpartition('.')[2]}_{view.__name__}"
    made.add_url_rule(rule, name, partial(view, site), methods=[method])
