# SPDX-License-Identifier: Apache-2.0
"""Whether other hosts have room for all instances of one together, not just for each alone."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Resource classes of Placement's, in the order in which they tend to run out.
CLASSES = ("MEMORY_MB", "VCPU", "DISK_GB")


@dataclass(frozen=True)
class NodeCapacity:
    """What one node has free, by resource class, with overcommit."""

    node: str
    free: Mapping[str, int]
    # Name of the node's compute service: server groups count by host, not by node.
    host: str = ""


@dataclass(frozen=True)
class Apart:
    """An anti-affinity group of an instance."""

    id: str
    # Maximum number of members on one host.
    most: int = 1
    # Members on each host before the first migration.
    there: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Demand:
    """What one instance needs, by resource class, and the nodes that would take it alone; None for any."""

    id: str
    needs: Mapping[str, int]
    possible: frozenset[str] | None = None
    apart: Apart | None = None


def unplaceable(guests: Iterable[Demand], rooms: Iterable[NodeCapacity]) -> frozenset[str]:
    """Return the IDs of the instances that do not fit once the larger instances are placed."""
    return frozenset(unplaced(guests, rooms))


def unplaced(guests: Iterable[Demand], rooms: Iterable[NodeCapacity]) -> dict[str, str]:
    """Return why instances do not fit once the larger ones are placed: ``room``, or ``apart`` (their server group).

    Greedy, largest first, each where most is left: like Nova's scheduler, it may miss a tighter packing.
    """
    left = _Left(rooms)
    without = {}
    for guest in sorted(guests, key=_size, reverse=True):
        if reason := left.place(guest):
            without[guest.id] = reason
    return without


class _Left:
    """Free resources of each node, sorted in the order in which nodes are tried: a cloud has thousands."""

    def __init__(self, rooms: Iterable[NodeCapacity]) -> None:
        self._rooms = list(rooms)
        self._free = [dict(room.free) for room in self._rooms]
        self._order = sorted(self._key(number) for number in range(len(self._rooms)))
        self._members: dict[tuple[str, str], int] = defaultdict(int)

    def place(self, guest: Demand) -> str:
        """Place an instance on the node with the most free resources.  Return why it does not fit, or an empty text."""
        roomy = False
        for place, key in enumerate(self._order):
            number = key[-1]
            room = self._rooms[number]
            if not _may(room.node, guest) or not _takes(self._free[number], guest.needs):
                continue
            roomy = True
            if _apart(room.host, guest.apart, self._members):
                self._take(place, guest)
                return ""
        return "apart" if roomy else "room"

    def _take(self, place: int, guest: Demand) -> None:
        number = self._order.pop(place)[-1]
        for name, amount in guest.needs.items():
            self._free[number][name] = self._free[number].get(name, 0) - amount
        if guest.apart:
            self._members[guest.apart.id, self._rooms[number].host] += 1
        insort(self._order, self._key(number))

    def _key(self, number: int) -> tuple[int, ...]:
        """Return a sort key: the most free resources first, then the order in which nodes were given."""
        return (*(-self._free[number].get(name, 0) for name in CLASSES), number)


def _size(guest: Demand) -> list[int]:
    return [guest.needs.get(name, 0) for name in CLASSES]


def _takes(free: Mapping[str, int], needs: Mapping[str, int]) -> bool:
    return all(free.get(name, 0) >= amount for name, amount in needs.items())


def _may(node: str, guest: Demand) -> bool:
    return guest.possible is None or node in guest.possible


def _apart(host: str, apart: Apart | None, members: Mapping[tuple[str, str], int]) -> bool:
    """Return whether the group allows another member on the host."""
    if apart is None:
        return True
    return apart.there.get(host, 0) + members.get((apart.id, host), 0) < apart.most
