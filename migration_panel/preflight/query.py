# SPDX-License-Identifier: Apache-2.0
"""Read what a form needs about an instance and the hosts: five calls for an instance without a server group.

Each further page of hypervisors costs one more call; by default a page has 1,000.
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
from migration_panel.policy import (
    LIST_HOSTS,
    LIST_HYPERVISORS,
    LIST_MIGRATIONS,
    OVERRIDE_LOCK,
    SHOW_GROUP,
    UPDATE_SERVICE,
    allowed,
)
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.resource_request import build_resource_request

# Policies of server groups that Nova enforces.
HARD_POLICIES = frozenset({"affinity", "anti-affinity"})
# Maximum number of other group members that a form looks up: one call for each.
MAX_FORM_MEMBERS = 30


async def read_case(
    request: HttpRequest, nova: Nova, kind: Kind, instance_id: str, destination: str = ""
) -> PreflightInput:
    """Return everything that a form shows: five calls, or more for an instance in a server group.

    Raise MigrationPanelError if the instance cannot be read; ``missing`` has the reason for anything else.
    """
    may_list = allowed(request, LIST_HOSTS)
    server, ports, listed, hypervisors, evacuated = await gather(
        [
            partial(nova.server, instance_id),
            partial(call_or_reason, lambda: Neutron.of(request).port_kinds(instance_id)),
            partial(call_or_reason, nova.compute_hosts, permitted=may_list),
            partial(call_or_reason, nova.all_hypervisors, permitted=may_list and allowed(request, LIST_HYPERVISORS)),
            partial(read_evacuated, request, nova, needed=may_list),
        ]
    )
    resource_request = build_resource_request(server)
    candidates, group = await gather(
        [
            partial(_candidates, request, resource_request, hypervisors),
            partial(_group, request, nova, server, needed=listed.found),
        ]
    )
    members = await gather(_member_calls(nova, server, group.value))
    return build_case(
        request,
        kind,
        server,
        listed.value and tuple(listed.value),
        destination,
        hypervisors=tuple(hypervisors.value.records) if hypervisors.found else None,
        all_hypervisors=not hypervisors.found or hypervisors.value.complete,
        candidates=candidates.value,
        ports=ports.value,
        group=group.value,
        members=tuple(member.value for member in members if member.value),
        missing=_missing(
            ports=ports,
            hypervisors=hypervisors,
            candidates=candidates,
            group=_whole_group(server, group, members),
            evacuated=evacuated,
        ),
        resource_request=resource_request,
        evacuated=evacuated.value,
    )


async def read_for_submit(
    request: HttpRequest, nova: Nova, kind: Kind, instance_id: str, destination: str = ""
) -> PreflightInput:
    """Return what is needed to refuse an impossible destination: two calls.  Nova checks the rest.

    The stored list of evacuations is used; if no list is stored, a named host costs one call more.
    """
    calls: list[Any] = [partial(nova.server, instance_id)]
    reads_hosts = kind.accepts_destination and allowed(request, LIST_HOSTS)
    if reads_hosts:
        calls.append(partial(hosts_or_none, nova))
        calls.append(partial(read_evacuated, request, nova, needed=bool(destination), older=True))
    server, *answers = await gather(calls)
    hosts, evacuated = answers if reads_hosts else (None, OptionalResult())
    missing = {"candidates": "not-needed", "hypervisors": "not-needed"} | _missing(evacuated=evacuated)
    return build_case(request, kind, server, hosts, destination, missing=missing, evacuated=evacuated.value)


def read_evacuated(request: HttpRequest, nova: Nova, *, needed: bool, older: bool = False) -> OptionalResult:
    """Return which instances were evacuated from which host since nova-compute was restarted there.

    One call, at most once a minute; with ``older``, at most once in ten minutes.  ``needed``: whether to read them; not
    needed for a user who cannot name a host.
    """
    if not needed:
        return OptionalResult()
    return call_or_reason(partial(evacuated_hosts, nova, older=older), permitted=allowed(request, LIST_MIGRATIONS))


def build_case(
    request: HttpRequest,
    kind: Kind,
    server: Server,
    hosts: tuple[ComputeHost, ...] | None,
    destination: str = "",
    **known: Any,
) -> PreflightInput:
    """Return a case with what the policy allows the user.  ``known``: further fields of the case."""
    return PreflightInput(
        kind=kind,
        server=server,
        destination=destination,
        hosts=hosts,
        may_name_host=allowed(request, kind.host_rule, server.project_id),
        may_override_lock=allowed(request, OVERRIDE_LOCK, server.project_id),
        changes_hosts=allowed(request, UPDATE_SERVICE),
        bandwidth=get_config().bandwidth,
        **known,
    )


def hosts_or_none(nova: Nova) -> tuple[ComputeHost, ...] | None:
    """Return the compute hosts; None if Nova does not list them.  Raise SessionExpired."""
    try:
        return tuple(nova.compute_hosts())
    except TolerableError:
        return None


def _candidates(
    request: HttpRequest, resource_request: ResourceRequest | None, hypervisors: OptionalResult
) -> OptionalResult:
    """Return Placement's candidates.  Only hypervisors show which provider is which host's, so they come first."""
    if not hypervisors.found:
        return OptionalResult(reason=hypervisors.reason)
    if resource_request is None:
        return OptionalResult(reason="flavor")
    return call_or_reason(lambda: Placement.of(request).candidates(resource_request))


def _group(request: HttpRequest, nova: Nova, server: Server, *, needed: bool) -> OptionalResult:
    """Return the server group of an instance; Nova allows one group at most."""
    if not server.group_ids:
        return OptionalResult()
    may_show = needed and allowed(request, SHOW_GROUP, server.project_id)
    return call_or_reason(partial(nova.server_group, server.group_ids[0]), permitted=may_show)


def _member_calls(nova: Nova, server: Server, group: ServerGroup | None) -> list[Callable[[], OptionalResult]]:
    """Return one call for each other member: Nova cannot search for several IDs in one call."""
    if group is None or group.policy not in HARD_POLICIES:
        return []
    others = [member_id for member_id in group.members if member_id != server.id]
    return [partial(call_or_reason, partial(nova.server, member_id)) for member_id in others[:MAX_FORM_MEMBERS]]


def _whole_group(server: Server, group: OptionalResult, members: list[OptionalResult]) -> OptionalResult:
    """Return the group if the hosts of all its members are known.  A member that was deleted meanwhile has no host.

    Nova reports no host for a member in a cell that is down.
    """
    if group.value is None or group.value.policy not in HARD_POLICIES:
        return group
    others = [member_id for member_id in group.value.members if member_id != server.id]
    unknown = len(others) > len(members) or any(
        member.reason not in ("", "gone") or (member.found and member.value.status == "UNKNOWN") for member in members
    )
    return OptionalResult(reason="failed") if unknown else group


def _missing(**results: OptionalResult) -> dict[str, str]:
    return {name: result.reason for name, result in results.items() if result.reason}
