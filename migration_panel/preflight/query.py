# SPDX-License-Identifier: Apache-2.0
"""Read what a form needs about an instance and the hosts: five calls without a server group.

Each further page of hypervisors costs one more call: a page has a thousand by default.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest

from migration_panel.api.concurrency import gather
from migration_panel.api.evacuated import evacuated_hosts
from migration_panel.api.host_models import ComputeHost, ServerGroup
from migration_panel.api.models import Server
from migration_panel.api.neutron import Neutron
from migration_panel.api.nova import Nova
from migration_panel.api.optional_result import OptionalResult, call_or_reason
from migration_panel.api.placement import Placement
from migration_panel.api.placement_models import ResourceRequest
from migration_panel.conf import get_config
from migration_panel.exceptions import TolerableError
from migration_panel.migration_types import Kind
from migration_panel.policy import LIST_HOSTS, LIST_HYPERVISORS, LIST_MIGRATIONS, OVERRIDE_LOCK, SHOW_GROUP, allowed
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.resource_request import ask_for

# Policies that tie an instance to hosts for certain, and how many other members are asked where they are.
HARD = frozenset({"affinity", "anti-affinity"})
MAX_MEMBERS = 30


async def read_case(
    request: HttpRequest, nova: Nova, kind: Kind, instance_id: str, destination: str = ""
) -> PreflightInput:
    """Raises MigrationPanelError if the instance cannot be had; what else cannot is told in ``missing``."""
    may_list = allowed(request, LIST_HOSTS, request.user.tenant_id)
    server, ports, listed, hypervisors, evacuated = await gather(
        [
            partial(nova.server, instance_id),
            partial(call_or_reason, lambda: Neutron.of(request).port_kinds(instance_id)),
            partial(call_or_reason, nova.compute_hosts, permitted=may_list),
            partial(call_or_reason, nova.all_hypervisors, permitted=may_list and allowed(request, LIST_HYPERVISORS)),
            partial(read_evacuated, request, nova, asked=may_list),
        ]
    )
    ask = ask_for(server)
    rooms, group = await gather(
        [
            partial(_rooms, request, ask, hypervisors),
            partial(_group, request, nova, server, asked=listed.found),
        ]
    )
    members = await gather(_member_calls(nova, server, group.value))
    return case_of(
        request,
        kind,
        server,
        listed.value and tuple(listed.value),
        destination,
        hypervisors=tuple(hypervisors.value.records) if hypervisors.found else None,
        all_hypervisors=not hypervisors.found or hypervisors.value.complete,
        rooms=rooms.value,
        ports=ports.value,
        group=group.value,
        members=tuple(one.value for one in members if one.value),
        missing=_missing(
            ports=ports,
            hypervisors=hypervisors,
            rooms=rooms,
            group=_whole_group(server, group, members),
            evacuated=evacuated,
        ),
        ask=ask,
        evacuated=evacuated.value,
    )


async def read_for_submit(
    request: HttpRequest, nova: Nova, kind: Kind, instance_id: str, destination: str = ""
) -> PreflightInput:
    """Read what is needed to refuse an impossible destination: two calls, a third submits.  Nova checks the rest.

    The stored list of evacuations is used; if no list is stored, a named host costs another call.
    """
    calls: list[Any] = [partial(nova.server, instance_id)]
    named = kind.accepts_destination and allowed(request, LIST_HOSTS, request.user.tenant_id)
    if named:
        calls.append(partial(hosts_or_none, nova))
        calls.append(partial(read_evacuated, request, nova, asked=bool(destination), older=True))
    server, *found = await gather(calls)
    hosts, evacuated = found if named else (None, OptionalResult())
    missing = {"rooms": "not-asked", "hypervisors": "not-asked"} | _missing(evacuated=evacuated)
    return case_of(request, kind, server, hosts, destination, missing=missing, evacuated=evacuated.value)


def read_evacuated(request: HttpRequest, nova: Nova, *, asked: bool, older: bool = False) -> OptionalResult:
    """Return which instances were evacuated from which host since nova-compute was restarted there.

    One call, at most once a minute.  Not needed for a user who cannot name a host.
    """
    if not asked:
        return OptionalResult()
    may = allowed(request, LIST_MIGRATIONS)
    return call_or_reason(partial(evacuated_hosts, nova, older=older), permitted=may)


def case_of(
    request: HttpRequest,
    kind: Kind,
    server: Server,
    hosts: tuple[ComputeHost, ...] | None,
    destination: str = "",
    **known: Any,
) -> PreflightInput:
    """With what the user may do, as policy tells; ``known`` is what else could be asked for."""
    return PreflightInput(
        kind=kind,
        server=server,
        destination=destination,
        hosts=hosts,
        may_name_host=allowed(request, kind.host_rule, server.project_id),
        may_override_lock=allowed(request, OVERRIDE_LOCK, server.project_id),
        bandwidth=get_config().bandwidth,
        **known,
    )


def hosts_or_none(nova: Nova) -> tuple[ComputeHost, ...] | None:
    try:
        return tuple(nova.compute_hosts())
    except TolerableError:
        return None


def _rooms(request: HttpRequest, ask: ResourceRequest | None, hypervisors: OptionalResult) -> OptionalResult:
    """Providers are known by hypervisors only, so without these there is nothing to ask for."""
    if not hypervisors.found:
        return OptionalResult(reason=hypervisors.reason)
    if ask is None:
        return OptionalResult(reason="flavor")
    return call_or_reason(lambda: Placement.of(request).candidates(ask))


def _group(request: HttpRequest, nova: Nova, server: Server, *, asked: bool) -> OptionalResult:
    """Nova lets an instance be in one only."""
    if not server.group_ids:
        return OptionalResult()
    may = asked and allowed(request, SHOW_GROUP, server.project_id)
    return call_or_reason(partial(nova.server_group, server.group_ids[0]), permitted=may)


def _member_calls(nova: Nova, server: Server, group: ServerGroup | None) -> list[Callable[[], OptionalResult]]:
    """Nova has no search for several IDs."""
    if group is None or group.policy not in HARD:
        return []
    others = [one for one in group.members if one != server.id]
    return [partial(call_or_reason, partial(nova.server, one)) for one in others[:MAX_MEMBERS]]


def _whole_group(server: Server, group: OptionalResult, members: list[OptionalResult]) -> OptionalResult:
    """Return the group if the hosts of all its members are known.  A member that was deleted meanwhile has no host.

    Nova reports no host for a member in a cell that is down.
    """
    if group.value is None or group.value.policy not in HARD:
        return group
    others = [one for one in group.value.members if one != server.id]
    unknown = len(others) > len(members) or any(
        one.reason not in ("", "gone") or (one.found and one.value.status == "UNKNOWN") for one in members
    )
    return OptionalResult(reason="failed") if unknown else group


def _missing(**attempts: OptionalResult) -> dict[str, str]:
    return {name: one.reason for name, one in attempts.items() if one.reason}
