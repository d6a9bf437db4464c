# SPDX-License-Identifier: Apache-2.0
"""All that is known of one choice on one form, whatever could be asked for."""

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
    kind: Kind
    server: Server
    destination: str = ""
    # None where the user may not list hosts, or they could not be had.
    hosts: tuple[ComputeHost, ...] | None = None
    may_name_host: bool = False
    may_override_lock: bool = False
    # The same applies to the fields below; the reason is in ``missing``, by the codes of OptionalResult.reason.
    hypervisors: tuple[Hypervisor, ...] | None = None
    # Whether Nova returned all hypervisors.
    all_hypervisors: bool = True
    rooms: AllocationCandidates | None = None
    # The vnic_type of each port.
    ports: tuple[str, ...] | None = None
    group: ServerGroup | None = None
    # The other members of the group, as far as there were any to ask for.
    members: tuple[Server, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    ask: ResourceRequest | None = None
    # Instances evacuated from each host since nova-compute was last restarted there; None if unknown.
    evacuated: Mapping[str, frozenset[str]] | None = None
    # Rate at which copies are supposed to run, MiB/s.
    bandwidth: float = 100.0

    @cached_property
    def nodes(self) -> dict[str | None, list[Hypervisor]]:
        """The hypervisors of each service."""
        nodes: dict[str | None, list[Hypervisor]] = defaultdict(list)
        for one in self.hypervisors or ():
            nodes[one.host].append(one)
        return dict(nodes)

    def node(self, host: str | None) -> Hypervisor | None:
        """Return the hypervisor of a service; the first if it has several bare metal nodes.

        Of several nodes of another type only one is current, and Nova does not say which: the result is None.
        """
        return next(iter(self._current(host)), None)

    def _current(self, host: str | None) -> Sequence[Hypervisor]:
        nodes = self.nodes.get(host, ())
        return () if len(nodes) > 1 and not all(one.bare_metal for one in nodes) else nodes

    def offered(self, host: str) -> Hypervisor | None:
        """Its node that Placement says has room."""
        rooms = self.rooms.amounts if self.rooms else {}
        return next((one for one in self._current(host) if one.id in rooms), None)

    @cached_property
    def overcommit(self) -> dict[str, float]:
        """The most there is of each resource on hosts that have room; Nova's default would be a guess."""
        ratios: dict[str, float] = {"MEMORY_MB": 1.0, "DISK_GB": 1.0}
        for node in self.hypervisors or ():
            told = self.rooms.amounts.get(node.id, {}) if self.rooms else {}
            for name, own in node.amounts.items():
                if name in told and own.capacity:
                    ratios[name] = max(ratios.get(name, 1.0), told[name].capacity / own.capacity)
        return ratios

    @property
    def source(self) -> ComputeHost | None:
        return host_named(self.server.host, self.hosts)

    @cached_property
    def specs(self) -> Mapping[str, str]:
        return self.server.extra_specs or {}

    @property
    def local_gib(self) -> int | None:
        return self.server.local_gib

    @property
    def has_local_disk(self) -> bool:
        return self.server.has_local_disk

    @property
    def host_selectable(self) -> bool:
        """Whether there is a choice of hosts to be made, and something to choose by."""
        return self.kind.accepts_destination and self.may_name_host and self.hosts is not None


def host_named(name: str | None, hosts: Iterable[ComputeHost] | None) -> ComputeHost | None:
    return next((host for host in hosts or () if host.name == name), None)
