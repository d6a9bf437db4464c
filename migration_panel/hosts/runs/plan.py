# SPDX-License-Identifier: Apache-2.0
"""What a drain would do, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from migration_panel.hosts.runs.order import Order
from migration_panel.hosts.runs.ways import Way, way_of
from migration_panel.launch.case.estimate import estimate
from migration_panel.nova.records import Server


@dataclass(frozen=True)
class Entry:
    """One instance on the host."""

    server: Server
    way: Way
    # Whether it could go if the options were set so: then its checkbox is there already.
    possible: bool
    # Whether no other host has room for it once the others are placed.
    homeless: bool = False

    @property
    def goes(self) -> bool:
        return self.way.kind is not None


@dataclass(frozen=True)
class Plan:
    host: str
    order: Order
    entries: tuple[Entry, ...]
    # Seconds at best and at worst; None if the size of an instance is not known.
    least: int | None = None
    most: int | None = None
    # Whether the other hosts' room could be had at all.
    counted: bool = False

    @property
    def going(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.goes)

    @property
    def staying(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if not entry.goes)

    @property
    def homeless(self) -> int:
        return sum(entry.homeless for entry in self.going)


def plan_of(
    host: str,
    order: Order,
    servers: Iterable[Server],
    *,
    homeless: frozenset[str] | None = None,
    bandwidth: float = 100.0,
    wave: int = 4,
) -> Plan:
    """``homeless``: None if nobody knows what room there is.  ``wave``: so many move cold at once."""
    anything = Order(order.started_at, order.author, block=order.block, cold=True)
    entries = tuple(
        Entry(
            one,
            way_of(one, order),
            possible=way_of(one, anything).kind is not None,
            homeless=one.id in (homeless or ()),
        )
        for one in sorted(servers, key=lambda one: (one.name or "", one.id))
    )
    least, most = span_of([(entry.server, entry.way) for entry in entries], bandwidth, wave)
    return Plan(host, order, entries, least, most, counted=homeless is not None)


def span_of(moves: Iterable[tuple[Server, Way]], bandwidth: float, wave: int) -> tuple[int | None, int | None]:
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
