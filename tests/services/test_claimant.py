"""The name of a claiming process, by which others tell that it is dead."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from digest.services.claimant import dead, this_process


def test_this_process_lives() -> None:
    assert dead([this_process()]) == frozenset()


def test_a_process_that_ended_is_dead() -> None:
    code = "from digest.services.claimant import this_process; print(this_process())"
    name = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert name.split("/")[0] == socket.gethostname()
    assert dead([name]) == {name}


def test_the_same_process_id_started_at_another_time_is_dead() -> None:
    name = f"{socket.gethostname()}/{os.getpid()}/1"
    assert dead([name]) == {name}


def test_nothing_is_known_of_other_hosts_and_other_names() -> None:
    assert dead(["elsewhere/1/1", "worker-3", ""]) == frozenset()
