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
from devcloud.prepared import prepared_data
from devcloud.rest import Rest
from devcloud.virtualenv import virtualenv
from tests.support.embedded_cloud import BARE, eventually, free_ports


class Up:
    """The command line in another process, which starts a cloud without instances."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.port = free_ports()
        command = [sys.executable, "-m", "devcloud", "up", "--port", str(self.port), "--state", str(state)]
        command += [f"--{name.replace('_', '-')}={value}" for name, value in BARE.items()]
        self.process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)

    def lines_until(self, start: str) -> list[str]:
        """Return the lines that the process prints, up to a line that starts with this text."""
        lines: list[str] = []
        while not lines or not lines[-1].startswith(start):
            line = self.process.stdout.readline()
            assert line, lines
            lines.append(line.rstrip("\n"))
        return lines

    def pids(self) -> list[int]:
        """Wait until all services were started, and return their process IDs."""
        files = [self._state / f"{name}.pid" for name in SERVICES]
        pids = [int(eventually(lambda file=file: file.exists() and file.read_text(), every=0.05)) for file in files]
        assert all(map(_lives, pids))
        return pids


@pytest.fixture
def up(tmp_path):
    # Its preparation, if no other test needed it before, is not part of what these tests measure and interrupt.
    prepared_data(Cloud(**BARE).options, virtualenv(print), print)
    started = Up(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()
    started.process.stdout.close()


def _lives(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"  # a zombie has ended


def test_prepared_start_is_quick_and_sigint_stops_all_processes(up):
    began = time.monotonic()
    *lines, _ready = up.lines_until("Ready:")
    seconds = time.monotonic() - began
    sys.stdout.write(f"prepared start: {seconds:.1f} s\n")
    # Nothing is installed or prepared again. The limit has a margin of more than ten times.
    assert lines == ["Starting services..."]
    assert seconds < 120
    assert Rest(f"http://127.0.0.1:{up.port}/v3").get("compute", "/flavors")["flavors"]

    pids = up.pids()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(timeout=60) == 0
    assert not any(map(_lives, pids))


def test_sigterm_stops_all_processes_during_the_start(up):
    up.lines_until("Starting services...")
    pids = up.pids()
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(timeout=60) == 0
    assert not any(map(_lives, pids))


POLLING = """
import sys
from pathlib import Path
from devcloud.processes import Children
from devcloud.signals import run_until_signal

children = Children(Path(sys.argv[1]))
children.start("sleep", ["/bin/sleep", "600"], {})
def work():
    print("Polling", flush=True)
    while True:
        children.require_running("sleep")
run_until_signal("test", work, [children.kill_all])
"""


def test_signal_at_any_instruction_ends_the_command(tmp_path):
    """A handler that raised could leave the lock of a subprocess locked: one of six signals in such a loop did."""
    for _attempt in range(30):
        command = [sys.executable, "-c", POLLING, str(tmp_path)]
        with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout.readline() == "Polling\n"
                pid = int((tmp_path / "sleep.pid").read_text())
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=60) == 0
            finally:
                process.kill()
        assert not _lives(pid)


def test_all_processes_end_with_a_killed_parent(up):
    up.lines_until("Ready:")
    pids = up.pids()
    os.kill(pids[0], signal.SIGSTOP)  # this process cannot notice the end of its parent
    up.process.kill()
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
        Cloud(free_ports(), tmp_path, **BARE).start()
    assert keepsake.exists()


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
