# SPDX-License-Identifier: Apache-2.0
"""The ports of the cloud's services, and the folders of its files."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devcloud.locks import claim

PROJECT = Path(__file__).resolve().parent.parent
CACHE = PROJECT / ".cache" / "devcloud"
ADDRESS = "127.0.0.1"

# The first region has one cell, or two. The second region shares Keystone, Glance and Neutron with the first.
REGIONS = ("RegionOne", "RegionTwo")
CELLS = ("cell1", "cell2")
_REGION_TWO_COMPUTES = 2

# The position of a service is the offset of its port from the first port.
SERVICES = ("keystone", "placement", "glance", "nova", "neutron")
REGION_TWO_SERVICES = ("placement-RegionTwo", "nova-RegionTwo")
# The process has no port: Nova's API reaches it by a message bus.
CELL_TWO = "nova-cell2"
DATA = ("demo", "bare", "few")
# Rows of ports for clouds that choose their ports, below the ports that the kernel hands out by itself.
_ROWS = range(20000, 32000, 10)
_PATHS = {"keystone": "/v3", "nova": "/v2.1"}


class CloudError(Exception):
    """The cloud cannot start or run; the text is for the user who started it."""


@dataclass(frozen=True)
class Ports:
    """One port of the loopback address for each service."""

    numbers: dict[str, int]

    @classmethod
    def from_base(cls, base: int, services: Sequence[str] = SERVICES) -> Ports:
        return cls({name: base + offset for offset, name in enumerate(services)})

    @classmethod
    def free(cls, services: Sequence[str] = SERVICES) -> Ports:
        """Return up to ten ports in a row that no process listens on.

        No other call gets the same row until this process ends, so no other cloud can use a port before its service
        listens.
        """
        for base in random.sample(_ROWS, len(_ROWS)):
            row = cls.from_base(base, services)
            if claim(f"ports-{base}") and row.are_free():
                return row
        raise CloudError("no ten free ports in a row")

    def url(self, service: str, region: str = REGIONS[0]) -> str:
        """Return the address of a service; the second region has its own Nova and Placement only."""
        number = self.numbers.get(f"{service}-{region}", self.numbers[service])
        return f"http://{ADDRESS}:{number}{_PATHS.get(service, '')}"

    def process_url(self, process: str) -> str:
        """Return the address of a process that has a port."""
        return f"http://{ADDRESS}:{self.numbers[process]}{_PATHS.get(process.partition('-')[0], '')}"

    def are_free(self) -> bool:
        try:
            self.require_free()
        except CloudError:
            return False
        return True

    def require_free(self) -> None:
        """Raise CloudError if another process uses a port.  Nothing is started before."""
        for service, number in self.numbers.items():
            with socket.socket() as probe:
                # As the services do: otherwise, closed connections of the last run look like a listener.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((ADDRESS, number))
                except OSError as error:
                    raise CloudError(f"port {number} for {service} is not available: {error.strerror}") from error


@dataclass(frozen=True)
class Process:
    """One process of a cloud."""

    name: str  # also the name of its log, its pid file and its configuration folder
    service: str  # the module in devcloud.services
    region: str = REGIONS[0]
    cell: str = CELLS[0]
    hosts: tuple[str, ...] = ()  # the compute hosts in the process


@dataclass(frozen=True)
class Options:
    """The options of a cloud.  Clouds with the same options share prepared databases."""

    computes: int = 6
    data: str = "demo"
    live_migrations: int = 1  # at once for each source host: Nova's max_concurrent_live_migrations
    cells: int = 1  # of the first region
    regions: int = 1

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise CloudError(f"no such data: {self.data}; there are {', '.join(DATA)}")
        if self.cells not in (1, 2) or self.regions not in (1, 2):
            raise CloudError("a cloud has one or two cells, and one or two regions")
        if self.cells > self.computes:
            raise CloudError("two cells need at least two compute hosts")
        if self.data == "demo" and self.computes < 6:
            raise CloudError("the demo data needs at least 6 compute hosts")
        if self.computes < 1:
            raise CloudError("a cloud needs at least one compute host")

    @property
    def hosts(self) -> list[str]:
        return [f"compute-{number:02d}" for number in range(1, self.computes + 1)]

    @property
    def region_names(self) -> tuple[str, ...]:
        return REGIONS[: self.regions]

    @property
    def services(self) -> tuple[str, ...]:
        """The services that have a port, in the order of the ports."""
        return SERVICES + (REGION_TWO_SERVICES if self.regions == 2 else ())

    @property
    def processes(self) -> list[Process]:
        """The processes, with the hosts that they run or, for those in `down`, would run."""
        first, second = self.halves(REGIONS[0])
        hosts = {"nova": first if self.cells == 2 else first + second}
        made = [Process(name, name, hosts=tuple(hosts.get(name, ()))) for name in SERVICES]
        if self.cells == 2:
            made.append(Process(CELL_TWO, "cell", cell=CELLS[1], hosts=tuple(second)))
        if self.regions == 2:
            region = REGIONS[1]
            made.append(Process(f"placement-{region}", "placement", region))
            made.append(Process(f"nova-{region}", "nova", region, hosts=tuple(self.hosts_in(region))))
        return made

    def hosts_in(self, region: str) -> list[str]:
        """Return the compute hosts of a region.  The second region has few hosts, named as in the first region."""
        return self.hosts if region == REGIONS[0] else self.hosts[:_REGION_TWO_COMPUTES]

    def halves(self, region: str) -> tuple[list[str], list[str]]:
        """Return a region's hosts in two halves: availability zones az1 and az2, and the two cells of the first."""
        hosts = self.hosts_in(region)
        half = (len(hosts) + 1) // 2
        return hosts[:half], hosts[half:]

    @property
    def down(self) -> list[str]:
        """Return the hosts that Nova lists although their nova-compute does not run."""
        return ["compute-05"] if self.data == "demo" else []


def outage_marker(state: Path, cell: str, region: str = REGIONS[0]) -> Path:
    """Return the file that makes a cell unreachable for Nova's API; it contains a delay in seconds."""
    return state / f"{region}-{cell}.down"


def region_data(data: Path, region: str) -> Path:
    """Return the folder with the databases of a region's Nova and Placement."""
    return data if region == REGIONS[0] else data / region
