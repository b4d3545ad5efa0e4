"""The door: the forms by which a stranger asks for a letter, and what guards them.

A stranger is told the same whether an address is new, subscribed already or never to be written to. What costs a
letter is bounded by the store (`services.joining`); before that stand a form that only a person fills in (`forms`),
a limit for each network, and, once many letters are asked for, some work for the browser (`work`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from digest.errors import UsageError
from digest.mail.headers import mailto
from digest.model import Origin, Subscriber, TurnedAway
from digest.services import enrol, joining
from digest.web import forms, request
from digest.web.forms import Filler
from digest.web.limits import Buckets
from digest.web.rendering import mistake, page
from digest.web.work import Proofs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Response

    from digest.services.joining import Place
    from digest.web.site import Site

FIELDS = ("address", "interests", "send_at", "zone", "rhythm", "max_papers")
BURST, RATE = 30, 0.1
"""So many forms a network may send at once, and so many a second after that."""
BUSY = 0.5
"""From this share of `Caps.hour` on, the form asks for work."""
LONGEST_BODY = 1_500
"""So many characters of interests go into a mailto link: mail programs cut longer ones."""
_HOUR = timedelta(hours=1)

HASTY = "That was fast, and robots are. Please look it over and press the button once more."
LATE = "This page was open for long. Please press the button once more."
UNPROVED = (
    "Very many letters are asked for at the moment. Please press the button once more: your browser then does a "
    "little work first, which keeps robots out."
)


@dataclass(frozen=True, slots=True)
class Form:
    """The form as it is shown: what stands in it, what is wrong with it, and what it asks of the browser.

    `work` is how many bits are to be proved, 0 for none. `guess` is whether the zone may be guessed, and `zones` are
    the options for it; `by_mail` is a mailto URL that asks for the same, or "". `told` is what stopped
    it, or "".
    """

    typed: Mapping[str, str]
    token: str
    work: int
    guess: bool
    by_mail: str
    zones: Markup
    mistakes: Mapping[str, str] = field(default_factory=dict)
    told: str = ""
    trap: str = forms.TRAP
    rhythms: tuple[tuple[str, str], ...] = forms.RHYTHMS


class Door:
    """The forms by which strangers ask for a letter, and what they share."""

    def __init__(self, site: Site, proofs: Proofs | None = None) -> None:
        self._site, self._proofs = site, proofs or Proofs()
        self._posts = Buckets(BURST, RATE)
        self._zones = Markup(site.environment.get_template("web/zones.html").render(areas=forms.zones_by_area()))  # noqa: S704

    def form(self, typed: Mapping[str, str], mistakes: Mapping[str, str] | None = None, told: str = "") -> Form:
        """The form to subscribe with `typed` in it, and the defaults for what is not given."""
        site, now = self._site, self._site.clock()
        defaults = _defaults(site)
        token = typed.get("token", "")
        fresh = forms.filler(site.keys, token, "", now) in (Filler.PERSON, Filler.HASTY)
        return Form(
            typed={name: typed.get(name, defaults.get(name, "")) for name in FIELDS},
            token=token if fresh else forms.form_token(site.keys, now),
            work=self._proofs.bits if self._is_busy() else 0,
            guess="zone" not in typed,
            by_mail=by_mail(site, typed.get("interests")),
            zones=self._zones,
            mistakes=mistakes or {},
            told=told,
        )

    def show(self) -> Response:
        """GET /subscribe: the whole form."""
        return self._page(self.form({"interests": request.text("interests")}))

    def ask(self) -> Response:
        """POST /subscribe: a letter that asks for confirmation, if all is well."""
        typed = {**request.fields(*FIELDS, "token", "proof"), "interests": request.text("interests")}
        if self._is_flood():
            return self._turned_away(typed)
        if not self._site.join_rules.open:
            return mistake(self._site, 403, "Nobody can subscribe here at the moment.", heading="This list is closed")
        filled = forms.read(typed)
        if filled.mistakes:
            return self._page(self.form(typed, filled.mistakes), 400)

        def letter(place: Place) -> TurnedAway | None:
            site = self._site
            asked = (site.store, site.join_rules, filled.address, filled.wishes, Origin.WEB, place, site.clock())
            return joining.ask_to_join(*asked)

        return self._guarded(typed, letter, lambda told, status: self._page(self.form(typed, told=told), status))

    def show_link(self) -> Response:
        """GET /link: the form that asks for the link to one's own page."""
        return self._link_page(self.form({}))

    def ask_link(self) -> Response:
        """POST /link: a letter with that link, if there is such a subscriber."""
        typed = request.fields("address", "token", "proof")
        if self._is_flood():
            return self._turned_away(typed)
        try:
            forms.checked_address(typed["address"])
        except UsageError as error:
            return self._link_page(self.form(typed, {"address": str(error)}), 400)

        def letter(place: Place) -> TurnedAway | None:
            site = self._site
            return joining.ask_for_link(site.store, site.join_rules, typed["address"], place, site.clock())

        return self._guarded(typed, letter, lambda told, status: self._link_page(self.form(typed, told=told), status))

    def _guarded(
        self,
        typed: Mapping[str, str],
        letter: Callable[[Place], TurnedAway | None],
        again: Callable[[str, int], Response],
    ) -> Response:
        """Have `letter` written if a person asks for it; `again` shows the form with what stopped it."""
        site, place, now = self._site, request.network(), self._site.clock()
        match forms.filler(site.keys, typed["token"], request.field(forms.TRAP), now):
            case Filler.ROBOT:
                return self._sent()
            case Filler.HASTY:
                return again(HASTY, 400)
            case Filler.LATE:
                return again(LATE, 400)
        if self._is_busy() and not self._proofs.take(typed["token"], typed["address"], typed["proof"]):
            return again(UNPROVED, 429)
        if letter(place) not in (None, TurnedAway.ADDRESS):
            return self._turned_away(typed)
        site.nudge()
        return self._sent()

    def _is_flood(self) -> bool:
        """Whether this network sends forms faster than people fill them in; nothing is looked up for it then."""
        return self._posts.wait(request.network().block, self._site.clock().timestamp()) > 0

    def _is_busy(self) -> bool:
        """Whether so many letters are asked for that each costs some work first."""
        site = self._site
        return site.store.demands_since(site.clock() - _HOUR) >= BUSY * site.join_rules.caps.hour

    def _sent(self) -> Response:
        """The page after a form: the same whatever became of it."""
        return page(self._site, "sent.html", private=True, sender=self._site.letterhead.sender)

    def _turned_away(self, typed: Mapping[str, str]) -> Response:
        """Too many letters were asked for; the way by mail is open."""
        way = by_mail(self._site, typed.get("interests"))
        headers = {"Retry-After": "3600"}
        return page(self._site, "sent.html", 429, private=True, headers=headers, sender="", by_mail=way)

    def _page(self, form: Form, status: int = 200) -> Response:
        return page(self._site, "subscribe.html", status, private=True, form=form)

    def _link_page(self, form: Form, status: int = 200) -> Response:
        return page(self._site, "link.html", status, private=True, form=form)


def by_mail(site: Site, interests: str | None) -> str:
    """A mailto URL that subscribes with these interests, or with None asks for what is known of whoever writes.

    "" where commands do not come by mail.
    """
    if not site.letterhead.commands:
        return ""
    if interests is None:
        return mailto(site.letterhead.commands, "show")
    body = "\r\n".join(interests[:LONGEST_BODY].splitlines())
    return mailto(site.letterhead.commands, "subscribe") + (f"&body={quote(body, safe='')}" if body else "")


def _defaults(site: Site) -> dict[str, str]:
    """What stands in the fields of a new form."""
    usual = Subscriber(id=0, address="", **enrol.wishes(site.join_rules.defaults))
    wishes = enrol.as_wishes(usual)
    most = usual.max_papers or site.publish_rules.limits.max_papers
    return {**{name: wishes[name] for name in ("send_at", "zone", "rhythm")}, "max_papers": str(most)}
