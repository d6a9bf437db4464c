# SPDX-License-Identifier: Apache-2.0
"""How much room hosts have, and what of it the instance needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migration_panel.api.placement_models import ResourceAmount
from migration_panel.preflight.inputs import PreflightInput

# What is shown: resource classes of Placement.  Memory is in MiB, disk in GiB.
VCPU, PCPU, MEMORY, DISK = SHOWN = ("VCPU", "PCPU", "MEMORY_MB", "DISK_GB")


@dataclass(frozen=True)
class Gauge:
    """One resource of one host, now and after the move."""

    resource: str
    capacity: int
    used: int
    need: int
    # Whether overcommit is in the capacity: Placement tells it, hypervisors do not.
    overcommit: bool = True

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.used)

    @property
    def after(self) -> int:
        """Free after the move; below 0 where there is too little."""
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
    """Of what the instance needs: as Placement tells, else the hypervisor; none where neither does."""
    needs = case.ask.needs if case.ask else {}
    offered = case.offered(host)
    amounts = case.rooms.amounts[offered.id] if case.rooms and offered else _own(case, host)
    return tuple(
        Gauge(name, amounts[name].capacity, amounts[name].used, needs[name], overcommit=bool(offered))
        for name in SHOWN
        if name in amounts and needs.get(name)
    )


def _own(case: PreflightInput, host: str) -> Mapping[str, ResourceAmount]:
    node = case.node(host)
    return node.amounts if node else {}


def lacks(case: PreflightInput, host: str, resource: str, ratio: float | None) -> ResourceAmount | None:
    """What there is of a resource if that is less than needed, as the hypervisor tells it."""
    own = _own(case, host).get(resource)
    need = case.ask.needs.get(resource, 0) if case.ask else 0
    if own is None or ratio is None or not need:
        return None
    most = ResourceAmount(round(own.capacity * ratio), own.used)
    return most if need > most.free else None
