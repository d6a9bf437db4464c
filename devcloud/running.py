# SPDX-License-Identifier: Apache-2.0
"""Start the service processes of one cloud, and wait until they answer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from devcloud.bus import answers as bus_answers
from devcloud.layout import CACHE, PROJECT, SERVICES, CloudError, Options, Ports, Process, outage_marker
from devcloud.processes import Children
from devcloud.rest import Rest, RestError, answers

_OF_NOVA = ("nova", "cell")
_NEEDED_BY_NOVA = ("keystone", "placement")
# Neutron finds mechanism drivers by entry point: a dist-info folder on the path is enough.
_PLUGINS = Path(__file__).with_name("plugins")
_PATIENCE = 120  # s, for a service to answer on a busy machine


class Services:
    """The processes of one state folder with data and configuration.

    `nova_clock` is the number of seconds that Nova's clock is ahead, for all processes of Nova that are started later.
    """

    def __init__(
        self,
        state: Path,
        ports: Ports,
        options: Options,
        python: Path,
        absent: Sequence[str] = (),
        keystone_delay: float = 0,
    ) -> None:
        """`absent` are hosts whose nova-compute is not started; Keystone starts `keystone_delay` seconds late."""
        self.nova_clock = 0.0
        self._keystone_delay = keystone_delay
        self._ports = ports
        self._options = options
        self._python = python
        self._state = state
        self._absent = absent
        self._children = Children(state)
        self._processes = {process.name: process for process in options.processes}

    def start(self, name: str) -> None:
        process = self._process(name)
        port = self._ports.numbers.get(name, 0)
        hosts = self._living(process)
        command = [self._python, "-m", "devcloud.services", process.service, name, self._state, port, *hosts]
        if process.service in _OF_NOVA:
            command += [f"--clock={self.nova_clock}", f"--region={process.region}"]
            command += [f"--needs={self._ports.url(each, process.region)}" for each in _NEEDED_BY_NOVA]
        if name == "keystone":
            command.append(f"--delay={self._keystone_delay}")
        if name == "nova":
            for cell in (each for each in self._processes.values() if each.service == "cell"):
                command += [f"--cell={cell.name}", *(f"--cell-host={host}" for host in cell.hosts)]
        self._children.start(name, command, environment())

    def start_all(self) -> None:
        # Nova needs most time. A cell has no API to load, and waits for Keystone and Placement as Nova does.
        order = ("nova", *SERVICES, "cell")
        for name in sorted(self._processes, key=lambda name: order.index(self._process(name).service)):
            self.start(name)
        self.wait(*self._processes)

    def kill(self, name: str) -> None:
        self._process(name)
        self._children.kill(name)

    def stop(self) -> None:
        self._children.kill_all()

    @property
    def nova(self) -> list[str]:
        """The running processes of Nova, of every region and cell."""
        return [name for name, each in self._processes.items() if each.service in _OF_NOVA and self._runs(name)]

    def wait(self, *names: str) -> None:
        """Wait until the processes answer, with any status."""
        for name in names:
            self._until(partial(self._answers, name), name, "did not answer")

    def wait_for_hosts(self) -> None:
        """Wait until Keystone and Nova answer an authenticated request, and every host that runs is up.

        Do not wait for the hosts of a process that does not run, or of a cell that is down.
        """
        for region in {process.region for process in self._processes.values()}:
            expected = {
                host
                for process in self._processes.values()
                if process.region == region and self._runs(process.name)
                if not outage_marker(self._state, process.cell, region).exists()
                for host in self._living(process)
            }
            nova = next(
                each.name for each in self._processes.values() if each.service == "nova" and each.region == region
            )
            if self._runs(nova):
                self._until(partial(self._are_up, region, expected), nova, "did not report every compute host as up")

    def _process(self, name: str) -> Process:
        if name not in self._processes:
            raise CloudError(f"no such process: {name}; there are {', '.join(self._processes)}")
        return self._processes[name]

    def _living(self, process: Process) -> list[str]:
        return [host for host in process.hosts if host not in self._absent]

    def _runs(self, name: str) -> bool:
        return self._children.is_known(name)

    def _answers(self, name: str) -> bool:
        if self._process(name).service == "cell":
            return bus_answers(self._state, name)
        return answers(self._ports.process_url(name))

    def _are_up(self, region: str, hosts: set[str]) -> bool:
        try:
            keystone = self._ports.url("keystone")
            answer = Rest(keystone, region=region).get("compute", "/os-services?binary=nova-compute")
        except (RestError, OSError):
            return False
        # A service of a cell that is down has no state.
        return {service["host"] for service in answer["services"] if service.get("state") == "up"} >= hosts

    def _until(self, condition: Callable[[], bool], name: str, problem: str) -> None:
        """Wait for a condition that the named process must meet, while every process runs."""
        end = time.monotonic() + _PATIENCE
        while not condition():
            # The cause may be another process that ended: the log of that process shows why.
            self._children.require_all_running()
            if time.monotonic() > end:
                raise CloudError(f"{name} {problem} within {_PATIENCE} s.\n{self._children.end_of_log(name)}")
            time.sleep(0.2)


def environment() -> dict[str, str]:
    """Return the environment of all commands in the virtualenv.

    It is the same for all clouds: stevedore stores its list of all entry points for each path, and each process would
    need 0.6 s to make the list for another path.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "PYTHON"))}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(_PLUGINS)]),
        "XDG_CACHE_HOME": str(CACHE / "xdg"),  # stevedore stores its list of entry points there
        "OS_NOVA_DISABLE_EVENTLET_PATCHING": "true",
    }
