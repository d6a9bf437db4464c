# SPDX-License-Identifier: Apache-2.0
"""Whether other hosts have room for the instances of a plan, and what could not be checked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from migration_panel.api.host_models import ComputeHost, Hypervisor, ServerGroup
from migration_panel.api.models import Server
from migration_panel.api.placement_models import AllocationCandidates, ResourceRequest
from migration_panel.migration_types import Kind
from migration_panel.preflight import destination_checks as rules
from migration_panel.preflight.finding import ERROR, Finding
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.placement_fit import Apart, Demand, NodeCapacity, unplaced


def _evacuated(case: PreflightInput, host: ComputeHost) -> Finding | None:
    return rules.evacuated(case, host) or rules.evacuated_itself(case, host)


# What excludes a host that has room: the code of a Lack, and the rule from the form of a single instance.
RULES: tuple[tuple[str, Callable[[PreflightInput, ComputeHost], Finding | None]], ...] = (
    ("zone", rules.other_zone),
    ("affinity", rules.affinity),
    ("anti-affinity", rules.anti_affinity),
    ("type", rules.other_type),
    ("older", rules.older),
    ("evacuated", _evacuated),
)

# Why an instance that fits alone does not fit once the others are placed: by the reason of ``unplaced``.
TOGETHER = {"room": "together", "apart": "apart"}


@dataclass(frozen=True)
class Mover:
    """An instance that is to leave its host."""

    server: Server
    kind: Kind
    # The host that the request names; empty if the scheduler chooses.
    destination: str = ""


@dataclass(frozen=True)
class Lack:
    """Why no host was found for an instance."""

    # From RULES or TOGETHER, or ``room`` or ``zone-empty``; the sentences are in sentences.py.
    code: str
    # The zone, the server group or the hypervisor type.
    detail: str = ""
    # The host that the request names; empty if the scheduler chooses.
    host: str = ""


@dataclass(frozen=True)
class Unchecked:
    """Something that was not checked: a code whose sentence is in sentences.py."""

    code: str
    names: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class Fit:
    """Which instances fit on other hosts, all placed together."""

    lacks: Mapping[str, Lack] = field(default_factory=dict)
    unchecked: tuple[Unchecked, ...] = ()
    # Whether all hosts are known: if not, a host that was not checked may have room for the instances in ``lacks``.
    whole: bool = True


@dataclass(frozen=True)
class Membership:
    """The server group of an instance, and the group's other members."""

    group: ServerGroup
    members: tuple[Server, ...] = ()


@dataclass(frozen=True)
class FitInput:
    """What was read about the other hosts of a plan."""

    hosts: Sequence[ComputeHost]
    hypervisors: Sequence[Hypervisor]
    # Whether Nova returned all hypervisors.
    complete: bool = True
    # The need of each instance that was looked up, and Placement's answers by ``key_of`` of the need.
    asks: Mapping[str, ResourceRequest] = field(default_factory=dict)
    rooms: Mapping[str, AllocationCandidates] = field(default_factory=dict)
    # By the ID of the instance, for groups with a hard policy.
    groups: Mapping[str, Membership] = field(default_factory=dict)
    # What is unknown about the groups.
    unchecked: tuple[Unchecked, ...] = ()
    # Instances evacuated from each host since nova-compute was last restarted there; None if unknown.
    evacuated: Mapping[str, frozenset[str]] | None = None


def key_of(ask: ResourceRequest) -> str:
    """Return a key that is equal for equal needs."""
    return repr(ask)


def fit_of(movers: Sequence[Mover], known: FitInput) -> Fit:
    """Return which instances find a host once the larger instances are placed."""
    counted = [mover for mover in movers if mover.server.id in known.asks]
    judge = _Judge(known)
    judged = {mover.server.id: judge.possible(mover) for mover in counted}
    guests = [
        Demand(
            mover.server.id,
            known.asks[mover.server.id].needs,
            judged[mover.server.id][0],
            _apart(known.groups.get(mover.server.id)),
        )
        for mover in counted
    ]
    without = unplaced(guests, _rooms(known))
    lacks = {
        mover.server.id: judged[mover.server.id][1] or _together(mover, known, without[mover.server.id])
        for mover in counted
        if mover.server.id in without
    }
    unchecked = (*_unread(known), *_unreported(movers, counted))
    whole = not any(one.code in ("hypervisors", "without-hypervisor", "placement") for one in unchecked)
    return Fit(lacks, unchecked, whole)


def _together(mover: Mover, known: FitInput, reason: str) -> Lack:
    membership = known.groups.get(mover.server.id)
    detail = membership.group.name if reason == "apart" and membership else ""
    return Lack(TOGETHER[reason], detail, mover.destination)


class _Judge:
    """Apply the rules once for all instances that are alike."""

    def __init__(self, known: FitInput) -> None:
        self._known = known
        self._hosts = {host.name: host for host in known.hosts if host.up and host.enabled and not host.forced_down}
        self._nodes = [one for one in known.hypervisors if one.up and one.enabled and one.host in self._hosts]
        self._found: dict[object, tuple[frozenset[str], Lack | None]] = {}

    def possible(self, mover: Mover) -> tuple[frozenset[str], Lack | None]:
        """Return the nodes that would take the instance alone, and if there are none, why."""
        server, ask = mover.server, self._known.asks[mover.server.id]
        grouped = server.id if server.id in self._known.groups else ""
        alike = (key_of(ask), mover.kind.slug, mover.destination, server.host, server.pinned_zone, grouped)
        if alike not in self._found:
            self._found[alike] = self._look(mover, ask)
        return self._found[alike]

    def _look(self, mover: Mover, ask: ResourceRequest) -> tuple[frozenset[str], Lack | None]:
        pinned = mover.server.pinned_zone
        if pinned and not any(one.zone == pinned for one in self._hosts.values() if one.name != mover.server.host):
            return frozenset(), Lack("zone-empty", pinned)
        case = self._case(mover)
        offered = self._known.rooms[key_of(ask)].amounts
        left = [
            one
            for one in self._nodes
            if one.id in offered and one.host != mover.server.host and mover.destination in ("", one.host)
        ]
        if not left:
            return frozenset(), Lack("room", host=mover.destination)
        for code, rule in RULES:
            kept = [one for one in left if not _refused(rule(case, self._hosts[one.host or ""]))]
            if not kept:
                return frozenset(), Lack(code, _detail(code, case), mover.destination)
            left = kept
        return frozenset(one.id for one in left), None

    def _case(self, mover: Mover) -> PreflightInput:
        membership = self._known.groups.get(mover.server.id)
        return PreflightInput(
            mover.kind,
            mover.server,
            hosts=tuple(self._known.hosts),
            hypervisors=tuple(self._known.hypervisors),
            group=membership.group if membership else None,
            members=membership.members if membership else (),
            evacuated=self._known.evacuated,
        )


def _refused(finding: Finding | None) -> bool:
    return finding is not None and finding.level == ERROR


def _detail(code: str, case: PreflightInput) -> str:
    here = case.node(case.server.host)
    details = {
        "zone": case.server.pinned_zone,
        "affinity": case.group and case.group.name,
        "anti-affinity": case.group and case.group.name,
        "type": here and here.type,
    }
    return details.get(code) or ""


def _apart(membership: Membership | None) -> Apart | None:
    if membership is None or membership.group.policy != "anti-affinity":
        return None
    there = Counter(one.host for one in membership.members if one.host)
    return Apart(membership.group.id, membership.group.most_per_host, there)


def _rooms(known: FitInput) -> list[NodeCapacity]:
    """Return the free resources of each node: a host may have several nodes."""
    free: dict[str, dict[str, int]] = defaultdict(dict)
    for rooms in known.rooms.values():
        for node, amounts in rooms.amounts.items():
            free[node].update({name: amount.free for name, amount in amounts.items()})
    return [NodeCapacity(one.id, free[one.id], one.host or "") for one in known.hypervisors if one.id in free]


def _unread(known: FitInput) -> list[Unchecked]:
    """Return what is unknown about the hosts.

    Nova omits the link to the next page if a compute node of the page no longer has a service.
    """
    listed = {one.host for one in known.hypervisors}
    missing = tuple(sorted(one.name for one in known.hosts if one.up and one.enabled and one.name not in listed))
    found = [] if known.complete else [Unchecked("hypervisors")]
    if missing and known.complete:
        found.append(Unchecked("without-hypervisor", missing))
    if any(rooms.cut for rooms in known.rooms.values()):
        found.append(Unchecked("placement"))
    return [*found, *known.unchecked]


def _unreported(movers: Sequence[Mover], counted: Sequence[Mover]) -> list[Unchecked]:
    servers = [mover.server for mover in movers]
    found = []
    if not all(one.pinned_zone_known for one in servers):
        found.append(Unchecked("zones"))
    if len(servers) > len(counted):
        found.append(Unchecked("flavors", number=len(servers) - len(counted)))
    return found


def may_come_back(
    movers: Iterable[Mover], hosts: Iterable[ComputeHost], evacuated: Mapping[str, frozenset[str]]
) -> tuple[tuple[str, ...], int]:
    """Return hosts that the scheduler may choose although their next restart would delete what was evacuated.

    With them comes the number of the instances to which that would happen.
    """
    free = {mover.server.id: mover.server.host for mover in movers if not mover.destination}
    found = {
        host.name: {one for one in evacuated.get(host.name, ()) if one in free and free[one] != host.name}
        for host in hosts
        if host.up and host.enabled and not host.forced_down
    }
    return tuple(sorted(name for name, ids in found.items() if ids)), len(set().union(*found.values()))


def crowded(movers: Iterable[Mover], groups: Mapping[str, Membership]) -> dict[str, ServerGroup]:
    """Return the instances that anti-affinity excludes from their named host, given the instances placed before."""
    taken: dict[tuple[str, str], int] = defaultdict(int)
    found = {}
    for mover in movers:
        membership = groups.get(mover.server.id)
        apart = _apart(membership)
        if apart is None or membership is None or not mover.destination:
            continue
        place = (apart.id, mover.destination)
        if apart.there.get(mover.destination, 0) + taken[place] < apart.most:
            taken[place] += 1
        else:
            found[mover.server.id] = membership.group
    return found
