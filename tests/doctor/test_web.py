"""The unsubscribe page, over real TLS."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from digest.doctor.findings import Level
from digest.doctor.web import web_findings
from digest.mail.tokens import TOKEN_LENGTH, Purpose
from digest.services.enrol import add
from digest.sources import web as web_module
from digest.sources.polite import Politeness
from digest.web import create_app
from digest.web.site import site
from tests.factories import NOW


class Quiet(HTTPServer):
    def handle_error(self, *_):
        """Clients that do not trust the certificate hang up; that is expected."""


class QuietPages(Quiet, WSGIServer):
    """The same for pages."""


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def serving(certificates, status, headers=()):
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_):
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/papers", asked
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def serving_pages(certificates, pages):
    """Our own pages behind TLS."""
    server = make_server("127.0.0.1", 0, pages, server_class=QuietPages, handler_class=QuietHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def trusting(monkeypatch, certificates):
    context = ssl.create_default_context(cafile=certificates.authority)
    monkeypatch.setattr(web_module, "_trust", lambda: context)


def told(app, url):
    (finding,) = web_findings(app(digest={"web_url": url}), Politeness(sleep=lambda _: None))
    return finding


@pytest.mark.usefixtures("trusting")
def test_a_page_that_answers_is_good(app, certificates):
    with serving(certificates, 200) as (url, asked):
        assert told(app, url).level is Level.OK
    (path,) = asked
    token = path.removeprefix("/papers/unsubscribe/")
    assert len(token) == TOKEN_LENGTH
    assert app().keyring().number(Purpose.UNSUBSCRIBE, token) == 0


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("status", [404, 500, 204, 401])
def test_any_other_status_is_an_error(app, certificates, status):
    with serving(certificates, status) as (url, _):
        finding = told(app, url)
    assert finding.what == f"{url}/unsubscribe/... answers with status {status}, not 200"


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("target", ["/elsewhere", "https://www.x.test/", "http://127.0.0.1/"])
def test_a_redirection_is_an_error(app, certificates, target):
    with serving(certificates, 302, [("Location", target)]) as (url, asked):
        finding = told(app, url)
    assert (finding.level, "must not redirect" in finding.todo, len(asked)) == (Level.ERROR, True, 1)


def test_a_certificate_that_nobody_trusts_is_an_error(app, certificates):
    with serving(certificates, 200) as (url, _):
        finding = told(app, url)
    assert (finding.level, "Get a certificate" in finding.todo) == (Level.ERROR, True)


@pytest.mark.usefixtures("trusting")
def test_a_busy_page_is_an_error(app, certificates):
    with serving(certificates, 503) as (url, _):
        assert told(app, url).level is Level.ERROR


def test_a_page_that_is_not_there_is_an_error(app):
    assert told(app, "https://127.0.0.1:1").todo.startswith("Start the web server")


@pytest.mark.usefixtures("trusting")
def test_our_own_page_is_good_and_unsubscribes_nobody(app, certificates):
    made = app(digest={"web_url": "https://127.0.0.1:1"})
    with made.store() as store, serving_pages(certificates, create_app(site(made, store))) as url:
        reader = add(store, "ada@x.test", {}, {}, NOW)
        assert told(app, url).level is Level.OK
        assert store.subscribers() == [reader]


def test_no_page_is_noted(app):
    assert told(app, "").level is Level.NOTE
