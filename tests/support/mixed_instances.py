# SPDX-License-Identifier: Apache-2.0
"""Instances in mixed states on one host, and what Nova's records say has become of them."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from novaclient import client as novaclient
from novaclient.v2.servers import Server

from tests.support.embedded_cloud import eventually

HOST = "OS-EXT-SRV-ATTR:host"
TASK = "OS-EXT-STS:task_state"
# Of a record, once all are at rest: it stays at "running" if Nova was killed between the arrival and its note of it.
ARRIVED = ("completed", "running")
AT_ONCE = 4


@dataclass(frozen=True)
class Guest:
    """One kind of instance; ``make`` brings it into its state."""

    status: str
    storage: str = "shared"
    make: Callable[[Server], object] | None = None
    # How long its copy takes.
    seconds: int = 0
    # The status that its migration stays in until it is released.
    hold: str = ""


RUNNING = Guest("ACTIVE")
SLOW = Guest("ACTIVE", seconds=10)
HELD = Guest("ACTIVE", seconds=2, hold="running")
LOCAL = Guest("ACTIVE", "local")
PAUSED = Guest("PAUSED", make=Server.pause)
OFF = Guest("SHUTOFF", make=Server.stop)
OFF_LOCAL = Guest("SHUTOFF", "local", make=Server.stop)
SUSPENDED = Guest("SUSPENDED", make=Server.suspend)
BROKEN = Guest("ERROR", make=partial(Server.reset_state, state="error"))
LOCKED = Guest("ACTIVE", make=Server.lock)


class Fleet:
    def __init__(self, nova: novaclient.Client) -> None:
        self.nova = nova
        self.servers: dict[str, Server] = {}
        self._image = nova.glance.list()[0]
        self._flavor = nova.flavors.find(name="m1.tiny")

    def boot(self, host: str, guests: Iterable[Guest]) -> None:
        """Some at a time, and back when all are in their states."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            made = list(pool.map(partial(self._boot, host), enumerate(guests, len(self.servers))))
        self.servers |= {server.id: server for server in made}

    def _boot(self, host: str, numbered: tuple[int, Guest]) -> Server:
        number, guest = numbered
        meta = {"sim_storage": guest.storage, "sim_seconds": str(guest.seconds), "sim_interval": "1"}
        server = self.nova.servers.create(
            f"vm-{number:02d}-{guest.status.lower()}",
            self._image,
            self._flavor,
            nics="none",
            host=host,
            meta=meta | ({"sim_hold": guest.hold} if guest.hold else {}),
        )
        eventually(partial(self.is_at_rest, server, "ACTIVE"))
        if guest.make:
            guest.make(server)
            eventually(partial(self.is_at_rest, server, guest.status))
        return server

    def is_at_rest(self, server: Server, status: str) -> bool:
        server.get()
        return server.status == status and getattr(server, TASK) is None

    def where(self) -> Counter[str]:
        """How many are on each host."""
        return Counter(self._hosts().values())

    def states(self) -> dict[str, tuple[str, str]]:
        """By name: the host and the status."""
        found = self.nova.servers.list(search_opts={"all_tenants": 1})
        return {one.name: (getattr(one, HOST), one.status) for one in found if one.id in self.servers}

    def _hosts(self) -> dict[str, str]:
        found = self.nova.servers.list(search_opts={"all_tenants": 1})
        return {one.id: getattr(one, HOST) for one in found if one.id in self.servers}

    def last_migration(self) -> int:
        return max((one.id for one in self.nova.migrations.list(limit=1)), default=0)

    def moves_since(self, number: int) -> Counter[tuple[str, str, str]]:
        """Instance, source and status of each migration after that one, of this fleet, counted."""
        found = self.nova.migrations.list()
        return Counter(
            (one.instance_uuid, one.source_compute, one.status)
            for one in found
            if one.id > number and one.instance_uuid in self.servers
        )

    def delete(self) -> None:
        for server in self.servers.values():
            server.reset_state("active")
            server.unlock()
            server.delete()
        eventually(lambda: not self._hosts())
