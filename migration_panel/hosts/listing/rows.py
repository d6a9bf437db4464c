# SPDX-License-Identifier: Apache-2.0
"""Joins services, hypervisors and migrations into one row for each compute host."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.api.models import Migration
from migration_panel.board.status import phase_of
from migration_panel.hosts.drain.records import unchanged_for

# An open record without a change for this long may never be closed.
SILENT = timedelta(days=1)


class State(str, Enum):
    UP = "up"
    DOWN = "down"
    FORCED_DOWN = "forced-down"
    # Nova cannot reach the database of the service's cell, and reports no state.
    CELL_DOWN = "cell-down"
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
    # Open migrations whose records have not changed for SILENT.
    silent: int = 0
    # Instances evacuated from the host since nova-compute was last restarted there.
    evacuated: int = 0

    @property
    def state(self) -> State:
        if self.service is None:
            return State.UNKNOWN
        if self.service.cell_down:
            return State.CELL_DOWN
        if self.service.forced_down:
            return State.FORCED_DOWN
        return State.UP if self.service.up else State.DOWN

    @property
    def disabled(self) -> bool:
        return self.service is not None and not self.service.enabled and not self.service.cell_down

    @property
    def marks(self) -> tuple[str, ...]:
        """Whether instances may be scheduled to it, as a word to filter by."""
        if self.service is None or self.service.cell_down:
            return ()
        return ("disabled",) if self.disabled else ("enabled",)

    @property
    def zone(self) -> str:
        return (self.service.zone if self.service else None) or ""

    @property
    def reason(self) -> str:
        return (self.service.disabled_reason if self.service else None) or ""

    @property
    def types(self) -> frozenset[str]:
        """Return the types of the host's hypervisors."""
        return frozenset(node.type for node in self.nodes if node.type)

    @property
    def ambiguous(self) -> bool:
        """Return whether the host has several nodes but only one can be current, for example after a renaming.

        Only bare metal has several nodes for one service.
        """
        return len(self.nodes) > 1 and not all(node.bare_metal for node in self.nodes)

    @property
    def counted(self) -> tuple[Hypervisor, ...]:
        """Return the nodes whose figures add up to the figures of the host."""
        return () if self.ambiguous else self.nodes

    @property
    def instances(self) -> int | None:
        """Return the host's last count; None without a hypervisor, or if the current node is unknown."""
        told = [node.running for node in self.counted if node.running is not None]
        return sum(told) if told else None

    @property
    def vcpus(self) -> Usage:
        return Usage.of((node.vcpus_used, node.vcpus) for node in self.counted)

    @property
    def memory(self) -> Usage:
        return Usage.of((node.memory_used_mib, node.memory_mib) for node in self.counted)

    @property
    def disk(self) -> Usage:
        return Usage.of((node.disk_used_gib, node.disk_gib) for node in self.counted)


def host_rows(
    services: Iterable[ComputeHost],
    hypervisors: Iterable[Hypervisor],
    migrations: Iterable[Migration],
    evacuated: Mapping[str, Sized] | None = None,
) -> list[HostRow]:
    """One for each host, in no order.  Only whole names are compared: node1 is not node10."""
    services = list(services)
    by_name = {service.name: service for service in services}
    nodes: defaultdict[str, list[Hypervisor]] = defaultdict(list)
    for hypervisor in hypervisors:
        nodes[hypervisor.host or hypervisor.name].append(hypervisor)
    now = latest_report(services)
    moving = [one for one in migrations if phase_of(one.status).moving]
    silent = [one for one in moving if now and unchanged_for(SILENT, one, now)]
    moving = [one for one in moving if one not in silent]
    leaving = Counter(one.source for one in moving)
    arriving = Counter(one.destination for one in moving)
    stuck = Counter(host for one in silent for host in {one.source, one.destination})
    return [
        HostRow(
            name,
            by_name.get(name),
            tuple(nodes.get(name, ())),
            leaving[name],
            arriving[name],
            stuck[name],
            len((evacuated or {}).get(name, ())),
        )
        for name in by_name.keys() | nodes.keys()
    ]


def latest_report(services: Iterable[ComputeHost]) -> datetime | None:
    """Return the time by Nova's clock from its services' last reports: right to some seconds while a service is up."""
    return max((one.updated_at for one in services if one.updated_at), default=None)
