# SPDX-License-Identifier: Apache-2.0
"""The service processes of one cloud: start them and wait until they answer."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

from devcloud.layout import CACHE, PROJECT, SERVICES, CloudError, Options, Ports
from devcloud.processes import Children
from devcloud.rest import Rest, RestError

_PATIENCE = 120  # seconds for a service to answer, on a machine that is busy


class Services:
    """The five processes over one state folder, whose data and configuration lie ready."""

    def __init__(self, state: Path, ports: Ports, options: Options, python: Path) -> None:
        self._ports = ports
        self._options = options
        self._python = python
        self._state = state
        self._children = Children(state)

    def start(self, name: str, hosts: list[str] | None = None) -> None:
        """Start one process; `hosts` are the compute hosts that Nova runs, the living ones by default."""
        computes = (self._options.living if hosts is None else hosts) if name == "nova" else []
        command = [self._python, "-m", "devcloud.services", name, self._state, self._ports.numbers[name], *computes]
        self._children.start(name, command, environment(self._state))

    def start_all(self) -> None:
        for name in sorted(SERVICES, key=lambda name: name != "nova"):  # Nova takes longest
            self.start(name)
        self.wait(*SERVICES)

    def kill(self, name: str) -> None:
        self._children.kill(name)

    def stop(self) -> None:
        self._children.kill_all()

    def wait(self, *names: str) -> None:
        """Wait until the services answer, whatever they answer."""
        for name in names:
            self._until(partial(self._answers, name), name)

    def wait_for_hosts(self) -> None:
        """Wait until Keystone and Nova answer an authenticated request, and every living host is up."""
        self._until(self._hosts_are_up, "nova")

    def _answers(self, name: str) -> bool:
        try:
            urllib.request.urlopen(self._ports.url(name), timeout=5).close()
        except urllib.error.HTTPError:
            return True  # a 401 is as good as a 200 here
        except OSError:
            return False
        return True

    def _hosts_are_up(self) -> bool:
        try:
            answer = Rest(self._ports.url("keystone")).get("compute", "/os-services?binary=nova-compute")
        except (RestError, OSError):
            return False
        up = {service["host"] for service in answer["services"] if service["state"] == "up"}
        return up >= set(self._options.living)

    def _until(self, condition: Callable[[], bool], name: str) -> None:
        end = time.monotonic() + _PATIENCE
        while not condition():
            self._children.require_running(name)
            if time.monotonic() > end:
                raise CloudError(f"{name} did not answer in {_PATIENCE} s, see {self._children.log(name)}")
            time.sleep(0.2)


def environment(state: Path) -> dict[str, str]:
    """The environment of everything that runs in the virtualenv."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "PYTHON"))}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(state / "etc" / "plugins")]),
        "XDG_CACHE_HOME": str(CACHE / "xdg"),  # stevedore keeps its list of entry points there
        "OS_NOVA_DISABLE_EVENTLET_PATCHING": "true",
    }
