"""Encrypted requests: the certificate must be trusted and made for the host."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from digest.errors import Unreachable
from digest.sources import web as web_module
from tests.factories import NOW
from tests.sources.server import look, source

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl, which makes the certificate, is not installed")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/plain" else 200)
        self.send_header("Location", "http://127.0.0.1/")
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that do not trust the certificate hang up; that is expected."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    named = ["-subj", "/CN=digest test", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [OPENSSL, "req", *made, *named, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def port(certificate):
    """The port of a server on loopback that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def trusting(monkeypatch, certificate):
    """Make the test's certificate a trusted one."""
    context = ssl.create_default_context(cafile=certificate[0])
    monkeypatch.setattr(web_module, "_trust", lambda: context)


@pytest.mark.usefixtures("trusting")
def test_a_trusted_host_is_read(port, polite):
    assert [s.content for s in look(source(f"https://127.0.0.1:{port}/", polite), NOW)] == [b"secret"]


def test_an_untrusted_host_is_not(port, polite):
    with pytest.raises(Unreachable, match=r"no answer: TLS: certificate verify failed: self-signed certificate\Z"):
        look(source(f"https://127.0.0.1:{port}/", polite), NOW)


@pytest.mark.usefixtures("trusting")
def test_a_certificate_for_another_host_is_not(port, polite):
    with pytest.raises(Unreachable, match=r"no answer: .*certificate verify failed"):
        look(source(f"https://localhost:{port}/", polite), NOW)


@pytest.mark.usefixtures("trusting")
def test_a_redirection_to_plain_http_is_refused(port, polite):
    with pytest.raises(Unreachable, match=r"redirected from https to http \(127\.0\.0\.1\)"):
        look(source(f"https://127.0.0.1:{port}/plain", polite), NOW)


def test_a_port_without_tls_is_told_in_words(web, polite):
    with pytest.raises(Unreachable, match=r"no answer: TLS: [^(\[]*; that port does not seem to speak TLS\Z"):
        look(source(web.url.replace("http://", "https://") + "/", polite), NOW)
