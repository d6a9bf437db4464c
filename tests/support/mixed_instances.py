# SPDX-License-Identifier: Apache-2.0
"""Instances in different states on one host, and Nova's records of their migrations."""

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
# Status of the record after the arrival: "running" if Nova was killed before it updated the record.
ARRIVED = ("completed", "running")
AT_ONCE = 4


@dataclass(frozen=True)
class Guest:
    """A kind of instance; ``make`` brings an instance into the state."""

    status: str
    storage: str = "shared"
    make: Callable[[Server], object] | None = None
    # Duration of the copy, s.
    seconds: int = 0
    # Status that the migration stays in until it is released.
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
        """Create instances, AT_ONCE at a time, and wait until all are in their states."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            servers = list(pool.map(partial(self._boot, host), enumerate(guests, len(self.servers))))
        self.servers |= {server.id: server for server in servers}

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
        """Return the number of instances on each host."""
        return Counter(self._hosts().values())

    def states(self) -> dict[str, tuple[str, str]]:
        """Return host and status of each instance by its name."""
        return {server.name: (getattr(server, HOST), server.status) for server in self._listed()}

    def _hosts(self) -> dict[str, str]:
        return {server.id: getattr(server, HOST) for server in self._listed()}

    def _listed(self) -> list[Server]:
        servers = self.nova.servers.list(search_opts={"all_tenants": 1})
        return [server for server in servers if server.id in self.servers]

    def last_migration(self) -> int:
        """Return the ID of the newest migration; 0 without a migration."""
        return max((migration.id for migration in self.nova.migrations.list(limit=1)), default=0)

    def moves_since(self, number: int) -> Counter[tuple[str, str, str]]:
        """Count the fleet's migrations with a higher ID by instance, source and status."""
        return Counter(
            (migration.instance_uuid, migration.source_compute, migration.status)
            for migration in self.nova.migrations.list()
            if migration.id > number and migration.instance_uuid in self.servers
        )

    def delete(self) -> None:
        for server in self.servers.values():
            server.reset_state("active")
            server.unlock()
            server.delete()
        eventually(lambda: not self._left())

    def _left(self) -> set[str]:
        """Return the instances that Nova still lists: without their details, which cost it 25 ms each."""
        found = self.nova.servers.list(detailed=False, search_opts={"all_tenants": 1})
        return self.servers.keys() & {one.id for one in found}
