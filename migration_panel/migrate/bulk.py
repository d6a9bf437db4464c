# SPDX-License-Identifier: Apache-2.0
"""The plan for several instances: which of them can migrate as chosen, and what excludes the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from migration_panel.api.concurrency import gather, gather_groups
from migration_panel.api.evacuated import Evacuated
from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, TolerableError, user_message
from migration_panel.migrate.bulk_selection import Selection
from migration_panel.migrate.cards import server_facts
from migration_panel.migrate.forms import CHANGED
from migration_panel.migration_types import KINDS, Kind
from migration_panel.policy import LIST_HOSTS, LIST_HYPERVISORS, allowed
from migration_panel.preflight.assess import destination_errors, findings
from migration_panel.preflight.estimate import estimate
from migration_panel.preflight.finding import ERROR, WARNING
from migration_panel.preflight.fit import Fit, Membership, Mover, Unchecked, check_fit, too_many_members
from migration_panel.preflight.fit_query import (
    MAX_PLAN_MEMBERS,
    HostCapacities,
    build_capacities,
    capacity_calls,
    read_memberships,
)
from migration_panel.preflight.fit_text import lack_text
from migration_panel.preflight.query import build_case, hosts_or_none, read_evacuated
from migration_panel.preflight.text import problem_text


@dataclass(frozen=True)
class Line:
    """One instance of the plan; without a server, Nova did not return the instance."""

    instance_id: str
    server: Server | None = None
    facts: tuple[str, ...] = ()
    # Why the instance is excluded; empty if it can migrate.
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return (self.server.name if self.server else None) or self.instance_id


@dataclass(frozen=True)
class Plan:
    """The selected instances, and what is known about their migration together."""

    selection: Selection
    lines: tuple[Line, ...]
    # None if the user may not list hosts, or Nova did not return them.
    hosts: tuple[ComputeHost, ...] | None
    # Why no instance can migrate to the destination.
    destination_error: str
    # Number of instances that could migrate, by the type's slug.
    numbers: dict[str, int]
    # Whether all instances fit together; None if capacities are unknown or were not read.
    fit: Fit | None = None
    unchecked: tuple[Unchecked, ...] = ()
    # Longest time until the last instance has probably migrated, s; None if a size is unknown.
    longest: int | None = None
    # Hosts where nova-compute has not been restarted since an evacuation.
    evacuated: Evacuated | None = None

    @property
    def migratable(self) -> list[Line]:
        return [line for line in self.lines if not line.errors]

    @property
    def excluded(self) -> list[Line]:
        return [line for line in self.lines if line.errors]


@dataclass(frozen=True)
class Surroundings:
    """What was read about the possible destinations."""

    # None if it was not read.
    capacities: HostCapacities | None = None
    # By the ID of the instance.
    groups: Mapping[str, Membership] = field(default_factory=dict)
    unchecked: tuple[Unchecked, ...] = ()
    # Hosts where nova-compute has not been restarted since an evacuation.
    evacuated: Evacuated | None = None


NOTHING_READ = Surroundings()


async def read_plan(request: HttpRequest, nova: Nova, selection: Selection, *, capacity: bool = True) -> Plan:
    """Return the plan.  Raise SessionExpired only: an instance that cannot be read is excluded with the reason.

    ``capacity``: whether to read the hosts' free resources too.  When instances are sent to a named host, their server
    groups are enough: Nova's scheduler checks the resources.
    """
    instances = [partial(server_or_error, nova, instance_id) for instance_id in selection.instances]
    listing = [partial(hosts_or_none, nova)] if allowed(request, LIST_HOSTS) else []
    evacuations = [partial(read_evacuated, request, nova, needed=bool(listing), older=True)]
    answers, listed, [evacuated] = await gather_groups(instances, listing, evacuations)
    hosts = listed[0] if listed else None
    servers = [answer for answer in answers if isinstance(answer, Server)]
    destination_error = _destination_error(request, selection, servers, hosts, evacuated.value)
    surroundings = NOTHING_READ
    needed = selection.kind and (capacity or selection.destination)
    if needed and hosts is not None and not destination_error:
        surroundings = await _read_surroundings(request, nova, servers, capacity=capacity)
    surroundings = replace(surroundings, evacuated=evacuated.value)
    return _build_plan(request, selection, answers, hosts, destination_error, surroundings)


async def _read_surroundings(
    request: HttpRequest, nova: Nova, servers: Sequence[Server], *, capacity: bool
) -> Surroundings:
    """Read the hosts: one call per flavor, page of hypervisors, server group and group member not in the selection."""
    if not capacity or not allowed(request, LIST_HYPERVISORS):
        limit = MAX_PLAN_MEMBERS if capacity else 0
        groups, unchecked = await read_memberships(request, nova, servers, limit=limit)
        return Surroundings(None, groups, tuple(unchecked))
    requests, calls = capacity_calls(request, nova, servers)
    capacities = build_capacities(requests, await gather(calls))
    limit = MAX_PLAN_MEMBERS if capacities.known else 0
    groups, unchecked = await read_memberships(request, nova, servers, limit=limit)
    return Surroundings(capacities, groups, tuple(unchecked))


def server_or_error(nova: Nova, instance_id: str) -> Server | MigrationPanelError:
    """Return the instance, or why it cannot be read.  Raise SessionExpired."""
    try:
        return nova.server(instance_id)
    except TolerableError as error:
        return error


def _build_plan(
    request: HttpRequest,
    selection: Selection,
    answers: Sequence[Server | MigrationPanelError],
    hosts: tuple[ComputeHost, ...] | None,
    destination_error: str,
    surroundings: Surroundings,
) -> Plan:
    """Return the plan.  ``answers``: in the order of ``selection.instances``."""
    servers = [answer for answer in answers if isinstance(answer, Server)]
    anywhere = replace(selection, destination="")
    lines = [
        _line(request, selection, instance_id, answer, hosts, surroundings)
        for instance_id, answer in zip(selection.instances, answers, strict=True)
    ]
    lines = _exclude_by_group(selection, lines, surroundings)
    movers = _movers(selection, lines)
    fit = _fit(movers, hosts, surroundings)
    return Plan(
        selection,
        tuple(_with_lack(line, fit) for line in lines),
        hosts,
        destination_error,
        {
            slug: sum(not _judge(request, anywhere, kind, server, hosts)[0] for server in servers)
            for slug, kind in KINDS.items()
        },
        fit,
        fit.unchecked if fit else surroundings.unchecked,
        _longest(movers) if selection.kind else None,
        surroundings.evacuated,
    )


def _line(
    request: HttpRequest,
    selection: Selection,
    instance_id: str,
    answer: Server | MigrationPanelError,
    hosts: tuple[ComputeHost, ...] | None,
    surroundings: Surroundings,
) -> Line:
    if not isinstance(answer, Server):
        return Line(instance_id, errors=(user_message(answer),))
    facts = tuple(server_facts(answer))
    if selection.kind is None:
        return Line(instance_id, answer, facts)
    return Line(instance_id, answer, facts, *_judge(request, selection, selection.kind, answer, hosts, surroundings))


def _judge(
    request: HttpRequest,
    selection: Selection,
    kind: Kind,
    server: Server,
    hosts: tuple[ComputeHost, ...] | None,
    surroundings: Surroundings = NOTHING_READ,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the errors and the warnings of one instance."""
    if not allowed(request, kind.rule, server.project_id):
        return (_("Your role does not permit this action."),), ()
    seen = selection.seen.get(server.id)
    if seen and seen != server.updated:
        return (str(CHANGED),), ()
    known = _known_fields(server, surroundings) | {"evacuated": surroundings.evacuated}
    found = findings(build_case(request, kind, server, hosts, selection.destination, **known))
    return (
        tuple(problem_text(finding, kind) for finding in found if finding.level == ERROR),
        tuple(problem_text(finding, kind) for finding in found if finding.level == WARNING),
    )


def _known_fields(server: Server, surroundings: Surroundings) -> dict[str, Any]:
    """Return the fields of an instance's case besides the list of hosts."""
    known: dict[str, Any] = {}
    if membership := surroundings.groups.get(server.id):
        known |= {"group": membership.group, "members": membership.members}
    capacities = surroundings.capacities
    if capacities and capacities.hypervisors:
        needed = capacities.requests.get(server.id)
        known |= {
            "hypervisors": capacities.hypervisors,
            "resource_request": needed,
            "candidates": capacities.candidates_for(needed),
        }
    return known


def _movers(selection: Selection, lines: Sequence[Line]) -> list[Mover]:
    if selection.kind is None:
        return []
    return [
        Mover(line.server, selection.kind, selection.destination) for line in lines if line.server and not line.errors
    ]


def _exclude_by_group(selection: Selection, lines: list[Line], surroundings: Surroundings) -> list[Line]:
    """Exclude instances whose group does not allow them on the named host beside the rest of the selection."""
    lacks = too_many_members(_movers(selection, lines), surroundings.groups)
    return [
        replace(line, errors=(lack_text(lacks[line.instance_id]),)) if line.instance_id in lacks else line
        for line in lines
    ]


def _fit(movers: Sequence[Mover], hosts: tuple[ComputeHost, ...] | None, surroundings: Surroundings) -> Fit | None:
    capacities = surroundings.capacities
    if hosts is None or capacities is None or not capacities.known:
        return None
    inputs = capacities.fit_input(hosts, surroundings.groups, surroundings.unchecked, surroundings.evacuated)
    return check_fit(movers, inputs)


def _with_lack(line: Line, fit: Fit | None) -> Line:
    """Return the line with the reason why no host was found.  The instance is still requested: Nova decides."""
    lack = fit.lacks.get(line.instance_id) if fit else None
    return replace(line, warnings=(*line.warnings, lack_text(lack))) if lack else line


def _longest(movers: Sequence[Mover]) -> int | None:
    """Return the longest duration, s: a host migrates one instance after another, and hosts work in parallel."""
    spans: dict[str | None, int] = defaultdict(int)
    for mover in movers:
        expected = estimate(mover.kind, mover.server, get_config().bandwidth)
        if expected is None:
            return None
        spans[mover.server.host] += expected.most
    return max(spans.values(), default=0)


def _destination_error(
    request: HttpRequest,
    selection: Selection,
    servers: Sequence[Server],
    hosts: tuple[ComputeHost, ...] | None,
    evacuated: Evacuated | None,
) -> str:
    """Return why no instance can migrate to the destination; empty if the reason concerns single instances only."""
    if not selection.kind or not servers:
        return ""
    anybody = replace(servers[0], id="", host=None)
    case = build_case(request, selection.kind, anybody, hosts, selection.destination, evacuated=evacuated)
    return next((problem_text(error, selection.kind) for error in destination_errors(case)), "")
