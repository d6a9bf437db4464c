# SPDX-License-Identifier: Apache-2.0
"""Read the free resources of other hosts for some instances, and the server groups of these instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from django.http import HttpRequest
from openstack_auth.user import User

from migration_panel.api.concurrency import gather, gather_groups
from migration_panel.api.evacuated import Evacuated
from migration_panel.api.host_models import ComputeHost, Hypervisor, ServerGroup
from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.api.optional_result import OptionalResult, call_or_reason
from migration_panel.api.placement import Placement
from migration_panel.api.placement_models import AllocationCandidates, ResourceRequest
from migration_panel.policy import LIST_ALL_GROUPS, SHOW_GROUP, allowed
from migration_panel.preflight.fit import Fit, FitInput, Membership, Mover, Unchecked, check_fit, request_key
from migration_panel.preflight.query import HARD_POLICIES, read_evacuated
from migration_panel.preflight.resource_request import build_resource_request

# Maximum number of flavors, server groups and group members that one plan looks up: one call for each.
MAX_FLAVORS = 40
MAX_GROUPS = 20
MAX_PLAN_MEMBERS = 60


class HostCapacities:
    """The answers of Nova and Placement about all hosts: one call per flavor and one per page of hypervisors."""

    def __init__(
        self,
        requests: Mapping[str, ResourceRequest],
        hypervisors: OptionalResult,
        candidates: Mapping[str, OptionalResult],
    ) -> None:
        """Keep the answers.  ``requests``: by the ID of the instance; ``candidates``: by ``request_key``."""
        self.requests = requests
        self.hypervisors: tuple[Hypervisor, ...] = tuple(hypervisors.value.records) if hypervisors.found else ()
        self.complete: bool = hypervisors.found and hypervisors.value.complete
        self.candidates = {key: answer.value for key, answer in candidates.items() if answer.found}
        # Whether every call succeeded.
        self.known = hypervisors.found and all(answer.found for answer in candidates.values())

    def candidates_for(self, request: ResourceRequest | None) -> AllocationCandidates | None:
        """Return what Placement offers for a request; None if it gave no usable answer."""
        return self.candidates.get(request_key(request)) if request else None

    def fit_input(
        self,
        hosts: Sequence[ComputeHost],
        groups: Mapping[str, Membership],
        unchecked: Sequence[Unchecked],
        evacuated: Evacuated | None,
    ) -> FitInput:
        """Return the input of ``check_fit``, with what else was read."""
        return FitInput(
            hosts,
            self.hypervisors,
            self.complete,
            self.requests,
            self.candidates,
            groups,
            tuple(unchecked),
            evacuated,
        )

    def type_of(self, host: str) -> str | None:
        """Return the hypervisor type of a host; None if unknown."""
        return next((hypervisor.type for hypervisor in self.hypervisors if hypervisor.host == host), None)


def capacity_calls(
    request: HttpRequest, nova: Nova, servers: Iterable[Server]
) -> tuple[dict[str, ResourceRequest], list[Callable[[], OptionalResult]]]:
    """Return the instances' resource requests, and the calls whose answers ``build_capacities`` expects."""
    requests: dict[str, ResourceRequest] = {}
    distinct: dict[str, ResourceRequest] = {}
    for server in servers:
        needed = build_resource_request(server)
        if needed and (request_key(needed) in distinct or len(distinct) < MAX_FLAVORS):
            requests[server.id] = distinct.setdefault(request_key(needed), needed)
    calls: list[Callable[[], OptionalResult]] = [partial(call_or_reason, nova.all_hypervisors)]
    calls += [partial(call_or_reason, partial(_candidates, request, needed)) for needed in distinct.values()]
    return requests, calls


def build_capacities(requests: Mapping[str, ResourceRequest], answers: Sequence[OptionalResult]) -> HostCapacities:
    """Return the capacities from the answers to ``capacity_calls``, in the order of the calls."""
    keys = dict.fromkeys(request_key(needed) for needed in requests.values())
    return HostCapacities(requests, answers[0], dict(zip(keys, answers[1:], strict=True)))


def _candidates(request: HttpRequest, needed: ResourceRequest) -> AllocationCandidates:
    return Placement.of(request).candidates(needed)


async def read_drain(
    request: HttpRequest,
    nova: Nova,
    host: str,
    movers: Sequence[Mover],
    here: Iterable[Server],
    hosts: Sequence[ComputeHost],
) -> tuple[Fit | None, str | None, Evacuated]:
    """Return which instances fit on other hosts (None if capacities are unknown), and the host's hypervisor type.

    The third value is what was evacuated from each host since nova-compute was restarted there, as far as known.
    The calls of HostCapacities, one per page of server groups, then one per group member on another host.
    """
    requests, calls = capacity_calls(request, nova, (mover.server for mover in movers))
    group_list = partial(call_or_reason, nova.server_groups, permitted=allowed(request, LIST_ALL_GROUPS))
    evacuations = partial(read_evacuated, request, nova, needed=bool(movers))
    answers, listed, [evacuated] = await gather_groups(calls, [group_list] if movers else [], [evacuations])
    capacities = build_capacities(requests, answers)
    if not capacities.known:
        return None, capacities.type_of(host), evacuated.value or {}
    groups: dict[str, Membership] = {}
    unchecked: list[Unchecked] = []
    if movers:
        groups, unchecked = await _listed_memberships(request, nova, movers, here, listed[0])
        unchecked += [] if evacuated.found else [Unchecked("evacuations")]
    inputs = capacities.fit_input(hosts, groups, unchecked, evacuated.value)
    return check_fit(movers, inputs), capacities.type_of(host), evacuated.value or {}


async def _listed_memberships(
    request: HttpRequest, nova: Nova, movers: Iterable[Mover], here: Iterable[Server], listed: OptionalResult
) -> tuple[dict[str, Membership], list[Unchecked]]:
    """Return the server groups of the instances, and what is unknown, from the list of all groups.

    ``here``: the instances of the host, which need no call.
    """
    moving = {mover.server.id for mover in movers}
    all_groups: list[ServerGroup] = listed.value.records if listed.found else []
    hard = [group for group in all_groups if group.policy in HARD_POLICIES]
    by_instance = {member: group for group in hard for member in group.members if member in moving}
    known = {server.id: server for server in here}
    groups, unknown = await _memberships(nova, by_instance, known, limit=MAX_PLAN_MEMBERS)
    return groups, unknown + _unread_list(listed, request, moving, by_instance)


def _unread_list(
    listed: OptionalResult, request: HttpRequest, moving: Iterable[str], by_instance: Mapping[str, ServerGroup]
) -> list[Unchecked]:
    """Return what is unknown after reading the list of groups.

    Nova silently ignores ``all_projects`` for users who are not administrators.
    """
    if not listed.found:
        return [Unchecked("groups-not-allowed" if listed.reason == "not-allowed" else "groups-failed")]
    if not listed.value.complete and any(instance_id not in by_instance for instance_id in moving):
        return [Unchecked("groups-many")]
    user: User = request.user
    other_projects = any(group.project_id != user.tenant_id for group in listed.value.records)
    return [] if other_projects or user.is_superuser else [Unchecked("groups-not-allowed")]


async def read_memberships(
    request: HttpRequest, nova: Nova, servers: Iterable[Server], *, limit: int
) -> tuple[dict[str, Membership], list[Unchecked]]:
    """Return the server groups of instances that were read separately: one call per group.

    ``limit``: maximum number of members to look up, one call for each.
    """
    known = {server.id: server for server in servers}
    unchecked = [Unchecked("groups-untold")] if any(server.group_ids is None for server in known.values()) else []
    # An instance is in one group at most.
    group_ids = {server.id: server.group_ids[0] for server in known.values() if server.group_ids}
    projects = {group_id: known[instance_id].project_id for instance_id, group_id in group_ids.items()}
    looked_up = list(projects)[:MAX_GROUPS]
    answers = await gather(
        partial(
            call_or_reason,
            partial(nova.server_group, group_id),
            permitted=allowed(request, SHOW_GROUP, projects[group_id]),
        )
        for group_id in looked_up
    )
    groups = dict(zip(looked_up, (answer.value for answer in answers), strict=True))
    unchecked += _unread_groups(answers, more=len(projects) > MAX_GROUPS)
    by_instance = {
        instance_id: group
        for instance_id, group_id in group_ids.items()
        if (group := groups.get(group_id)) is not None and group.policy in HARD_POLICIES
    }
    memberships, unknown = await _memberships(nova, by_instance, known, limit=limit)
    return memberships, unchecked + unknown


def _unread_groups(answers: Iterable[OptionalResult], *, more: bool) -> list[Unchecked]:
    reasons = {answer.reason for answer in answers if answer.reason not in ("", "gone")}
    if "not-allowed" in reasons:
        return [Unchecked("groups-not-allowed")]
    if reasons:
        return [Unchecked("groups-failed")]
    return [Unchecked("groups-many")] if more else []


async def _memberships(
    nova: Nova, groups: Mapping[str, ServerGroup], known: Mapping[str, Server], *, limit: int
) -> tuple[dict[str, Membership], list[Unchecked]]:
    """Return each instance's group with its other members, and the groups with members that were not found.

    ``groups``: by the ID of the instance.  ``known``: instances that need no call.  Nova cannot search for several IDs
    in one call.
    """
    distinct = {group.id: group for group in groups.values()}
    others = dict.fromkeys(member for group in distinct.values() for member in group.members if member not in known)
    looked_up = list(others)[:limit]
    answers = await gather(partial(call_or_reason, partial(nova.server, member)) for member in looked_up)
    # A member that was deleted meanwhile is on no host.
    deleted = {member for member, answer in zip(looked_up, answers, strict=True) if answer.reason == "gone"}
    servers = dict(known) | {answer.value.id: answer.value for answer in answers if answer.found}
    unknown = {
        group.id: group.name or group.id
        for group in distinct.values()
        if any(
            member not in deleted and (member not in servers or servers[member].host is None)
            for member in group.members
        )
    }
    memberships = {
        instance_id: Membership(
            group, tuple(servers[member] for member in group.members if member in servers and member != instance_id)
        )
        for instance_id, group in groups.items()
        # The known members of an anti-affinity group count even if other members are unknown.
        if group.id not in unknown or group.policy == "anti-affinity"
    }
    return memberships, [Unchecked("members", tuple(sorted(unknown.values())))] if unknown else []
