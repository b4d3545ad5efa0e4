"""A template becomes an answer, and a mistake becomes a page in the same design.

Every page is given, besides its own values: `masthead` (the name of the digest), `url` and `asset` (addresses of pages
and files here, with the path under which the pages are found), `links` (the same for what has a key or a token),
`here` (the path of this page) and `may_join` (whether strangers may subscribe).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from flask import Response, request
from werkzeug.exceptions import HTTPException

from digest.errors import DigestError, StorageError, TokenError, UsageError
from digest.web import static

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    from digest.web.site import Site

log = logging.getLogger("digest.web")

PUBLIC, PRIVATE = "public, max-age=60", "no-store"
RETRY_AFTER = 60
"""Seconds after which somebody may try again where nothing better is known."""

WORDS: Mapping[int, tuple[str, str]] = {
    400: ("This cannot be read", "What was sent is not what this page understands."),
    401: ("A password is needed", "This page is for the operator."),
    403: ("This page is closed", "It is not for everybody."),
    404: ("There is no such page", "The address may be mistyped, or cut off at its end by a mail program."),
    405: ("This does not work here", "The page is there, but not for what was asked of it."),
    413: ("This is too long", "More was sent than this page takes."),
    429: ("Too many at once", "Please wait a little and try again."),
    500: ("Something went wrong here", "It is not your fault. The operator finds it in the log."),
    503: ("Not right now", "The store of papers cannot be read at the moment. Please try again in a minute."),
}
"""Heading and sentence of the page for each status."""


def prefix(site: Site) -> str:
    """The path under which the pages are found ("/papers"), "" at the top; a web server in front takes it away."""
    return quote(urlsplit(site.links.base).path.rstrip("/"), safe="/%:")


def path(site: Site, place: str, **query: str | int) -> str:
    """The address of a page here, for links and redirections: with the path that the pages are found under."""
    return f"{prefix(site)}{place}" + (f"?{urlencode(query)}" if query else "")


def page(
    site: Site,
    template: str,
    status: int = 200,
    *,
    private: bool = False,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """The template "web/<template>" filled in, as an answer to the request at hand.

    A `private` page is of one person: nobody keeps it, no search engine lists it. Others are kept for a minute, and
    then asked for by their ETag.
    """
    shared = _shared(site)
    body = site.environment.get_template(f"web/{template}").render(shared, **values)
    return answer(body, "text/html", status, private=private, headers=headers)


def answer(
    body: str | bytes,
    media_type: str,
    status: int = 200,
    *,
    private: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer of any kind; see `page`. An answer that tells of a mistake is never kept."""
    response = Response(body, status, mimetype=media_type)
    response.headers["Cache-Control"] = PRIVATE if private or status != 200 else PUBLIC
    if private:
        response.headers["X-Robots-Tag"] = "noindex"
    response.headers.update(headers or {})
    if private or status != 200 or request.method not in ("GET", "HEAD"):
        return response
    response.add_etag()
    response.make_conditional(request)
    return response


def redirect(site: Site, place: str, status: int = 303) -> Response:
    """Go on with GET at a page here, by default as after a POST that changed something (303, See Other)."""
    response = Response(status=status, headers={"Location": path(site, place), "Cache-Control": PRIVATE})
    response.autocorrect_location_header = False
    return response


def mistake(
    site: Site, status: int, told: str = "", *, heading: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """The page for something that went wrong; `told` and `heading` take the place of the usual `WORDS`."""
    usual_heading, usual = WORDS.get(status, WORDS[400 if status < 500 else 500])
    heading, told = heading or usual_heading, told or usual
    try:
        return page(site, "error.html", status, headers=headers, heading=heading, told=told)
    except Exception:
        # A template of the operator's own that fails must not hide what went wrong in the first place.
        log.exception("the page for mistakes failed")
        return answer(f"{heading}. {told}\n", "text/plain", status, headers=headers)


def prepare(app: Flask, site: Site) -> None:
    """Have every mistake in `app` answered by a page; nobody is shown more of it than that."""

    def on_http(error: HTTPException) -> Response | HTTPException:
        if error.response is not None or error.code is None or error.code < 400:
            return error
        own = error.description if error.description != type(error).description else ""
        headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
        return mistake(site, error.code, own or "", headers=headers)

    def on_storage(error: StorageError) -> Response:
        log.error("page=%s failed: %s", request.url_rule, error)
        return mistake(site, 503, headers={"Retry-After": str(RETRY_AFTER)})

    def on_token(_error: TokenError) -> Response:
        return mistake(site, 404, heading="This link is not one of ours")

    def on_usage(error: UsageError) -> Response:
        return mistake(site, 400, str(error))

    def on_any(error: Exception) -> Response:
        # The path may hold a token, which is a key to somebody's page: the rule says where it happened as well.
        if isinstance(error, DigestError):
            log.error("page=%s failed: %s", request.url_rule, error)
        else:
            log.error("page=%s failed", request.url_rule, exc_info=error)
        return mistake(site, 500)

    handlers: dict[type[Exception], Callable[..., Any]] = {
        HTTPException: on_http,
        StorageError: on_storage,
        TokenError: on_token,
        UsageError: on_usage,
        Exception: on_any,
    }
    for kind, handler in handlers.items():
        app.register_error_handler(kind, handler)


def _shared(site: Site) -> dict[str, Any]:
    """What every page is given."""
    before = prefix(site)
    files = static.load(site.environment)

    def url(place: str, **query: str | int) -> str:
        return path(site, place, **query)

    def asset(name: str) -> str:
        return f"{before}/static/{name}?v={files[name].version}"

    return {
        "masthead": site.letterhead.title,
        "url": url,
        "asset": asset,
        "assets": tuple(files),
        "links": replace(site.links, base=before),
        "here": request.path,
        "may_join": site.join_rules.open,
    }
