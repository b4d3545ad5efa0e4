"""How fast messages leave: our transport beside `smtplib.sendmail`, in one run, one connection each.

``python -m benchmarks.smtp [--messages N] [--size BYTES] [--rtt MS]``

The server is Postfix's smtp-sink on loopback, reached directly and through a proxy that holds every byte
back for half a round trip each way. Per way: messages a second, the ratio to smtplib (of alternating rounds,
so that other load falls on both), and over the slow line the round trips that a message takes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import smtplib
import statistics
import threading
import time
from typing import TYPE_CHECKING

from digest.mail.transports.smtp import SmtpSettings, SmtpTransport
from digest.model import Envelope
from tests.mail.peers import smtp_sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENVELOPE = Envelope("bounces@example.test", "ada@example.test", "digest-1")
ROUNDS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="messages a second, ours beside smtplib's")
    parser.add_argument("--messages", type=int, default=400, help="a round, without delay")
    parser.add_argument("--size", type=int, default=60_000, help="bytes a message")
    parser.add_argument("--rtt", type=float, default=20.0, help="milliseconds of the slow line")
    given = parser.parse_args()
    message = _message(given.size)
    print(f"{len(message)} bytes a message, medians of {ROUNDS} rounds")
    for options in ([], ["-p"]):
        offers = "without PIPELINING" if options else "with PIPELINING"
        with smtp_sink(*options) as port:
            _compare(f"loopback, {offers}", port, message, given.messages, 0)
            with delayed(port, given.rtt / 2000) as slow:
                _compare(f"{given.rtt:g} ms, {offers}", slow, message, 20, given.rtt / 1000)


def _compare(what: str, port: int, message: bytes, count: int, rtt: float) -> None:
    seconds: dict[str, list[float]] = {"ours": [], "smtplib": []}
    for _ in range(ROUNDS):
        seconds["ours"].append(_ours(port, message, count))
        seconds["smtplib"].append(_theirs(port, message, count))
    ratio = statistics.median(b / a for a, b in zip(seconds["ours"], seconds["smtplib"], strict=True))
    for name, spent in seconds.items():
        each = statistics.median(spent)
        trips = f"{each / rtt:6.2f} round trips a message" if rtt else ""
        print(f"{what:32} {name:8} {1 / each:8.1f} messages/s {trips}")
    print(f"{what:32} ratio    {ratio:8.2f}")


def _ours(port: int, message: bytes, count: int) -> float:
    settings = SmtpSettings("127.0.0.1", port, "none", local_hostname="client.test")
    with SmtpTransport(settings, max_messages=count + 1) as transport:
        return _each(lambda: transport.send(message, ENVELOPE, lambda: None), count)


def _theirs(port: int, message: bytes, count: int) -> float:
    with smtplib.SMTP("127.0.0.1", port, "client.test", timeout=60) as client:
        return _each(lambda: client.sendmail(ENVELOPE.sender, [ENVELOPE.recipient], message), count)


def _each(send: Callable[[], object], count: int) -> float:
    """Seconds a message, the first one (which may connect) not counted."""
    send()
    began = time.perf_counter()
    for _ in range(count):
        send()
    return (time.perf_counter() - began) / count


def _message(size: int) -> bytes:
    head = b"From: a@example.test\r\nTo: ada@example.test\r\nSubject: digest\r\n\r\n"
    return head + (b"x" * 74 + b"\r\n") * ((size - len(head)) // 76)


@contextlib.contextmanager
def delayed(port: int, seconds: float) -> Iterator[int]:
    """The port of a proxy to `port` that holds what passes back for `seconds`, each way."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> asyncio.Server:
        return await asyncio.start_server(lambda r, w: _pass_on(r, w, port, seconds), "127.0.0.1", 0)

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        time.sleep(2 * seconds)  # for the last goodbye
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, seconds: float) -> None:
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_hold(reader, far_writer, seconds), _hold(far_reader, writer, seconds))


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        loop.call_later(seconds, writer.write, data)
    loop.call_later(seconds, writer.close)


if __name__ == "__main__":
    main()
