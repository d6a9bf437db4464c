# SPDX-License-Identifier: Apache-2.0
"""What a drain would do, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from migration_panel.api.drivers import can_live_migrate
from migration_panel.api.models import Server
from migration_panel.hosts.drain.methods import MoveMethod, move_method
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.preflight.estimate import estimate
from migration_panel.preflight.fit import Fit, Lack


@dataclass(frozen=True)
class Entry:
    """One instance on the host."""

    server: Server
    way: MoveMethod
    # Whether it could go if the options were set so: then its checkbox is there already.
    possible: bool
    # Why no other host was found for the instance.
    lack: Lack | None = None

    @property
    def goes(self) -> bool:
        return self.way.kind is not None


@dataclass(frozen=True)
class Plan:
    host: str
    order: DrainRequest
    entries: tuple[Entry, ...]
    # Seconds at best and at worst; None if the size of an instance is not known.
    least: int | None = None
    most: int | None = None
    # None if Placement or the list of hypervisors could not be read.
    fit: Fit | None = None
    hypervisor_type: str | None = None
    # Hosts that the scheduler may choose although they would delete instances of the plan, and how many of these.
    unsafe: tuple[tuple[str, ...], int] = ((), 0)

    @property
    def going(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.goes)

    @property
    def staying(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if not entry.goes)

    @property
    def unplaceable(self) -> int:
        return sum(entry.lack is not None for entry in self.going)

    @property
    def movable(self) -> bool:
        """Return whether the host's driver can migrate at all."""
        return can_live_migrate(self.hypervisor_type)


def plan_of(
    host: str,
    order: DrainRequest,
    servers: Iterable[Server],
    *,
    fit: Fit | None = None,
    hypervisor_type: str | None = None,
    bandwidth: float = 100.0,
    wave: int = 4,
    unsafe: tuple[tuple[str, ...], int] = ((), 0),
) -> Plan:
    """Return the plan of a drain.

    ``fit``: None if the room on other hosts is unknown.  ``wave``: number of simultaneous cold migrations.
    """
    anything = DrainRequest(order.started_at, order.author, block=order.block, cold=True)
    entries = tuple(
        Entry(
            one,
            move_method(one, order, hypervisor_type),
            possible=move_method(one, anything, hypervisor_type).kind is not None,
            lack=fit.lacks.get(one.id) if fit else None,
        )
        for one in sorted(servers, key=lambda one: (one.name or "", one.id))
    )
    least, most = span_of([(entry.server, entry.way) for entry in entries], bandwidth, wave)
    return Plan(host, order, entries, least, most, fit, hypervisor_type, unsafe)


def span_of(moves: Iterable[tuple[Server, MoveMethod]], bandwidth: float, wave: int) -> tuple[int | None, int | None]:
    """Seconds at best and at worst: live ones leave their host one after the other, cold ones beside them in waves."""
    totals = {True: (0, 0), False: (0, 0)}
    for server, way in moves:
        if way.kind is None:
            continue
        told = estimate(way.kind, server, bandwidth)
        if told is None:
            return None, None
        least, most = totals[way.kind.live]
        totals[way.kind.live] = (least + told.least, most + told.most)
    live, cold = totals[True], totals[False]
    return max(live[0], cold[0] // wave), max(live[1], -(-cold[1] // wave))
