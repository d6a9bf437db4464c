# SPDX-License-Identifier: Apache-2.0
"""Joins services, hypervisors and migrations into one row for each compute host."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from migration_panel.board.rules.phases import phase_of
from migration_panel.nova.host_records import ComputeHost, Hypervisor
from migration_panel.nova.records import Migration


class State(str, Enum):
    UP = "up"
    DOWN = "down"
    FORCED_DOWN = "forced-down"
    # A hypervisor without a compute service.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Usage:
    """What instances have been given of what the host physically has; None where Nova does not tell."""

    used: int | None = None
    total: int | None = None

    @property
    def percent(self) -> int | None:
        """More than 100 where Nova allots more than there is."""
        if self.used is None or not self.total:
            return None
        return round(100 * self.used / self.total)

    @classmethod
    def of(cls, parts: Iterable[tuple[int | None, int | None]]) -> Usage:
        """The sum over several nodes, of those that tell both."""
        told = [(used, total) for used, total in parts if used is not None and total is not None]
        return cls(sum(used for used, _ in told), sum(total for _, total in told)) if told else cls()


@dataclass(frozen=True)
class HostRow:
    name: str
    # None for a hypervisor whose service is gone.
    service: ComputeHost | None
    nodes: tuple[Hypervisor, ...] = ()
    leaving: int = 0
    arriving: int = 0

    @property
    def state(self) -> State:
        if self.service is None:
            return State.UNKNOWN
        if self.service.forced_down:
            return State.FORCED_DOWN
        return State.UP if self.service.up else State.DOWN

    @property
    def disabled(self) -> bool:
        return self.service is not None and not self.service.enabled

    @property
    def marks(self) -> tuple[str, ...]:
        """Whether instances may be scheduled to it, as a word to filter by."""
        if self.service is None:
            return ()
        return ("disabled",) if self.disabled else ("enabled",)

    @property
    def zone(self) -> str:
        return (self.service.zone if self.service else None) or ""

    @property
    def reason(self) -> str:
        return (self.service.disabled_reason if self.service else None) or ""

    @property
    def instances(self) -> int | None:
        """As the host itself last counted them; None without a hypervisor."""
        told = [node.running for node in self.nodes if node.running is not None]
        return sum(told) if told else None

    @property
    def vcpus(self) -> Usage:
        return Usage.of((node.vcpus_used, node.vcpus) for node in self.nodes)

    @property
    def memory(self) -> Usage:
        return Usage.of((node.memory_used_mib, node.memory_mib) for node in self.nodes)

    @property
    def disk(self) -> Usage:
        return Usage.of((node.disk_used_gib, node.disk_gib) for node in self.nodes)


def host_rows(
    services: Iterable[ComputeHost], hypervisors: Iterable[Hypervisor], migrations: Iterable[Migration]
) -> list[HostRow]:
    """One for each host, in no order.  Only whole names are compared: node1 is not node10."""
    by_name = {service.name: service for service in services}
    nodes: defaultdict[str, list[Hypervisor]] = defaultdict(list)
    for hypervisor in hypervisors:
        nodes[hypervisor.host or hypervisor.name].append(hypervisor)
    moving = [one for one in migrations if phase_of(one.status).moving]
    leaving = Counter(one.source for one in moving)
    arriving = Counter(one.destination for one in moving)
    return [
        HostRow(name, by_name.get(name), tuple(nodes.get(name, ())), leaving[name], arriving[name])
        for name in by_name.keys() | nodes.keys()
    ]
