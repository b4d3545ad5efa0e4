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
    host, pid, _start, place = this_process().split("/")
    name = f"{host}/{pid}/1/{place}"
    assert dead([name]) == {name}


def test_another_machine_of_the_same_name_is_another_place() -> None:
    here = socket.gethostname()
    assert dead([f"{here}/{os.getpid()}/1/elsewhere", f"{here}/999999999/1", f"{here}/x/1/"]) == frozenset()


def test_nothing_is_known_of_other_hosts_and_other_names() -> None:
    assert dead(["elsewhere/1/1", "worker-3", ""]) == frozenset()
