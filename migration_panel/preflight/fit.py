# SPDX-License-Identifier: Apache-2.0
"""Whether other hosts have enough resources for the instances of a plan, and what could not be checked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from migration_panel.api.host_models import ComputeHost, Hypervisor, ServerGroup
from migration_panel.api.models import Server
from migration_panel.api.placement_models import AllocationCandidates, ResourceRequest
from migration_panel.migration_types import Kind
from migration_panel.preflight import destination_checks
from migration_panel.preflight.finding import ERROR, Finding
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.placement_fit import AntiAffinity, Demand, NodeCapacity, unplaced


def _evacuated(case: PreflightInput, host: ComputeHost) -> Finding | None:
    return destination_checks.evacuated(case, host) or destination_checks.evacuated_itself(case, host)


# What excludes a host with enough resources: the code of a Lack, and the check from the form of a single instance.
RULES: tuple[tuple[str, Callable[[PreflightInput, ComputeHost], Finding | None]], ...] = (
    ("zone", destination_checks.other_zone),
    ("affinity", destination_checks.affinity),
    ("anti-affinity", destination_checks.anti_affinity),
    ("type", destination_checks.other_type),
    ("older", destination_checks.older),
    ("evacuated", _evacuated),
)

# Why an instance that fits alone does not fit once the others are placed: by the reason of ``unplaced``.
TOGETHER = {"room": "together", "apart": "apart"}


@dataclass(frozen=True)
class Mover:
    """An instance that has to leave its host."""

    server: Server
    kind: Kind
    # The host that the request names; empty if the scheduler chooses.
    destination: str = ""


@dataclass(frozen=True)
class Lack:
    """Why no host was found for an instance."""

    # From RULES or TOGETHER, or ``room`` or ``zone-empty``; the sentences are in fit_text.py.
    code: str
    # The zone, the server group or the hypervisor type.
    detail: str = ""
    # The host that the request names; empty if the scheduler chooses.
    host: str = ""


@dataclass(frozen=True)
class Unchecked:
    """Something that was not checked: a code whose sentence is in fit_text.py."""

    code: str
    names: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class Fit:
    """Which instances fit on other hosts, all placed together."""

    # By the ID of the instance.
    lacks: Mapping[str, Lack] = field(default_factory=dict)
    unchecked: tuple[Unchecked, ...] = ()
    # Whether all hosts are known: if not, a host that was not checked may fit for the instances in ``lacks``.
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
    # The resource request of each instance that was looked up, and Placement's answers by ``request_key``.
    requests: Mapping[str, ResourceRequest] = field(default_factory=dict)
    candidates: Mapping[str, AllocationCandidates] = field(default_factory=dict)
    # By the ID of the instance, for groups with a hard policy.
    groups: Mapping[str, Membership] = field(default_factory=dict)
    # What is unknown about the groups.
    unchecked: tuple[Unchecked, ...] = ()
    # Instances evacuated from each host since nova-compute was last restarted there; None if unknown.
    evacuated: Mapping[str, frozenset[str]] | None = None


def request_key(request: ResourceRequest) -> str:
    """Return a key that is equal for equal resource requests."""
    return repr(request)


def check_fit(movers: Sequence[Mover], inputs: FitInput) -> Fit:
    """Return which instances find a host once the larger instances are placed."""
    checked = [mover for mover in movers if mover.server.id in inputs.requests]
    search = _NodeSearch(inputs)
    alone = {mover.server.id: search.possible(mover) for mover in checked}
    demands = [
        Demand(
            mover.server.id,
            inputs.requests[mover.server.id].needs,
            alone[mover.server.id][0],
            _anti_affinity(inputs.groups.get(mover.server.id)),
        )
        for mover in checked
    ]
    reasons = unplaced(demands, _node_capacities(inputs))
    lacks = {
        mover.server.id: alone[mover.server.id][1] or _lack_together(mover, inputs, reasons[mover.server.id])
        for mover in checked
        if mover.server.id in reasons
    }
    unchecked = (*_unknown_hosts(inputs), *_unknown_instances(movers, checked))
    whole = not any(item.code in ("hypervisors", "without-hypervisor", "placement") for item in unchecked)
    return Fit(lacks, unchecked, whole)


def _lack_together(mover: Mover, inputs: FitInput, reason: str) -> Lack:
    membership = inputs.groups.get(mover.server.id)
    detail = membership.group.name if reason == "apart" and membership else ""
    return Lack(TOGETHER[reason], detail, mover.destination)


class _NodeSearch:
    """Find the possible nodes of each instance; apply the rules once for all instances that are alike."""

    def __init__(self, inputs: FitInput) -> None:
        self._inputs = inputs
        self._hosts = {host.name: host for host in inputs.hosts if host.in_service}
        self._nodes = [node for node in inputs.hypervisors if node.up and node.enabled and node.host in self._hosts]
        self._known: dict[object, tuple[frozenset[str], Lack | None]] = {}

    def possible(self, mover: Mover) -> tuple[frozenset[str], Lack | None]:
        """Return the IDs of the nodes that fit for the instance alone, and without a node, the reason."""
        server, request = mover.server, self._inputs.requests[mover.server.id]
        grouped = server.id if server.id in self._inputs.groups else ""
        alike = (request_key(request), mover.kind.slug, mover.destination, server.host, server.pinned_zone, grouped)
        if alike not in self._known:
            self._known[alike] = self._search(mover, request)
        return self._known[alike]

    def _search(self, mover: Mover, request: ResourceRequest) -> tuple[frozenset[str], Lack | None]:
        pinned = mover.server.pinned_zone
        if pinned and not any(host.zone == pinned for host in self._hosts.values() if host.name != mover.server.host):
            return frozenset(), Lack("zone-empty", pinned)
        case = self._case(mover)
        offered = self._inputs.candidates[request_key(request)].amounts
        nodes = [
            node
            for node in self._nodes
            if node.id in offered and node.host != mover.server.host and mover.destination in ("", node.host)
        ]
        if not nodes:
            return frozenset(), Lack("room", host=mover.destination)
        for code, rule in RULES:
            kept = [node for node in nodes if not _is_error(rule(case, self._hosts[node.host or ""]))]
            if not kept:
                return frozenset(), Lack(code, _detail(code, case), mover.destination)
            nodes = kept
        return frozenset(node.id for node in nodes), None

    def _case(self, mover: Mover) -> PreflightInput:
        membership = self._inputs.groups.get(mover.server.id)
        return PreflightInput(
            mover.kind,
            mover.server,
            hosts=tuple(self._inputs.hosts),
            hypervisors=tuple(self._inputs.hypervisors),
            group=membership.group if membership else None,
            members=membership.members if membership else (),
            evacuated=self._inputs.evacuated,
        )


def _is_error(finding: Finding | None) -> bool:
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


def _anti_affinity(membership: Membership | None) -> AntiAffinity | None:
    if membership is None or membership.group.policy != "anti-affinity":
        return None
    members = Counter(member.host for member in membership.members if member.host)
    return AntiAffinity(membership.group.id, membership.group.most_per_host, members)


def _node_capacities(inputs: FitInput) -> list[NodeCapacity]:
    """Return the free resources of each node: a host may have several nodes."""
    free: dict[str, dict[str, int]] = defaultdict(dict)
    for candidates in inputs.candidates.values():
        for node_id, amounts in candidates.amounts.items():
            free[node_id].update({name: amount.free for name, amount in amounts.items()})
    return [NodeCapacity(node.id, free[node.id], node.host or "") for node in inputs.hypervisors if node.id in free]


def _unknown_hosts(inputs: FitInput) -> list[Unchecked]:
    """Return what is unknown about the hosts.

    Nova omits the link to the next page if a compute node of the page no longer has a service.
    """
    listed = {node.host for node in inputs.hypervisors}
    missing = tuple(sorted(host.name for host in inputs.hosts if host.in_service and host.name not in listed))
    unchecked = [] if inputs.complete else [Unchecked("hypervisors")]
    if missing and inputs.complete:
        unchecked.append(Unchecked("without-hypervisor", missing))
    if any(candidates.cut for candidates in inputs.candidates.values()):
        unchecked.append(Unchecked("placement"))
    return [*unchecked, *inputs.unchecked]


def _unknown_instances(movers: Sequence[Mover], checked: Sequence[Mover]) -> list[Unchecked]:
    unchecked = []
    if not all(mover.server.pinned_zone_known for mover in movers):
        unchecked.append(Unchecked("zones"))
    if len(movers) > len(checked):
        unchecked.append(Unchecked("flavors", number=len(movers) - len(checked)))
    return unchecked


def may_come_back(
    movers: Iterable[Mover], hosts: Iterable[ComputeHost], evacuated: Mapping[str, frozenset[str]]
) -> tuple[tuple[str, ...], int]:
    """Return hosts that the scheduler may choose although their next restart deletes the evacuated instances.

    The second value is the number of instances that may be deleted.
    """
    sources = {mover.server.id: mover.server.host for mover in movers if not mover.destination}
    returning = {
        host.name: {each for each in evacuated.get(host.name, ()) if each in sources and sources[each] != host.name}
        for host in hosts
        if host.in_service
    }
    return tuple(sorted(name for name, ids in returning.items() if ids)), len(set().union(*returning.values()))


def too_many_members(movers: Iterable[Mover], groups: Mapping[str, Membership]) -> dict[str, Lack]:
    """Return by ID the instances that anti-affinity excludes from their named host, beside the instances before."""
    placed: dict[tuple[str, str], int] = defaultdict(int)
    lacks = {}
    for mover in movers:
        group = _anti_affinity(membership := groups.get(mover.server.id))
        if group is None or membership is None or not mover.destination:
            continue
        place = (group.id, mover.destination)
        if group.members.get(mover.destination, 0) + placed[place] < group.max_per_host:
            placed[place] += 1
        else:
            lacks[mover.server.id] = Lack("apart", membership.group.name, mover.destination)
    return lacks
