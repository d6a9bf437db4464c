# SPDX-License-Identifier: Apache-2.0
"""Whether other hosts have enough resources for all instances together, not just for each instance alone."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Resource classes of Placement, in the order in which hosts usually run out of them.
CLASSES = ("MEMORY_MB", "VCPU", "DISK_GB")


@dataclass(frozen=True)
class NodeCapacity:
    """The free resources of one node, by resource class, with overcommit."""

    node: str
    free: Mapping[str, int]
    # Name of the node's compute service: server groups count by host, not by node.
    host: str = ""


@dataclass(frozen=True)
class AntiAffinity:
    """An anti-affinity group of an instance."""

    id: str
    max_per_host: int = 1
    # Number of members on each host before the first migration.
    members: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Demand:
    """What one instance needs, by resource class, and the nodes that are possible for it alone; None for all nodes."""

    id: str
    needs: Mapping[str, int]
    possible: frozenset[str] | None = None
    group: AntiAffinity | None = None


def unplaced(demands: Iterable[Demand], nodes: Iterable[NodeCapacity]) -> dict[str, str]:
    """Return why instances do not fit once larger instances are placed: ``room``, or ``apart`` (their server group).

    Greedy: the largest instance first, on the node with the most free resources.  Like Nova's scheduler, it may miss a
    tighter packing.
    """
    free_nodes = _FreeNodes(nodes)
    reasons = {}
    for demand in sorted(demands, key=_size, reverse=True):
        if reason := free_nodes.place(demand):
            reasons[demand.id] = reason
    return reasons


class _FreeNodes:
    """The free resources of each node, sorted in the order in which nodes are tried: a cloud has thousands."""

    def __init__(self, nodes: Iterable[NodeCapacity]) -> None:
        self._nodes = list(nodes)
        self._free = [dict(node.free) for node in self._nodes]
        self._order = sorted(self._key(number) for number in range(len(self._nodes)))
        self._members: dict[tuple[str, str], int] = defaultdict(int)

    def place(self, demand: Demand) -> str:
        """Place an instance on the node with the most free resources.  Return why it does not fit, or an empty text."""
        enough = False
        for position, key in enumerate(self._order):
            number = key[-1]
            node = self._nodes[number]
            if not _is_possible(node.node, demand) or not _has_enough(self._free[number], demand.needs):
                continue
            enough = True
            if _group_allows(node.host, demand.group, self._members):
                self._reserve(position, demand)
                return ""
        return "apart" if enough else "room"

    def _reserve(self, position: int, demand: Demand) -> None:
        number = self._order.pop(position)[-1]
        for name, amount in demand.needs.items():
            self._free[number][name] = self._free[number].get(name, 0) - amount
        if demand.group:
            self._members[demand.group.id, self._nodes[number].host] += 1
        insort(self._order, self._key(number))

    def _key(self, number: int) -> tuple[int, ...]:
        """Return a sort key: the most free resources first, then the order in which nodes were given."""
        return (*(-self._free[number].get(name, 0) for name in CLASSES), number)


def _size(demand: Demand) -> list[int]:
    return [demand.needs.get(name, 0) for name in CLASSES]


def _has_enough(free: Mapping[str, int], needs: Mapping[str, int]) -> bool:
    return all(free.get(name, 0) >= amount for name, amount in needs.items())


def _is_possible(node: str, demand: Demand) -> bool:
    return demand.possible is None or node in demand.possible


def _group_allows(host: str, group: AntiAffinity | None, placed: Mapping[tuple[str, str], int]) -> bool:
    """Return whether the group allows another member on the host.  ``placed``: new members by group and host."""
    if group is None:
        return True
    return group.members.get(host, 0) + placed.get((group.id, host), 0) < group.max_per_host
