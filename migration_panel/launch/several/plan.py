# SPDX-License-Identifier: Apache-2.0
"""Several instances at once: which of them can go as chosen, and what keeps the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from migration_panel.errors import MigrationPanelError, SignedOut, told
from migration_panel.kinds import KINDS, Kind
from migration_panel.launch.case.reading import LIST_HOSTS, case_of, hosts_or_none, read_evacuated
from migration_panel.launch.checks.finding import ERROR, WARNING
from migration_panel.launch.checks.words import finding_words
from migration_panel.launch.form.forms import CHANGED
from migration_panel.launch.preflight import destination_findings, findings
from migration_panel.launch.several.selection import Selection
from migration_panel.launch.types.cards import facts
from migration_panel.nova.client import Nova
from migration_panel.nova.evacuated import Evacuated
from migration_panel.nova.fanout import groups_at_once
from migration_panel.nova.host_records import ComputeHost
from migration_panel.nova.hosts import Hosts
from migration_panel.nova.records import Server
from migration_panel.policy import allowed


@dataclass(frozen=True)
class Line:
    """One instance of the plan; without a server Nova could not tell of it."""

    instance_id: str
    server: Server | None = None
    facts: tuple[str, ...] = ()
    # Why it is left out; empty for one that goes.
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return (self.server.name if self.server else None) or self.instance_id


@dataclass(frozen=True)
class Plan:
    selection: Selection
    lines: tuple[Line, ...]
    # None where the user may not list hosts, or they could not be had.
    hosts: tuple[ComputeHost, ...] | None
    # What is wrong with the destination, whatever the instance.
    destination_error: str
    # How many could go, by the type's slug.
    numbers: dict[str, int]
    # Hosts not restarted since an evacuation.
    evacuated: Evacuated | None = None

    @property
    def going(self) -> list[Line]:
        return [line for line in self.lines if not line.reasons]

    @property
    def left_out(self) -> list[Line]:
        return [line for line in self.lines if line.reasons]


async def read_plan(request: HttpRequest, nova: Nova, selection: Selection) -> Plan:
    """Asks for all at once; raises SignedOut only: what cannot be had of one instance keeps that one."""
    look = [partial(server_or_error, nova, one) for one in selection.instances]
    listed = (
        [partial(hosts_or_none, Hosts(nova.access))] if allowed(request, LIST_HOSTS, request.user.tenant_id) else []
    )
    left = [partial(read_evacuated, request, nova, asked=bool(listed), older=True)]
    found, hosts, [evacuated] = await groups_at_once(look, listed, left)
    known = hosts[0] if hosts else None
    return plan_of(request, selection, found, known, evacuated.value)


def server_or_error(nova: Nova, instance_id: str) -> Server | MigrationPanelError:
    try:
        return nova.server(instance_id)
    except SignedOut:
        raise
    except MigrationPanelError as error:
        return error


def plan_of(
    request: HttpRequest,
    selection: Selection,
    found: list[Any],
    hosts: tuple[ComputeHost, ...] | None,
    evacuated: Evacuated | None = None,
) -> Plan:
    servers = [one for one in found if isinstance(one, Server)]
    anywhere = replace(selection, destination="")
    return Plan(
        selection,
        tuple(
            _line(request, selection, *pair, hosts, evacuated) for pair in zip(selection.instances, found, strict=True)
        ),
        hosts,
        _destination_error(request, selection, servers, hosts, evacuated),
        {
            slug: sum(not _against(request, replace(anywhere, kind=kind), server, hosts)[0] for server in servers)
            for slug, kind in KINDS.items()
        },
        evacuated,
    )


def _line(
    request: HttpRequest,
    selection: Selection,
    instance_id: str,
    found: Server | MigrationPanelError,
    hosts: tuple[ComputeHost, ...] | None,
    evacuated: Evacuated | None,
) -> Line:
    if not isinstance(found, Server):
        return Line(instance_id, reasons=(told(found),))
    against, doubts = _against(request, selection, found, hosts, evacuated) if selection.kind else ((), ())
    return Line(instance_id, found, tuple(facts(found)), against, doubts)


def _against(
    request: HttpRequest,
    selection: Selection,
    server: Server,
    hosts: tuple[ComputeHost, ...] | None,
    evacuated: Evacuated | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What keeps it, and what may."""
    kind: Kind = selection.kind
    if not allowed(request, kind.rule, server.project_id):
        return (_("Your role does not allow it."),), ()
    seen = selection.seen.get(server.id)
    if seen and seen != server.updated:
        return (str(CHANGED),), ()
    found = findings(case_of(request, kind, server, hosts, selection.destination, evacuated=evacuated))
    return (
        tuple(finding_words(one, kind) for one in found if one.level == ERROR),
        tuple(finding_words(one, kind) for one in found if one.level == WARNING),
    )


def _destination_error(
    request: HttpRequest,
    selection: Selection,
    servers: list[Server],
    hosts: tuple[ComputeHost, ...] | None,
    evacuated: Evacuated | None,
) -> str:
    """Told once for all; that one of them is there already is told of that one."""
    if not selection.kind or not servers:
        return ""
    anybody = replace(servers[0], id="", host=None)
    case = case_of(request, selection.kind, anybody, hosts, selection.destination, evacuated=evacuated)
    return next((finding_words(one, selection.kind) for one in destination_findings(case)), "")
