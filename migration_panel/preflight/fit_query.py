# SPDX-License-Identifier: Apache-2.0
"""Read the room that other hosts have for some instances, and the server groups of these instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest

from migration_panel.api.concurrency import gather, gather_groups
from migration_panel.api.evacuated import Evacuated
from migration_panel.api.host_models import ComputeHost, Hypervisor, ServerGroup
from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.api.optional_result import OptionalResult, call_or_reason
from migration_panel.api.placement import Placement
from migration_panel.api.placement_models import AllocationCandidates, ResourceRequest
from migration_panel.policy import LIST_ALL_GROUPS, SHOW_GROUP, allowed
from migration_panel.preflight.fit import Fit, FitInput, Membership, Mover, Unchecked, fit_of, key_of
from migration_panel.preflight.query import HARD, read_evacuated
from migration_panel.preflight.resource_request import ask_for

# Maximum number of flavors, server groups and group members that one plan looks up: one call for each.
MAX_FLAVORS = 40
MAX_GROUPS = 20
MAX_MEMBERS = 60


class HostCapacities:
    """The answers of Nova and Placement about all hosts: one call per flavor and one per page of hypervisors."""

    def __init__(
        self, asks: Mapping[str, ResourceRequest], hypervisors: OptionalResult, rooms: Mapping[str, OptionalResult]
    ) -> None:
        self.asks = asks
        self.hypervisors: tuple[Hypervisor, ...] = tuple(hypervisors.value.records) if hypervisors.found else ()
        self.complete: bool = hypervisors.found and hypervisors.value.complete
        self.rooms = {key: one.value for key, one in rooms.items() if one.found}
        # Whether every call succeeded.
        self.known = hypervisors.found and all(one.found for one in rooms.values())

    def rooms_for(self, ask: ResourceRequest | None) -> AllocationCandidates | None:
        """Return what Placement offers for a need; None if it gave no usable answer."""
        return self.rooms.get(key_of(ask)) if ask else None

    def type_of(self, host: str) -> str | None:
        """Return the hypervisor type of a host; None if unknown."""
        return next((one.type for one in self.hypervisors if one.host == host), None)


def capacity_calls(
    request: HttpRequest, nova: Nova, servers: Iterable[Server]
) -> tuple[dict[str, ResourceRequest], list[Callable[[], OptionalResult]]]:
    """Return what the instances need, and the calls whose answers ``room_of`` reads."""
    asks: dict[str, ResourceRequest] = {}
    keys: dict[str, ResourceRequest] = {}
    for server in servers:
        ask = ask_for(server)
        if ask and (key_of(ask) in keys or len(keys) < MAX_FLAVORS):
            asks[server.id] = keys.setdefault(key_of(ask), ask)
    calls = [partial(call_or_reason, nova.all_hypervisors)]
    calls += [partial(call_or_reason, partial(_candidates, request, ask)) for ask in keys.values()]
    return asks, calls


def capacities_of(asks: Mapping[str, ResourceRequest], answers: Sequence[OptionalResult]) -> HostCapacities:
    keys = dict.fromkeys(key_of(ask) for ask in asks.values())
    return HostCapacities(asks, answers[0], dict(zip(keys, answers[1:], strict=True)))


def _candidates(request: HttpRequest, ask: ResourceRequest) -> Any:
    return Placement.of(request).candidates(ask)


async def read_drain(
    request: HttpRequest,
    nova: Nova,
    host: str,
    movers: Sequence[Mover],
    here: Iterable[Server],
    hosts: Sequence[ComputeHost],
) -> tuple[Fit | None, str | None, Evacuated]:
    """Return which instances fit on other hosts (None if room is unknown), and the host's hypervisor type.

    The third is what was evacuated from each host since nova-compute was restarted there, as far as that is known.
    The calls of Room, one per page of server groups, then one per group member on another host.
    """
    asks, calls = capacity_calls(request, nova, (mover.server for mover in movers))
    listing = partial(call_or_reason, nova.server_groups, permitted=allowed(request, LIST_ALL_GROUPS))
    left = partial(read_evacuated, request, nova, asked=bool(movers))
    answers, listed, [evacuated] = await gather_groups(calls, [listing] if movers else [], [left])
    room = capacities_of(asks, answers)
    if not room.known:
        return None, room.type_of(host), evacuated.value or {}
    going = {mover.server.id for mover in movers}
    hard = [one for each in listed for one in _groups(each) if one.policy in HARD]
    by_instance = {one: group for group in hard for one in group.members if one in going}
    groups, unread = await _memberships(nova, by_instance, {server.id: server for server in here}, most=MAX_MEMBERS)
    unread += [one for each in listed for one in _unlisted(each, request, going, by_instance)]
    unread += [] if evacuated.found or not movers else [Unchecked("evacuations")]
    known = FitInput(
        hosts, room.hypervisors, room.complete, asks, room.rooms, groups, tuple(unread), evacuated=evacuated.value
    )
    return fit_of(movers, known), room.type_of(host), evacuated.value or {}


def _groups(listed: OptionalResult) -> list[ServerGroup]:
    return listed.value.records if listed.found else []


def _unlisted(
    listed: OptionalResult, request: HttpRequest, going: Iterable[str], by_instance: Mapping[str, ServerGroup]
) -> list[Unchecked]:
    """Return what is unknown after reading the list of groups.

    Nova silently ignores ``all_projects`` for users who are not administrators.
    """
    if not listed.found:
        return [Unchecked("groups-not-allowed" if listed.reason == "not-allowed" else "groups-failed")]
    if not listed.value.complete and any(one not in by_instance for one in going):
        return [Unchecked("groups-many")]
    foreign = any(one.project_id != request.user.tenant_id for one in listed.value.records)
    return [] if foreign or request.user.is_superuser else [Unchecked("groups-not-allowed")]


async def read_memberships(
    request: HttpRequest, nova: Nova, servers: Iterable[Server], *, most: int
) -> tuple[dict[str, Membership], list[Unchecked]]:
    """Return the server groups of instances that were read one by one: one call per group.

    ``most``: maximum number of members to look up, one call for each.
    """
    shown = {server.id: server for server in servers}
    unread = [Unchecked("groups-untold")] if any(one.group_ids is None for one in shown.values()) else []
    # An instance is in one group at most.
    wanted = {one.id: one.group_ids[0] for one in shown.values() if one.group_ids}
    projects = {group: shown[one].project_id for one, group in wanted.items()}
    ids = list(projects)[:MAX_GROUPS]
    answers = await gather(
        partial(call_or_reason, partial(nova.server_group, one), permitted=allowed(request, SHOW_GROUP, projects[one]))
        for one in ids
    )
    found = dict(zip(ids, (answer.value for answer in answers), strict=True))
    unread += _unseen(answers, more=len(projects) > MAX_GROUPS)
    by_instance = {
        one: group for one, wish in wanted.items() if (group := found.get(wish)) is not None and group.policy in HARD
    }
    groups, unknown = await _memberships(nova, by_instance, shown, most=most)
    return groups, unread + unknown


def _unseen(answers: Iterable[OptionalResult], *, more: bool) -> list[Unchecked]:
    reasons = {one.reason for one in answers if one.reason not in ("", "gone")}
    if "not-allowed" in reasons:
        return [Unchecked("groups-not-allowed")]
    if reasons:
        return [Unchecked("groups-failed")]
    return [Unchecked("groups-many")] if more else []


async def _memberships(
    nova: Nova, groups: Mapping[str, ServerGroup], seen: Mapping[str, Server], *, most: int
) -> tuple[dict[str, Membership], list[Unchecked]]:
    """Return each instance's group with its other members, and the groups with members that were not found.

    ``groups``: by the ID of the instance.  Nova cannot search for several IDs in one call.
    """
    distinct = {group.id: group for group in groups.values()}
    others = dict.fromkeys(one for group in distinct.values() for one in group.members if one not in seen)
    sought = list(others)[:most]
    answers = await gather(partial(call_or_reason, partial(nova.server, one)) for one in sought)
    # A member that was deleted meanwhile is on no host.
    gone = {one for one, answer in zip(sought, answers, strict=True) if answer.reason == "gone"}
    members = dict(seen) | {one.value.id: one.value for one in answers if one.found}
    unknown = {
        group.id: group.name or group.id
        for group in distinct.values()
        if any(one not in gone and (one not in members or members[one].host is None) for one in group.members)
    }
    found = {
        one: Membership(group, tuple(members[each] for each in group.members if each in members and each != one))
        for one, group in groups.items()
        # The known members of an anti-affinity group count even if other members are unknown.
        if group.id not in unknown or group.policy == "anti-affinity"
    }
    return found, [Unchecked("members", tuple(sorted(unknown.values())))] if unknown else []
