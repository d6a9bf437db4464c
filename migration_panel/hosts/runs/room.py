# SPDX-License-Identifier: Apache-2.0
"""Whether other hosts have room for all instances of one together, not just for each alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Resource classes of Placement's, in the order in which they tend to run out.
CLASSES = ("MEMORY_MB", "VCPU", "DISK_GB")


@dataclass(frozen=True)
class Room:
    """What one node has free, by resource class, with overcommit."""

    node: str
    free: Mapping[str, int]
    # Name of its compute service: server groups count by host, not by node.
    host: str = ""


@dataclass(frozen=True)
class Apart:
    """An anti-affinity group of an instance."""

    id: str
    # Members that one host may have.
    most: int = 1
    # Members that each host has before anything moves.
    there: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Guest:
    """What one instance needs, by resource class, and the nodes that would take it alone; None for any."""

    id: str
    needs: Mapping[str, int]
    possible: frozenset[str] | None = None
    apart: Apart | None = None


def homeless(guests: Iterable[Guest], rooms: Iterable[Room]) -> frozenset[str]:
    """IDs of those that find no place once the larger ones are placed."""
    return frozenset(unplaced(guests, rooms))


def unplaced(guests: Iterable[Guest], rooms: Iterable[Room]) -> dict[str, str]:
    """Return why an instance finds no place once the larger ones are placed: ``room``, or ``apart`` from its group.

    Greedy, largest first, each where most is left: like Nova's scheduler, it may miss a tighter packing.
    """
    nodes = list(rooms)
    hosts = {room.node: room.host for room in nodes}
    left = {room.node: dict(room.free) for room in nodes}
    members: dict[tuple[str, str], int] = defaultdict(int)
    without = {}
    for guest in sorted(guests, key=_size, reverse=True):
        roomy = [node for node in left if _may(node, guest) and _takes(left[node], guest.needs)]
        taking = [node for node in roomy if _apart(hosts[node], guest.apart, members)]
        if not taking:
            without[guest.id] = "apart" if roomy else "room"
            continue
        chosen = max(taking, key=lambda node: [left[node].get(name, 0) for name in CLASSES])
        for name, amount in guest.needs.items():
            left[chosen][name] -= amount
        if guest.apart:
            members[guest.apart.id, hosts[chosen]] += 1
    return without


def _size(guest: Guest) -> list[int]:
    return [guest.needs.get(name, 0) for name in CLASSES]


def _takes(free: Mapping[str, int], needs: Mapping[str, int]) -> bool:
    return all(free.get(name, 0) >= amount for name, amount in needs.items())


def _may(node: str, guest: Guest) -> bool:
    return guest.possible is None or node in guest.possible


def _apart(host: str, apart: Apart | None, members: Mapping[tuple[str, str], int]) -> bool:
    """Whether the group lets one member more be on the host."""
    if apart is None:
        return True
    return apart.there.get(host, 0) + members.get((apart.id, host), 0) < apart.most
