# SPDX-License-Identifier: Apache-2.0
"""Starts and stops of the cloud, which leave no processes behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from devcloud import Cloud, CloudError
from devcloud.layout import PROJECT, SERVICES
from devcloud.rest import Rest
from tests.support.embedded_cloud import eventually, free_ports


@pytest.fixture
def up(tmp_path):
    """The command line in another process: ``up()`` returns the process once the cloud is ready."""
    started = []

    def ready() -> subprocess.Popen:
        command = [sys.executable, "-m", "devcloud", "up", "--port", str(free_ports()), "--state", str(tmp_path)]
        command += ["--data", "bare", "--computes", "1"]
        started.append(subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True))
        lines = iter(started[-1].stdout.readline, "")
        assert any(line.startswith("Ready:") for line in lines)
        return started[-1]

    yield ready
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def _pids(state: Path) -> list[int]:
    pids = [int((state / f"{name}.pid").read_text()) for name in SERVICES]
    assert all(map(_lives, pids))
    return pids


def _lives(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"  # a zombie has ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_all_processes(up, tmp_path, number):
    process = up()
    pids = _pids(tmp_path)
    process.send_signal(number)
    assert process.wait(timeout=60) == 0
    assert not any(map(_lives, pids))


def test_all_processes_end_with_a_killed_parent(up, tmp_path):
    process = up()
    pids = _pids(tmp_path)
    os.kill(pids[0], signal.SIGSTOP)  # this process cannot notice the end of its parent
    process.kill()
    eventually(lambda: not any(map(_lives, pids)))


def test_error_names_a_busy_port(tmp_path):
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + 3)), pytest.raises(CloudError, match=f"port {port + 3}.*nova"):
        Cloud(port, tmp_path / "state").start()
    assert not (tmp_path / "state").exists()


def test_second_cloud_in_a_state_folder_is_refused(cloud):
    with pytest.raises(CloudError, match="in use"):
        Cloud(free_ports(), cloud.state).start()
    assert Rest(cloud.auth_url).get("compute", "/os-services")["services"]


def test_another_folder_is_not_emptied(tmp_path):
    keepsake = tmp_path / "keepsake"
    keepsake.touch()
    with pytest.raises(CloudError, match="not of a cloud"):
        Cloud(free_ports(), tmp_path, computes=1, data="bare").start()
    assert keepsake.exists()


def test_second_start_is_quick(tmp_path):
    first = Cloud(free_ports(), tmp_path / "one", computes=1, data="bare")
    first.start()
    first.stop()
    reported: list[str] = []
    began = time.monotonic()
    with Cloud(free_ports(), tmp_path / "two", computes=1, data="bare", report=reported.append) as second:
        seconds = time.monotonic() - began
        sys.stdout.write(f"second start: {seconds:.1f} s\n")
        assert Rest(second.auth_url).get("compute", "/flavors")["flavors"]
    # Nothing is installed or prepared again. The limit has a margin of more than ten times.
    assert reported == ["Starting services..."]
    assert seconds < 120


@pytest.mark.parametrize("name", SERVICES)
def test_idle_connections_delay_no_request(cloud, name):
    """Horizon leaves hundreds of connections open, each after a request."""
    port = cloud.ports.numbers[name]
    with ExitStack() as kept:
        for _ in range(200):
            idle = kept.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=60)))
            idle.request("GET", "/")
            idle.getresponse().read()


def test_guests_keep_running_during_a_restart_of_nova(cloud, boot):
    guests = [boot("compute-01", with_network=True) for _ in range(2)]
    guests[1].act("pause")
    guests[1].becomes("PAUSED")
    cloud.restart("nova")
    assert [guest.server["status"] for guest in guests] == ["ACTIVE", "PAUSED"]
    guests[1].act("unpause")
    guests[1].becomes("ACTIVE")
    for guest in guests:
        guest.migrate_live("compute-02")
        guest.reaches("running")
        guest.abort()
