# SPDX-License-Identifier: Apache-2.0
"""Join services, hypervisors and migrations into one row for each compute host."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.api.models import Migration
from migration_panel.api.placement_models import AllocationCandidates, ResourceAmount
from migration_panel.board.status import phase_of
from migration_panel.hosts.drain.records import unchanged_for
from migration_panel.preflight.capacity import DISK, MEMORY, PCPU, VCPU

# An open record without a change for this long may never be closed.
UNCHANGED = timedelta(days=1)


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
    """Resources allocated to instances, and the host's physical resources; None if Nova does not report them."""

    used: int | None = None
    total: int | None = None
    # What the scheduler counts with: overcommit, without what the host reserves; None if Placement does not report it.
    schedulable: ResourceAmount | None = None

    @property
    def percent(self) -> int | None:
        """Return the allocated share, above 100 with overcommit; None if unknown."""
        if self.used is None or not self.total:
            return None
        return round(100 * self.used / self.total)

    @property
    def schedulable_percent(self) -> int | None:
        """Return the allocated share of what the scheduler may allocate; None if unknown.

        Of nothing, for example of a disk that the host reserves as a whole, all is allocated.
        """
        if self.schedulable is None:
            return None
        if not self.schedulable.capacity:
            return 100
        return round(100 * self.schedulable.used / self.schedulable.capacity)

    @classmethod
    def of(cls, parts: Iterable[tuple[int | None, int | None]]) -> Usage:
        """Return the sum over the nodes that report both figures; ``parts``: used and total of each node."""
        reported = [(used, total) for used, total in parts if used is not None and total is not None]
        return cls(sum(used for used, _ in reported), sum(total for _, total in reported)) if reported else cls()


@dataclass(frozen=True)
class HostRow:
    name: str
    # None for a hypervisor without a compute service.
    service: ComputeHost | None
    nodes: tuple[Hypervisor, ...] = ()
    leaving: int = 0
    arriving: int = 0
    # Open migrations whose records have not changed for UNCHANGED; not part of the two numbers above.
    unchanged: int = 0
    # Instances evacuated from the host since nova-compute was last restarted there.
    evacuated: int = 0
    # What Placement reports, by the ID of the node and by Placement's name of the resource.
    amounts: Mapping[str, Mapping[str, ResourceAmount]] = field(default_factory=dict)

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
    def scheduling(self) -> str:
        """Return whether Nova may schedule instances to the host: enabled, disabled, or empty if unknown."""
        if self.service is None or self.service.cell_down:
            return ""
        return "disabled" if self.disabled else "enabled"

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
        """Return whether the host has several nodes but only one node can be current, for example after a renaming.

        Only bare metal has several nodes for one service.
        """
        return len(self.nodes) > 1 and not all(node.bare_metal for node in self.nodes)

    @property
    def counted_nodes(self) -> tuple[Hypervisor, ...]:
        """Return the nodes whose figures add up to the figures of the host."""
        return () if self.ambiguous else self.nodes

    @property
    def instances(self) -> int | None:
        """Return the number that the host last reported; None without a node, or if the current node is unknown."""
        counts = [node.running for node in self.counted_nodes if node.running is not None]
        return sum(counts) if counts else None

    @property
    def vcpus(self) -> Usage:
        usage = Usage.of((node.vcpus_used, node.vcpus) for node in self.counted_nodes)
        # Placement counts the CPUs of instances with dedicated CPUs separately.
        return replace(usage, schedulable=self._schedulable(VCPU, PCPU))

    @property
    def memory(self) -> Usage:
        usage = Usage.of((node.memory_used_mib, node.memory_mib) for node in self.counted_nodes)
        return replace(usage, schedulable=self._schedulable(MEMORY))

    @property
    def disk(self) -> Usage:
        usage = Usage.of((node.disk_used_gib, node.disk_gib) for node in self.counted_nodes)
        return replace(usage, schedulable=self._schedulable(DISK))

    @property
    def limits_missing(self) -> bool:
        """Return whether Nova reports the host's resources, and Placement does not."""
        return any(usage.total and usage.schedulable is None for usage in (self.vcpus, self.memory, self.disk))

    def _schedulable(self, *resources: str) -> ResourceAmount | None:
        """Return the sum of the resources; None unless Placement reports at least one of them for each node."""
        found = []
        for node in self.counted_nodes:
            reported = self.amounts.get(node.id, {})
            amounts = [reported[resource] for resource in resources if resource in reported]
            if not amounts:
                return None
            found += amounts
        if not found:
            return None
        return ResourceAmount(sum(amount.capacity for amount in found), sum(amount.used for amount in found))


def host_rows(
    services: Iterable[ComputeHost],
    hypervisors: Iterable[Hypervisor],
    migrations: Iterable[Migration],
    evacuated: Mapping[str, Sized] | None = None,
    candidates: AllocationCandidates | None = None,
) -> list[HostRow]:
    """Return one row for each host, unsorted.

    ``migrations``: the newest migrations of the cloud; ``evacuated``: the instances evacuated from each host since
    nova-compute was last restarted there; ``candidates``: Placement's figures, None if unknown.
    """
    services = list(services)
    by_name = {service.name: service for service in services}
    nodes: defaultdict[str, list[Hypervisor]] = defaultdict(list)
    for hypervisor in hypervisors:
        nodes[hypervisor.host or hypervisor.name].append(hypervisor)
    now = latest_report(services)
    moving = [migration for migration in migrations if phase_of(migration.status).moving]
    unchanged = [migration for migration in moving if now and unchanged_for(UNCHANGED, migration, now)]
    moving = [migration for migration in moving if migration not in unchanged]
    leaving = Counter(migration.source for migration in moving)
    arriving = Counter(migration.destination for migration in moving)
    unchanged_at = Counter(host for migration in unchanged for host in {migration.source, migration.destination})
    return [
        HostRow(
            name,
            by_name.get(name),
            tuple(nodes.get(name, ())),
            leaving[name],
            arriving[name],
            unchanged_at[name],
            len((evacuated or {}).get(name, ())),
            candidates.amounts if candidates else {},
        )
        for name in by_name.keys() | nodes.keys()
    ]


def latest_report(services: Iterable[ComputeHost]) -> datetime | None:
    """Return the time by Nova's clock: the last report of any service, some seconds old while a service is up."""
    return max((service.updated_at for service in services if service.updated_at), default=None)
