# SPDX-License-Identifier: Apache-2.0
"""Two Horizons behind a load balancer, as on two machines: they share a memcached and a secret key."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from devcloud import Cloud
from devcloud.dashboard.server import Horizon
from tests.chaos.memcached import Memcached
from tests.support.embedded_cloud import BARE, PASSWORD, free_ports
from tests.support.load_balancer import RoundRobin


@dataclass(frozen=True)
class Cluster:
    cloud: Cloud
    horizons: dict[int, Horizon]
    balancer: RoundRobin
    memcached: Memcached

    @property
    def url(self) -> str:
        return self.balancer.url

    def kill(self, port: int) -> None:
        """Kill a Horizon with all its workers."""
        self.horizons[port].kill()

    def revive(self, port: int) -> None:
        self.horizons[port].start()
        self.require_login()

    def require_login(self) -> None:
        for horizon in self.horizons.values():
            if not horizon.first_login("admin", PASSWORD):
                raise RuntimeError("the admin cannot log in")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cloud with empty hosts, memcached, two Horizons and a load balancer, and stop them afterwards."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        state, key = Path(folder), secrets.token_urlsafe(32)
        cloud = stack.enter_context(Cloud(free_ports(), state / "cloud", **BARE, report=print))
        first = free_ports()
        memcached = Memcached(first, _new_folder(state / "memcached"))
        stack.callback(memcached.stop)
        memcached.start()
        horizons = {
            port: Horizon(port, state / str(port), cloud.auth_url, memcached.address, key)
            for port in (first + 1, first + 2)
        }
        with ThreadPoolExecutor() as pool:
            list(pool.map(Horizon.prepare, horizons.values()))
        for horizon in horizons.values():
            stack.callback(horizon.stop)
            horizon.start()
        balancer = stack.enter_context(RoundRobin(first + 3, list(horizons)))
        running = Cluster(cloud, horizons, balancer, memcached)
        running.require_login()
        yield running


def _new_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder
