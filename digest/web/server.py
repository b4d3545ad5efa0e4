"""The pages behind waitress, in threads of their own: beside the ticks of `digest serve`, or alone."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import stat
import threading
import time
from typing import TYPE_CHECKING, Any

from digest.config.addresses import split_listener
from digest.errors import ConfigError
from digest.web import MAX_BODY, MAX_UPLOAD, create_app

if TYPE_CHECKING:
    from digest.web.site import Site

log = logging.getLogger("digest.web")

_LISTEN_AGAIN = 60
_FINISH_SECONDS = 5
"""So long a page that is being made may take when everything ends."""
_TURN_SECONDS = 0.5
"""So long it takes at most to notice that everything ends."""
_MOST_HEADER = 32 * 1024
_ENVELOPE = 64 * 1024
"""What a form adds to a file of `MAX_UPLOAD` bytes."""
_SOCKET_MODE = 0o660


class Pages:
    """Sees that the pages answer: a place that is taken now may be free in a minute.

    Args:
        site: what they are made from.
        listen: host:port (port 0 for any that is free), or the path of a socket, recognised by its first slash.
        threads: so many pages are made at a time.
    """

    name, every = "pages", _LISTEN_AGAIN

    def __init__(self, site: Site, listen: str, threads: int) -> None:
        self._site, self._threads = site, threads
        self._address: tuple[str, int] = split_listener(listen)
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._map: dict[int, Any] = {}
        self._sockets: list[socket.socket] = []
        self._swept = 0.0

    @property
    def address(self) -> tuple[str, int]:
        """Where they answer: (host, port), or (path, 0)."""
        return self._address

    @property
    def place(self) -> str:
        """The same in one word."""
        host, port = self._address
        return host if self._is_socket else f"{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def listening(self) -> bool:
        """Whether they answer now."""
        return self._thread is not None and self._thread.is_alive()

    def look(self) -> None:
        """Begin to answer, unless they do already or have been stopped for good.

        Raises:
            ConfigError: that cannot be done at this place.
        """
        if self._ending.is_set() or self.listening:
            return
        try:
            self._sockets = self._open()
        except OSError as error:
            raise ConfigError([f"web.listen: cannot listen at {self.place}: {error.strerror or error}"]) from error
        dispatcher = self._serve(self._sockets)
        self._thread = threading.Thread(target=self._run, args=(dispatcher,), name="pages", daemon=True)
        self._thread.start()
        log.info("pages place=%s threads=%d", self.place, self._threads)

    def stop(self) -> None:
        """End for good; pages that are being made have `_FINISH_SECONDS` for that."""
        self._ending.set()
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.join(_FINISH_SECONDS * 2 + 2)
        if self._is_socket:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._address[0])

    @property
    def _is_socket(self) -> bool:
        return self._address[0].startswith("/")

    def _open(self) -> list[socket.socket]:
        """The sockets to answer at, bound; one for each address that the host name stands for."""
        host, port = self._address
        if self._is_socket:
            return [_unix_socket(host)]
        found: list[socket.socket] = []
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        try:
            for family, place in dict.fromkeys((info[0], info[4]) for info in known):
                found.append(_tcp_socket(family, place))
        except OSError:
            for one in found:
                one.close()
            raise
        self._address = host, int(found[0].getsockname()[1])
        return found

    def _serve(self, sockets: list[socket.socket]) -> Any:
        """The server that answers at these sockets, not yet running; it registers itself in `_map`."""
        from waitress.server import create_server

        from digest.web import connections

        # A queue that is longer than there are threads for a moment is no news.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._map = {}
        server = create_server(
            create_app(self._site),
            map=self._map,
            sockets=sockets,
            threads=self._threads,
            ident=None,
            # `connections` closes what takes too long, and makes room: waitress itself would let nobody in meanwhile.
            channel_timeout=int(connections.State.SENDING.value),
            connection_limit=2 * connections.MOST,
            max_request_body_size=MAX_UPLOAD + _ENVELOPE,
            inbuf_overflow=MAX_BODY,  # what is longer waits in a file, not in memory
            max_request_header_size=_MOST_HEADER,
            expose_tracebacks=False,
            clear_untrusted_proxy_headers=not self._site.proxies,
            asyncore_use_poll=True,
        )
        for one in list(self._map.values()):
            if hasattr(one, "channel_class"):
                one.channel_class = connections.Connection
        return server.task_dispatcher

    def _run(self, dispatcher: Any) -> None:
        """Answer until the end; then take no more, finish what is in hand, and close everything."""
        while not self._ending.is_set():
            self._turn()
        for server in [one for one in self._map.values() if getattr(one, "accepting", False)]:
            server.del_channel()
            server.socket.close()
        latest = time.monotonic() + _FINISH_SECONDS
        while time.monotonic() < latest and any(_is_busy(one) for one in list(self._map.values())):
            self._turn()
        dispatcher.shutdown(timeout=1)
        from waitress import wasyncore

        wasyncore.close_all(self._map, ignore_all=True)

    def _turn(self) -> None:
        from waitress import wasyncore

        from digest.web.connections import Connection, close_overdue

        try:
            now = time.monotonic()
            if now - self._swept >= _TURN_SECONDS:
                self._swept = now
                close_overdue((one for one in self._map.values() if isinstance(one, Connection)), now)
            wasyncore.loop(timeout=_TURN_SECONDS, count=1, map=self._map, use_poll=True)
        except Exception:
            # One broken connection must not be the end of all pages.
            log.exception("a connection failed")


def _is_busy(one: Any) -> bool:
    """Whether a connection has a page that is being made, or not yet sent."""
    return bool(getattr(one, "requests", ()) or getattr(one, "total_outbufs_len", 0))


def _tcp_socket(family: int, place: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(place)
    except OSError:
        made.close()
        raise
    return made


def _unix_socket(path: str) -> socket.socket:
    """A socket at `path`; one that was left behind there is replaced, one that answers is not."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_left_behind(path):
            os.unlink(path)
        made.bind(path)
        os.chmod(path, _SOCKET_MODE)
    except OSError:
        made.close()
        raise
    return made


def _is_left_behind(path: str) -> bool:
    """Whether there is a socket at `path` at which nobody answers."""
    if not os.path.lexists(path) or not stat.S_ISSOCK(os.lstat(path).st_mode):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            asking.connect(path)
        except ConnectionRefusedError:
            return True
    return False
