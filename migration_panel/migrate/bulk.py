# SPDX-License-Identifier: Apache-2.0
"""Several instances at once: which of them can go as chosen, and what keeps the others."""

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
from migration_panel.migrate.cards import facts
from migration_panel.migrate.forms import CHANGED
from migration_panel.migration_types import KINDS, Kind
from migration_panel.policy import LIST_HOSTS, LIST_HYPERVISORS, allowed
from migration_panel.preflight.assess import destination_findings, findings
from migration_panel.preflight.estimate import estimate
from migration_panel.preflight.finding import ERROR, WARNING
from migration_panel.preflight.fit import Fit, FitInput, Membership, Mover, Unchecked, crowded, fit_of
from migration_panel.preflight.fit_query import (
    MAX_MEMBERS,
    HostCapacities,
    capacities_of,
    capacity_calls,
    read_memberships,
)
from migration_panel.preflight.fit_text import crowded_text, lack_text
from migration_panel.preflight.query import case_of, hosts_or_none, read_evacuated
from migration_panel.preflight.text import problem_text


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
    # Whether all instances fit together; None if room is unknown or was not read.
    fit: Fit | None = None
    # What could not be checked.
    unchecked: tuple[Unchecked, ...] = ()
    # Longest time until the last instance is likely to have moved, s; None if a size is unknown.
    most: int | None = None
    # Hosts not restarted since an evacuation.
    evacuated: Evacuated | None = None

    @property
    def going(self) -> list[Line]:
        return [line for line in self.lines if not line.reasons]

    @property
    def left_out(self) -> list[Line]:
        return [line for line in self.lines if line.reasons]


@dataclass(frozen=True)
class Around:
    """What was read about the possible destinations."""

    # None if it was not read.
    room: HostCapacities | None = None
    groups: Mapping[str, Membership] = field(default_factory=dict)
    unchecked: tuple[Unchecked, ...] = ()
    # Hosts not restarted since an evacuation.
    evacuated: Evacuated | None = None


NOTHING = Around()


async def read_plan(request: HttpRequest, nova: Nova, selection: Selection, *, room: bool = True) -> Plan:
    """Return the plan.  Raise SessionExpired only: an instance that cannot be read is kept back with the reason.

    ``room``: whether to read room too.  When instances are sent to a named host, their server groups are enough:
    Nova's scheduler looks for room.
    """
    look = [partial(server_or_error, nova, one) for one in selection.instances]
    listed = [partial(hosts_or_none, nova)] if allowed(request, LIST_HOSTS, request.user.tenant_id) else []
    left = [partial(read_evacuated, request, nova, asked=bool(listed), older=True)]
    found, hosts, [evacuated] = await gather_groups(look, listed, left)
    known = hosts[0] if hosts else None
    gone = evacuated.value
    servers = [one for one in found if isinstance(one, Server)]
    around = NOTHING
    wanted = selection.kind and (room or selection.destination)
    if wanted and known is not None and not _destination_error(request, selection, servers, known, gone):
        around = await _read_around(request, nova, servers, room=room)
    return plan_of(request, selection, found, known, replace(around, evacuated=gone))


async def _read_around(request: HttpRequest, nova: Nova, servers: Sequence[Server], *, room: bool) -> Around:
    """Read the hosts: one call per flavor, page of hypervisors, server group and group member not in the selection."""
    if not room:
        groups, unchecked = await read_memberships(request, nova, servers, most=0)
        return Around(None, groups, tuple(unchecked))
    if not allowed(request, LIST_HYPERVISORS):
        groups, unchecked = await read_memberships(request, nova, servers, most=MAX_MEMBERS)
        return Around(None, groups, tuple(unchecked))
    asks, calls = capacity_calls(request, nova, servers)
    answers = capacities_of(asks, await gather(calls))
    groups, unchecked = await read_memberships(request, nova, servers, most=MAX_MEMBERS if answers.known else 0)
    return Around(answers, groups, tuple(unchecked))


def server_or_error(nova: Nova, instance_id: str) -> Server | MigrationPanelError:
    try:
        return nova.server(instance_id)
    except TolerableError as error:
        return error


def plan_of(
    request: HttpRequest,
    selection: Selection,
    found: list[Any],
    hosts: tuple[ComputeHost, ...] | None,
    around: Around = NOTHING,
) -> Plan:
    servers = [one for one in found if isinstance(one, Server)]
    anywhere = replace(selection, destination="")
    lines = [_line(request, selection, *pair, hosts, around) for pair in zip(selection.instances, found, strict=True)]
    lines = _apart(selection, lines, around)
    fit = _fit(selection, lines, hosts, around)
    going = [line.server for line in lines if line.server and not line.reasons]
    return Plan(
        selection,
        tuple(_with_lack(line, fit) for line in lines),
        hosts,
        _destination_error(request, selection, servers, hosts, around.evacuated),
        {
            slug: sum(not _against(request, replace(anywhere, kind=kind), server, hosts)[0] for server in servers)
            for slug, kind in KINDS.items()
        },
        fit,
        fit.unchecked if fit else around.unchecked,
        _longest(selection.kind, going) if selection.kind else None,
        around.evacuated,
    )


def _line(
    request: HttpRequest,
    selection: Selection,
    instance_id: str,
    found: Server | MigrationPanelError,
    hosts: tuple[ComputeHost, ...] | None,
    around: Around,
) -> Line:
    if not isinstance(found, Server):
        return Line(instance_id, reasons=(user_message(found),))
    against, doubts = _against(request, selection, found, hosts, around) if selection.kind else ((), ())
    return Line(instance_id, found, tuple(facts(found)), against, doubts)


def _against(
    request: HttpRequest,
    selection: Selection,
    server: Server,
    hosts: tuple[ComputeHost, ...] | None,
    around: Around = NOTHING,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What keeps it, and what may."""
    kind: Kind = selection.kind
    if not allowed(request, kind.rule, server.project_id):
        return (_("Your role does not allow it."),), ()
    seen = selection.seen.get(server.id)
    if seen and seen != server.updated:
        return (str(CHANGED),), ()
    known = _known(server, around) | {"evacuated": around.evacuated}
    found = findings(case_of(request, kind, server, hosts, selection.destination, **known))
    return (
        tuple(problem_text(one, kind) for one in found if one.level == ERROR),
        tuple(problem_text(one, kind) for one in found if one.level == WARNING),
    )


def _known(server: Server, around: Around) -> dict[str, Any]:
    """Return the fields of an instance's case besides the list of hosts."""
    known: dict[str, Any] = {}
    if server.id in around.groups:
        known |= {"group": around.groups[server.id].group, "members": around.groups[server.id].members}
    if around.room and around.room.hypervisors:
        ask = around.room.asks.get(server.id)
        known |= {"hypervisors": around.room.hypervisors, "ask": ask, "rooms": around.room.rooms_for(ask)}
    return known


def _movers(selection: Selection, lines: Sequence[Line]) -> list[Mover]:
    kind: Kind = selection.kind
    return [Mover(one.server, kind, selection.destination) for one in lines if one.server and not one.reasons]


def _apart(selection: Selection, lines: list[Line], around: Around) -> list[Line]:
    """Exclude instances that one named host cannot take beside other instances of the selection."""
    if not selection.kind or not selection.destination:
        return lines
    kept = crowded(_movers(selection, lines), around.groups)
    words = {one: crowded_text(selection.destination, group.name) for one, group in kept.items()}
    return [replace(one, reasons=(words[one.instance_id],)) if one.instance_id in words else one for one in lines]


def _fit(
    selection: Selection, lines: Sequence[Line], hosts: tuple[ComputeHost, ...] | None, around: Around
) -> Fit | None:
    room = around.room
    if not selection.kind or hosts is None or room is None or not room.known:
        return None
    known = FitInput(
        hosts,
        room.hypervisors,
        room.complete,
        room.asks,
        room.rooms,
        around.groups,
        around.unchecked,
        around.evacuated,
    )
    return fit_of(_movers(selection, lines), known)


def _with_lack(line: Line, fit: Fit | None) -> Line:
    """Return the line with the reason why no host was found.  The instance is still requested: Nova decides."""
    lack = fit.lacks.get(line.instance_id) if fit else None
    return replace(line, doubts=(*line.doubts, lack_text(lack))) if lack else line


def _longest(kind: Kind, servers: Sequence[Server]) -> int | None:
    """Return the longest duration, s: a host migrates one instance after another, and hosts work in parallel."""
    spans: dict[str | None, int] = defaultdict(int)
    for server in servers:
        span = estimate(kind, server, get_config().bandwidth)
        if span is None:
            return None
        spans[server.host] += span.most
    return max(spans.values(), default=0)


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
    return next((problem_text(one, selection.kind) for one in destination_findings(case)), "")
