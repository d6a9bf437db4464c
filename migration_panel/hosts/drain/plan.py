# SPDX-License-Identifier: Apache-2.0
"""The plan of a drain: what would happen to each instance on the host."""

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
    method: MoveMethod
    # Whether the instance could be migrated with other options or another selection: then the plan has a checkbox.
    possible: bool
    # Why no other host was found for the instance.
    lack: Lack | None = None

    @property
    def migrates(self) -> bool:
        return self.method.kind is not None


@dataclass(frozen=True)
class Plan:
    host: str
    order: DrainRequest
    entries: tuple[Entry, ...]
    # Shortest and longest duration, s; None if the size of an instance is not known.
    least: int | None = None
    most: int | None = None
    # None if Placement or the list of hypervisors could not be read.
    fit: Fit | None = None
    hypervisor_type: str | None = None
    # Hosts that the scheduler may choose although they would delete instances of the plan, and the number of these.
    unsafe: tuple[tuple[str, ...], int] = ((), 0)

    @property
    def migrating(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.migrates)

    @property
    def staying(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if not entry.migrates)

    @property
    def unplaceable(self) -> int:
        """Return the number of instances for which no other host was found."""
        return sum(entry.lack is not None for entry in self.migrating)

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

    ``fit``: None if the room on other hosts is unknown.  ``bandwidth``: of a copy, MiB/s.  ``wave``: number of
    simultaneous cold migrations.
    """
    entries = tuple(
        Entry(
            server,
            move_method(server, order, hypervisor_type),
            possible=can_leave(server, order, hypervisor_type),
            lack=fit.lacks.get(server.id) if fit else None,
        )
        for server in sorted(servers, key=lambda server: (server.name or "", server.id))
    )
    least, most = duration_range([(entry.server, entry.method) for entry in entries], bandwidth, wave)
    return Plan(host, order, entries, least, most, fit, hypervisor_type, unsafe)


def can_leave(server: Server, order: DrainRequest, hypervisor_type: str | None = None) -> bool:
    """Return whether an instance could be migrated if it was selected, and shut off instances were included."""
    all_options = DrainRequest(order.started_at, order.author, block=order.block, cold=True)
    return move_method(server, all_options, hypervisor_type).kind is not None


def duration_range(
    moves: Iterable[tuple[Server, MoveMethod]], bandwidth: float, wave: int
) -> tuple[int | None, int | None]:
    """Return the shortest and the longest duration, s; None if the size of an instance is not known.

    Live migrations leave their host one after the other.  Cold migrations run beside them, ``wave`` at once.
    """
    totals = {True: (0, 0), False: (0, 0)}
    for server, method in moves:
        if method.kind is None:
            continue
        duration = estimate(method.kind, server, bandwidth)
        if duration is None:
            return None, None
        least, most = totals[method.kind.live]
        totals[method.kind.live] = (least + duration.least, most + duration.most)
    live, cold = totals[True], totals[False]
    return max(live[0], cold[0] // wave), max(live[1], -(-cold[1] // wave))
