"""Today's papers, earlier and later days, weeks and months, what is trending, search, and a page for each paper.

Each of these is there as a feed as well. They are the same for everybody and kept for a minute by whoever asks.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, abort, request

from digest.errors import QueryError
from digest.mail import phrases
from digest.mail.links import paper_path
from digest.model import midnight
from digest.services import browse
from digest.web import atom, plots, rendering, views
from digest.web.limits import Costly
from digest.web.periods import PERIODS, Period, on_day
from digest.web.request import network

if TYPE_CHECKING:
    from flask import Response

    from digest.model import Paper
    from digest.services.browse import Found, Shelf, Story
    from digest.web.site import Site

PER_SEARCH_PAGE = 50
DAYS_SHOWN = 90
EXAMPLES = (
    "reinforcement learning",
    '"state space model"',
    "diffusion models, -survey",
    'author:"Yann LeCun"',
    "cat:cs.CL title:benchmark",
)
CLOSED_TO_ROBOTS = (
    *("/confirm/", "/edition/", "/feed/", "/link", "/manage/", "/operator", "/opinion/", "/search", "/try"),
    "/unsubscribe/",
)
MOST_PAGE_DIGITS = 3


def blueprint(site: Site) -> Blueprint:
    """What is the same for everybody."""
    made = Blueprint("papers", __name__)
    _today(made, site)
    _periods(made, site)
    _days(made, site)
    _trending(made, site)
    _search(made, site)
    _paper(made, site)
    _for_machines(made, site)
    return made


def _today(made: Blueprint, site: Site) -> None:
    @made.get("/")
    def today() -> Response:
        """The papers of the latest day."""
        latest = browse.latest_day(site.store)
        if latest is None:
            return rendering.page(site, "day.html", heading="Today’s papers", lead="", views=[], shelf=None)
        shelf = browse.day(site.store, latest, _page())
        is_today = latest == site.clock().date()
        heading = "Today’s papers" if is_today else "The latest papers"
        return _shown(site, shelf, heading, phrases.weekday(latest), PERIODS["day"], "/", "/atom")

    @made.get("/atom")
    def today_feed() -> Response:
        """The papers of the latest day, as a feed."""
        latest = browse.latest_day(site.store)
        papers = browse.day(site.store, latest).papers if latest else ()
        return atom.feed(site, "/atom", site.letterhead.title, atom.of_papers(site, papers), page="/")


def _periods(made: Blueprint, site: Site) -> None:
    @made.get("/<any(day, week, month):kind>/<name>")
    def period(kind: str, name: str) -> Response:
        """The papers of a day, a week or a month."""
        found = PERIODS[kind]
        if name.endswith(".atom"):
            return period_feed(found, name.removesuffix(".atom"))
        shelf = found.shelf(site.store, _parsed(found, name), _page())
        title = found.title(shelf.first)
        return _shown(site, shelf, title, "", found, f"/{kind}/{name}", f"/{kind}/{name}.atom")

    def period_feed(found: Period, name: str) -> Response:
        shelf = found.shelf(site.store, _parsed(found, name), 1)
        place, entries = f"/{found.kind}/{name}", atom.of_papers(site, shelf.papers)
        title = f"{site.letterhead.title}: {found.title(shelf.first)}"
        return atom.feed(site, f"{place}.atom", title, entries, page=place)


def _days(made: Blueprint, site: Site) -> None:
    @made.get("/days")
    def days() -> Response:
        """The days that have papers, latest first."""
        before = on_day(request.args["before"]) if "before" in request.args else None
        if "before" in request.args and before is None:
            abort(404)
        found = site.store.days(limit=DAYS_SHOWN + 1, before=before)
        shown, rest = found[:DAYS_SHOWN], found[DAYS_SHOWN:]
        before = shown[-1][0] if rest else None
        return rendering.page(site, "days.html", months=views.by_month(shown), before=before)

    @made.get("/days.atom")
    def days_feed() -> Response:
        """One entry for each of the last days: how many papers it has, and which had the most upvotes."""
        entries = [_of_day(site, on, count) for on, count in site.store.days(limit=14)]
        return atom.feed(site, "/days.atom", f"{site.letterhead.title}: day by day", entries, page="/days")


def _trending(made: Blueprint, site: Site) -> None:
    @made.get("/trending")
    def trending() -> Response:
        """The papers of the last days with the most upvotes."""
        shelf = browse.trending(site.store, site.clock(), _page())
        lead = f"The last {browse.TRENDING_DAYS} days"
        return _shown(site, shelf, "Trending papers", lead, None, "/trending", "/trending.atom")

    @made.get("/trending.atom")
    def trending_feed() -> Response:
        """The same as a feed."""
        entries = atom.of_papers(site, browse.trending(site.store, site.clock()).papers)
        return atom.feed(site, "/trending.atom", f"{site.letterhead.title}: trending", entries, page="/trending")


def _search(made: Blueprint, site: Site) -> None:
    memory, costly = browse.Memory(site.store), Costly(site.turns)

    def look(asked: str, most: int) -> Found:
        if len(asked) > browse.MOST_QUERY:
            raise QueryError(asked, browse.MOST_QUERY, f"a search has at most {browse.MOST_QUERY} characters")
        with costly.page(network().block, site.clock().timestamp()):
            return browse.search(site.store, site.ranker, asked, memory.past(), most)

    @made.get("/search")
    def search() -> Response:
        """What answers to a few interests, best first."""
        asked, page = request.args.get("q", "").strip(), _page()
        told: dict[str, Any] = {"asked": asked, "examples": EXAMPLES, "page": page}
        if not asked:
            return rendering.page(site, "search.html", found=None, error="", **told)
        start, end = (page - 1) * PER_SEARCH_PAGE, page * PER_SEARCH_PAGE
        try:
            found = look(asked, end + 1)
        except QueryError as error:
            return rendering.page(site, "search.html", 400, found=None, error=_in_words(error), **told)
        shown = found.scored[start:end]
        if page > 1 and not shown:
            abort(404)
        told["start"], told["more"] = start, len(found.scored) > end
        told["views"] = views.papers(shown, site.summary, start)
        told["feed"] = f"/search.atom?{urlencode({'q': asked})}"
        return rendering.page(site, "search.html", found=found, error="", **told)

    @made.get("/search.atom")
    def search_feed() -> Response:
        """The same as a feed, the latest first."""
        asked = request.args.get("q", "").strip()
        if not asked:
            abort(400, "A feed of a search needs something to look for: /search.atom?q=...")
        hits = sorted((scored.paper for scored in look(asked, atom.MOST_ENTRIES).scored), key=_age)
        query = urlencode({"q": asked})
        title = f"{site.letterhead.title}: {asked}"
        return atom.feed(site, f"/search.atom?{query}", title, atom.of_papers(site, hits), page=f"/search?{query}")


def _paper(made: Blueprint, site: Site) -> None:
    @made.get("/paper/<path:name>")
    def paper(name: str) -> Response:
        """All that is known of one paper."""
        if name.endswith(".atom") and site.store.paper(name) is None:
            return paper_feed(name.removesuffix(".atom"))
        story = _story(site, name)
        if story.paper.key != name:
            return rendering.redirect(site, paper_path(story.paper.key), 301)
        view = views.papers([story.paper], site.summary)[0]
        growth = plots.curve([(count.at, count.upvotes) for count in story.votes], "upvote")
        return rendering.page(
            site, "paper.html", paper=story.paper, card=view.card, names=views.names(story.paper),
            seen=views.seen(story), growth=growth, feed=f"{paper_path(story.paper.key)}.atom",
            day=story.paper.listed_on, weekday=phrases.weekday,
        )  # fmt: skip

    def paper_feed(name: str) -> Response:
        story = _story(site, name)
        place = paper_path(story.paper.key)
        return atom.feed(site, f"{place}.atom", story.paper.title, atom.of_papers(site, [story.paper]), page=place)


def _for_machines(made: Blueprint, site: Site) -> None:
    @made.get("/health")
    def health() -> Response:
        """Whether the pages and the store answer."""
        site.store.last_snapshot()
        return rendering.answer("ok\n", "text/plain", private=True)

    @made.get("/robots.txt")
    def robots() -> Response:
        """What search engines leave alone: pages of one person, and what costs work."""
        closed = "".join(f"Disallow: {rendering.path(site, place)}\n" for place in CLOSED_TO_ROBOTS)
        return rendering.answer(f"User-agent: *\n{closed}", "text/plain")


def _shown(site: Site, shelf: Shelf, heading: str, lead: str, period: Period | None, place: str, feed: str) -> Response:
    """The page of a shelf."""
    if shelf.page > 1 and not shelf.papers:
        abort(404)
    return rendering.page(
        site, "day.html", heading=heading, lead=lead, shelf=shelf, period=period, place=place, feed=feed,
        views=views.papers(shelf.papers, site.summary, shelf.start), total=views.counted(shelf.total, "paper"),
        periods=PERIODS, month=views.month,
    )  # fmt: skip


def _of_day(site: Site, on: date, count: int) -> atom.Entry:
    """The entry of one day. It changes with its papers, and keeps its instant: readers need not be told again."""
    top = site.store.listed(on, on, limit=5)
    text = "\n".join(f"{number}. {paper.title}" for number, paper in enumerate(top, 1))
    title = f"{phrases.weekday(on)}: {views.counted(count, 'paper')}"
    return atom.Entry(f"/day/{on.isoformat()}", title, midnight(on), text=text)


def _story(site: Site, name: str) -> Story:
    found = browse.story(site.store, name)
    if found is None:
        abort(404, "There is no such paper here.")
    return found


def _page() -> int:
    """Which page of a long list is asked for."""
    given = request.args.get("page", "1")
    if not (given.isascii() and given.isdecimal() and len(given) <= MOST_PAGE_DIGITS and int(given)):
        abort(404)
    if int(given) > browse.MOST_PAGES:
        abort(404)
    return int(given)


def _parsed(period: Period, name: str) -> date:
    found = period.parse(name)
    if found is None:
        abort(404, f"There is no such {period.kind}.")
    return found


def _age(paper: Paper) -> tuple[int, str]:
    """Sorts the latest first."""
    day = paper.listed_on or (paper.published.date() if paper.published else date.min)
    return -day.toordinal(), paper.key


def _in_words(error: QueryError) -> str:
    return f"{error.reason[:1].upper()}{error.reason[1:]} (at character {error.position + 1})."
