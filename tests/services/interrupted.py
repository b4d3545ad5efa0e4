"""A round of deliveries that is interrupted by SIGINT; prints whether it was, how many were taken, and the outbox."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.storage import scratch_store
from tests.services.test_lines import FOUR, Lines, send, waiting

if TYPE_CHECKING:
    from digest.model import Envelope


def main() -> None:
    """Interrupt the first message that is under way."""
    # A shell that starts this in the background has SIGINT ignored, and Python keeps to that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    once = iter([signal.SIGINT])

    def interrupt(_envelope: Envelope) -> None:
        for number in once:
            os.kill(os.getpid(), number)
        time.sleep(0.1)

    lines, interrupted = Lines(interrupt), False
    with scratch_store(None) as store:
        waiting(store, "a.test", "b.test", each=20)
        try:
            send(store, lines, replace(FOUR, domain_connections=1))
        except KeyboardInterrupt:
            interrupted = True
        counts = {status.value: count for status, count in store.delivery_counts().items()}
    os.write(1, json.dumps([interrupted, len(lines.taken), counts]).encode())


if __name__ == "__main__":
    main()
