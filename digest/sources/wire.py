"""The guarded socket below a request: only public addresses, and an end to every exchange.

httpx has no bound on a whole exchange (its time-outs start anew with each byte that a slow server drips) and
connects to whatever a name resolves to. Both belong below HTTP, so this module plugs into httpcore, the engine
of httpx, which has an interface for it: addresses are checked at the very moment of connecting (a name that
points elsewhere a second later gains nothing), and every single read is given only the time that is left.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import httpcore

from digest.sources.address import PrivateAddress, normal, resolve

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable


class Refused(Exception):
    """A connection that is not made, because it would leave the public internet."""


class Late(Exception):
    """The exchange has used up the time that it was given as a whole."""


class Budget:
    """The time that is left: of one exchange, and of all exchanges of a poll together.

    Args:
        whole: seconds for all of them, from now on.
        clock: monotonic seconds.
    """

    def __init__(self, whole: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + whole
        self._exchange_end = math.inf

    def give(self, seconds: float) -> None:
        """The exchange that begins now may take so long, all in all."""
        self._exchange_end = self._clock() + seconds

    def left(self, timeout: float | None = None) -> float:
        """`timeout`, or what is left of the time if that is less; raises Late if nothing is."""
        left = min(self._end, self._exchange_end) - self._clock()
        if left <= 0:
            raise Late
        return min(left, math.inf if timeout is None else timeout)

    @property
    def late(self) -> bool:
        """Whether the exchange's time is used up."""
        return self._clock() >= self._exchange_end

    @property
    def over(self) -> bool:
        """Whether the time of all exchanges together is used up."""
        return self._clock() >= self._end


class GuardedBackend(httpcore.NetworkBackend):
    """Makes connections for httpcore, to public addresses only, within a time.

    Args:
        trusted: (host, port) of what the operator named, which may be anywhere.
        budget: the time.
    """

    def __init__(self, trusted: Iterable[tuple[str, int]], budget: Budget) -> None:
        self._trusted = {(normal(host), port) for host, port in trusted}
        self._sockets = httpcore.SyncBackend()
        self._budget = budget

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of `host` that answers."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                line = self._sockets.connect_tcp(
                    address, port, self._budget.left(timeout), local_address, socket_options
                )
                return BoundedStream(line, self._budget)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return resolve(host, port, anywhere=(normal(host), port) in self._trusted)
        except PrivateAddress as error:
            raise Refused(str(error)) from None
        except OSError as error:
            raise httpcore.ConnectError(f"{host}: {error.strerror or error}") from error


class BoundedStream(httpcore.NetworkStream):
    """A connection each of whose operations takes no longer than what is left of the whole exchange's time."""

    def __init__(self, line: httpcore.NetworkStream, budget: Budget) -> None:
        self._line = line
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the connection below, in time."""
        return self._line.read(max_bytes, self._budget.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the connection below, in time."""
        self._line.write(buffer, self._budget.left(timeout))

    def close(self) -> None:
        """Close the connection below."""
        self._line.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        line = self._line.start_tls(ssl_context, server_hostname, self._budget.left(timeout))
        return BoundedStream(line, self._budget)

    def get_extra_info(self, info: str) -> Any:
        """What the connection below knows of itself."""
        return self._line.get_extra_info(info)
