# SPDX-License-Identifier: Apache-2.0
"""Where the cloud's services listen, and where its files lie."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CACHE = PROJECT / ".cache" / "devcloud"
ADDRESS = "127.0.0.1"

# A service's place here is its port's offset from the first port.
SERVICES = ("keystone", "placement", "glance", "nova", "neutron")
_PATHS = {"keystone": "/v3", "nova": "/v2.1"}


class CloudError(Exception):
    """The cloud cannot be had; the text is meant for whoever asked for it."""


@dataclass(frozen=True)
class Ports:
    """One port of the loopback address for each service."""

    numbers: dict[str, int]

    @classmethod
    def from_base(cls, base: int) -> Ports:
        return cls({name: base + offset for offset, name in enumerate(SERVICES)})

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody listens on at the moment."""
        with ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket()) for _ in SERVICES]
            for each in sockets:
                each.bind((ADDRESS, 0))
            return cls({name: each.getsockname()[1] for name, each in zip(SERVICES, sockets, strict=True)})

    def url(self, service: str) -> str:
        return f"http://{ADDRESS}:{self.numbers[service]}{_PATHS.get(service, '')}"

    def require_free(self) -> None:
        """Refuse a port that another process holds, before anything is started."""
        for service, number in self.numbers.items():
            with socket.socket() as probe:
                # As the services do; else the last run's closed connections look like a listener.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((ADDRESS, number))
                except OSError as error:
                    raise CloudError(f"port {number}, meant for {service}, cannot be had: {error.strerror}") from error


@dataclass(frozen=True)
class Options:
    """What a cloud is made of; clouds with the same options share prepared databases."""

    computes: int = 6
    data: str = "demo"
    live_migrations: int = 1  # at a time and source host, Nova's max_concurrent_live_migrations

    def __post_init__(self) -> None:
        if self.data not in ("demo", "bare"):
            raise CloudError(f"no such data: {self.data}; there are demo and bare")
        if self.data == "demo" and self.computes < 6:
            raise CloudError("the demo data needs at least 6 compute hosts")
        if self.computes < 1:
            raise CloudError("a cloud needs at least one compute host")

    @property
    def hosts(self) -> list[str]:
        return [f"compute-{number:02d}" for number in range(1, self.computes + 1)]

    @property
    def down(self) -> list[str]:
        """Hosts known to Nova whose nova-compute does not run."""
        return ["compute-05"] if self.data == "demo" else []

    @property
    def living(self) -> list[str]:
        return [host for host in self.hosts if host not in self.down]
