# SPDX-License-Identifier: Apache-2.0
"""Gathers what a form must know of an instance and the hosts, at once."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from openstack_dashboard import policy

from migration_panel.errors import NotAllowed, NotFound, Refused, Unavailable
from migration_panel.kinds import Kind
from migration_panel.launch.preflight import Case
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import at_once
from migration_panel.nova.host_records import ComputeHost
from migration_panel.nova.hosts import Hosts
from migration_panel.nova.records import Server

LIST_HOSTS = "os_compute_api:os-services:list"
OVERRIDE_LOCK = "os_compute_api:os-lock-server:unlock:unlock_override"


def allowed(request: HttpRequest, rule: str, project_id: str | None) -> bool:
    """For display only: Nova decides."""
    return policy.check((("compute", rule),), request, {"project_id": project_id})


async def read_case(request: HttpRequest, nova: Nova, kind: Kind, instance_id: str, destination: str = "") -> Case:
    """Raises MigrationPanelError if the instance cannot be had; hosts that cannot be had are left out."""
    calls: list[Any] = [partial(nova.server, instance_id)]
    if kind.takes_destination and allowed(request, LIST_HOSTS, request.user.tenant_id):
        calls.append(partial(hosts_or_none, Hosts(nova.access)))
    server, *hosts = await at_once(calls)
    return case_of(request, kind, server, hosts[0] if hosts else None, destination)


def case_of(
    request: HttpRequest,
    kind: Kind,
    server: Server,
    hosts: tuple[ComputeHost, ...] | None,
    destination: str = "",
) -> Case:
    return Case(
        kind=kind,
        server=server,
        destination=destination,
        hosts=hosts,
        may_name_host=allowed(request, kind.host_rule, server.project_id),
        may_override_lock=allowed(request, OVERRIDE_LOCK, server.project_id),
    )


def hosts_or_none(hosts: Hosts) -> tuple[ComputeHost, ...] | None:
    try:
        return tuple(hosts.compute_hosts())
    except (NotAllowed, NotFound, Refused, Unavailable):
        return None
