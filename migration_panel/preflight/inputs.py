# SPDX-License-Identifier: Apache-2.0
"""Everything that is known about one case: an instance, a type of migration and a destination."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from migration_panel.api.host_models import ComputeHost, Hypervisor, ServerGroup
from migration_panel.api.models import Server
from migration_panel.api.placement_models import AllocationCandidates, ResourceRequest
from migration_panel.migration_types import Kind


@dataclass(frozen=True)
class PreflightInput:
    """One case.  What could not be read is None; ``missing`` has the reason by the field's name."""

    kind: Kind
    server: Server
    # Empty if the scheduler chooses the host.
    destination: str = ""
    # None if the user may not list hosts, or Nova did not return them.
    hosts: tuple[ComputeHost, ...] | None = None
    may_name_host: bool = False
    may_override_lock: bool = False
    # Whether the user may change compute services, as administrators may: decides which remedies are shown.
    changes_hosts: bool = False
    hypervisors: tuple[Hypervisor, ...] | None = None
    # Whether Nova returned all hypervisors.
    all_hypervisors: bool = True
    # The nodes with enough free resources, as Placement reports them.
    candidates: AllocationCandidates | None = None
    # The vnic_type of each port.
    ports: tuple[str, ...] | None = None
    group: ServerGroup | None = None
    # The other members of the group, as far as they were looked up.
    members: tuple[Server, ...] = ()
    # OptionalResult.reason by the name of the field.
    missing: Mapping[str, str] = field(default_factory=dict)
    # None if Nova does not report the flavor's size.
    resource_request: ResourceRequest | None = None
    # Instances evacuated from each host since nova-compute was last restarted there; None if unknown.
    evacuated: Mapping[str, frozenset[str]] | None = None
    # Assumed rate of a copy, MiB/s.
    bandwidth: float = 100.0

    @cached_property
    def nodes(self) -> dict[str | None, list[Hypervisor]]:
        """Return the hypervisors of each service."""
        nodes: dict[str | None, list[Hypervisor]] = defaultdict(list)
        for hypervisor in self.hypervisors or ():
            nodes[hypervisor.host].append(hypervisor)
        return dict(nodes)

    def node(self, host: str | None) -> Hypervisor | None:
        """Return the hypervisor of a service; the first if it has several bare metal nodes.

        Of several nodes of another type only one node is current, and Nova does not say which: the result is None.
        """
        return next(iter(self._current_nodes(host)), None)

    def _current_nodes(self, host: str | None) -> Sequence[Hypervisor]:
        nodes = self.nodes.get(host, ())
        return () if len(nodes) > 1 and not all(node.bare_metal for node in nodes) else nodes

    def candidate_node(self, host: str) -> Hypervisor | None:
        """Return the node of the service that Placement offers; None without an offer."""
        offered = self.candidates.amounts if self.candidates else {}
        return next((node for node in self._current_nodes(host) if node.id in offered), None)

    @cached_property
    def overcommit(self) -> dict[str, float]:
        """Return the highest overcommit ratio of each resource on the hosts that Placement offers.

        Without an offered host, a resource that Nova overcommits by default has no ratio, because it would be a guess.
        """
        ratios: dict[str, float] = {"MEMORY_MB": 1.0, "DISK_GB": 1.0}
        for node in self.hypervisors or ():
            offered = self.candidates.amounts.get(node.id, {}) if self.candidates else {}
            for name, own in node.amounts.items():
                if name in offered and own.capacity:
                    ratios[name] = max(ratios.get(name, 1.0), offered[name].capacity / own.capacity)
        return ratios

    @property
    def source(self) -> ComputeHost | None:
        return host_named(self.server.host, self.hosts)

    @cached_property
    def specs(self) -> Mapping[str, str]:
        """Return the flavor's extra specs; empty if unknown."""
        return self.server.extra_specs or {}

    @property
    def has_local_disk(self) -> bool:
        return self.server.has_local_disk

    @property
    def host_selectable(self) -> bool:
        """Return whether the user can choose from a list of hosts."""
        return self.kind.accepts_destination and self.may_name_host and self.hosts is not None


def host_named(name: str | None, hosts: Iterable[ComputeHost] | None) -> ComputeHost | None:
    """Return the host with exactly this name; None if it is not listed."""
    return next((host for host in hosts or () if host.name == name), None)
