# SPDX-License-Identifier: Apache-2.0
"""The resources that hosts have, and how much of them the instance needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migration_panel.api.placement_models import ResourceAmount
from migration_panel.preflight.inputs import PreflightInput

# The resource classes of Placement that are shown.  Memory is in MiB, disk in GiB.
VCPU, PCPU, MEMORY, DISK = SHOWN = ("VCPU", "PCPU", "MEMORY_MB", "DISK_GB")


@dataclass(frozen=True)
class Gauge:
    """One resource of one host, before and after the migration."""

    resource: str
    capacity: int
    used: int
    need: int
    # Whether the capacity includes overcommit: Placement reports it, hypervisors do not.
    overcommit: bool = True

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.used)

    @property
    def after(self) -> int:
        """Return the free amount after the migration; negative if there is too little."""
        return self.capacity - self.used - self.need

    @property
    def percent_used(self) -> int:
        return _percent(self.used, self.capacity)

    @property
    def percent_after(self) -> int:
        return _percent(self.used + self.need, self.capacity)


def _percent(part: int, whole: int) -> int:
    return min(100, max(0, round(100 * part / whole))) if whole > 0 else 100


def gauges(case: PreflightInput, host: str) -> tuple[Gauge, ...]:
    """Return the resources that the instance needs: Placement's figures, or else the hypervisor's."""
    needs = case.resource_request.needs if case.resource_request else {}
    node = case.candidate_node(host)
    amounts = case.candidates.amounts[node.id] if case.candidates and node else _hypervisor_amounts(case, host)
    return tuple(
        Gauge(name, amounts[name].capacity, amounts[name].used, needs[name], overcommit=bool(node))
        for name in SHOWN
        if name in amounts and needs.get(name)
    )


def _hypervisor_amounts(case: PreflightInput, host: str) -> Mapping[str, ResourceAmount]:
    node = case.node(host)
    return node.amounts if node else {}


def shortage(case: PreflightInput, host: str, resource: str, ratio: float | None) -> ResourceAmount | None:
    """Return the amount of a resource if the instance needs more; None if there is enough or it is unknown.

    ``ratio``: overcommit, by which the hypervisor's capacity is multiplied; None if unknown.
    """
    own = _hypervisor_amounts(case, host).get(resource)
    need = case.resource_request.needs.get(resource, 0) if case.resource_request else 0
    if own is None or ratio is None or not need:
        return None
    amount = ResourceAmount(round(own.capacity * ratio), own.used)
    return amount if need > amount.free else None
