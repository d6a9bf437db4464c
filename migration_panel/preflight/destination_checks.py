# SPDX-License-Identifier: Apache-2.0
"""Checks of a destination host, and of the choice between a named host and the scheduler.

Each function returns its finding, or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migration_panel.api.host_models import ComputeHost
from migration_panel.preflight.capacity import DISK, MEMORY, VCPU, shortage
from migration_panel.preflight.finding import ERROR, INFO, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput, host_named

# The names that Nova's schema accepts for a host (parameter_types.fqdn).
HOST_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")

NOT_FOUND = re.compile(r"Compute host \S+ could not be found")


def is_source(case: PreflightInput, host: ComputeHost) -> Finding | None:
    if host.name == case.server.host:
        return Finding(ERROR, "destination-source", {"host": host.name})
    return None


def host_cell_down(case: PreflightInput, host: ComputeHost) -> Finding | None:
    return Finding(ERROR, "destination-cell-down", {"host": host.name}) if host.cell_down else None


def forced_down(case: PreflightInput, host: ComputeHost) -> Finding | None:
    return Finding(ERROR, "destination-forced-down", {"host": host.name}) if host.forced_down else None


def down(case: PreflightInput, host: ComputeHost) -> Finding | None:
    if host.up or host.forced_down or host.cell_down:
        return None
    return Finding(ERROR, "destination-down", {"host": host.name})


def disabled(case: PreflightInput, host: ComputeHost) -> Finding | None:
    if host.enabled or host.cell_down:
        return None
    return Finding(ERROR, "destination-disabled", {"host": host.name, "reason": host.disabled_reason or ""})


def evacuated(case: PreflightInput, host: ComputeHost) -> Finding | None:
    """Return a finding if the next restart of nova-compute deletes the guests of instances evacuated from the host.

    Not for a host that is down: the user cannot choose this host anyway.
    """
    instances = (case.evacuated or {}).get(host.name)
    if not instances or not host.up or case.server.id in instances:
        return None
    return Finding(ERROR, "destination-evacuated", {"host": host.name, "count": len(instances)})


def evacuated_itself(case: PreflightInput, host: ComputeHost) -> Finding | None:
    """Return a finding for the worst case: the instance itself returns, and the next restart deletes it."""
    if not host.up or case.server.id not in (case.evacuated or {}).get(host.name, ()):
        return None
    return Finding(ERROR, "destination-evacuated-itself", {"host": host.name})


def other_zone(case: PreflightInput, host: ComputeHost) -> Finding | None:
    pinned = case.server.pinned_zone
    if not pinned or not host.zone or host.zone == pinned:
        return None
    return Finding(ERROR, "destination-zone", {"host": host.name, "zone": host.zone, "pinned": pinned})


def anti_affinity(case: PreflightInput, host: ComputeHost) -> Finding | None:
    members = [member for member in case.members if member.host == host.name]
    if not case.group or case.group.policy != "anti-affinity" or len(members) < case.group.most_per_host:
        return None
    facts = {"host": host.name, "member": members[0].name or members[0].id, "group": case.group.name}
    return Finding(ERROR, "destination-anti-affinity", facts)


def affinity(case: PreflightInput, host: ComputeHost) -> Finding | None:
    """Return a finding if no member of the affinity group is on the host.

    Nova counts the instance itself: the only member of a group has to stay.  If the hosts of some members are unknown,
    there is no finding, because an unknown member may be on the host.
    """
    if not case.group or case.group.policy != "affinity" or case.server.host is None or "group" in case.missing:
        return None
    if host.name in {case.server.host, *(member.host for member in case.members)}:
        return None
    return Finding(ERROR, "destination-affinity", {"host": host.name, "group": case.group.name})


def other_type(case: PreflightInput, host: ComputeHost) -> Finding | None:
    """Return a finding for another hypervisor type: Nova checks it, like the version, for live migrations only."""
    here, there = case.node(case.server.host), case.node(host.name)
    if not case.kind.live or not here or not there or not here.type or not there.type or here.type == there.type:
        return None
    return Finding(ERROR, "destination-type", {"host": host.name, "type": there.type, "source": here.type})


def older(case: PreflightInput, host: ComputeHost) -> Finding | None:
    """Return a warning if the hypervisor is older than the source's.

    Nova refuses the migration unless skip_hypervisor_version_check_on_lm is set, which its API does not show.
    """
    here, there = case.node(case.server.host), case.node(host.name)
    if not case.kind.live or not here or not there or here.version is None or there.version is None:
        return None
    if there.version >= here.version:
        return None
    return Finding(WARNING, "destination-older", {"host": host.name, "version": there.version, "source": here.version})


def _is_not_offered(case: PreflightInput, host: ComputeHost) -> bool:
    """Return whether Placement omits the host, although the host is enabled."""
    known = case.candidates is not None and not case.candidates.cut and case.node(host.name) is not None
    return known and host.enabled and case.candidate_node(host.name) is None


def _too_little(case: PreflightInput, host: ComputeHost, resource: str, code: str) -> Finding | None:
    short = shortage(case, host.name, resource, case.overcommit.get(resource)) if _is_not_offered(case, host) else None
    if short is None or case.resource_request is None:
        return None
    return Finding(ERROR, code, {"host": host.name, "free": short.free, "need": case.resource_request.needs[resource]})


def too_few_vcpus(case: PreflightInput, host: ComputeHost) -> Finding | None:
    return _too_little(case, host, VCPU, "destination-vcpus")


def too_little_memory(case: PreflightInput, host: ComputeHost) -> Finding | None:
    return _too_little(case, host, MEMORY, "destination-memory")


def too_little_disk(case: PreflightInput, host: ComputeHost) -> Finding | None:
    return _too_little(case, host, DISK, "destination-disk")


def not_offered(case: PreflightInput, host: ComputeHost) -> Finding | None:
    """Return a finding if the hypervisor's figures do not show why Placement omits the host."""
    named = (too_few_vcpus, too_little_memory, too_little_disk)
    if not _is_not_offered(case, host) or any(check(case, host) for check in named):
        return None
    return Finding(ERROR, "destination-room", {"host": host.name})


def capacity_unknown(case: PreflightInput, host: ComputeHost) -> Finding | None:
    """Return a finding if Placement's list was cut, or the host has not reported its resources yet."""
    if case.candidates is None or not host.enabled or case.candidate_node(host.name):
        return None
    unknown = case.candidates.cut or case.node(host.name) is None
    return Finding(WARNING, "destination-room-untold", {"host": host.name}) if unknown else None


def needs_overcommit(case: PreflightInput, host: ComputeHost) -> Finding | None:
    """Return a warning if the host has too little without overcommit, which only Placement reports."""
    if case.candidates is not None:
        return None
    short = [name for name in (VCPU, MEMORY, DISK) if shortage(case, host.name, name, 1.0)]
    return Finding(WARNING, "destination-tight", {"host": host.name}) if short else None


def other_cpu(case: PreflightInput, host: ComputeHost) -> Finding | None:
    here, there = case.node(case.server.host), case.node(host.name)
    if not case.kind.live or not here or not there or not here.cpu_model or not there.cpu_model:
        return None
    same = (here.cpu_vendor, here.cpu_model) == (there.cpu_vendor, there.cpu_model)
    missing = (here.cpu_features or frozenset()) - (there.cpu_features or frozenset()) if there.cpu_features else ()
    if same and not missing:
        return None
    newer = there.cpu_vendor == here.cpu_vendor and there.cpu_features and not missing
    level = INFO if newer else WARNING
    facts: dict[str, str | int] = {
        "host": host.name,
        "model": there.cpu_model,
        "source": here.cpu_model,
        "missing": len(missing),
    }
    return Finding(level, "destination-cpu", facts)


def cold_with_host(case: PreflightInput) -> Finding | None:
    chosen = case.destination and not case.kind.accepts_destination
    return Finding(ERROR, "destination-cold") if chosen else None


def not_allowed(case: PreflightInput) -> Finding | None:
    chosen = case.destination and case.kind.accepts_destination and not case.may_name_host
    return Finding(ERROR, "destination-role") if chosen else None


def invalid_name(case: PreflightInput) -> Finding | None:
    invalid = names_host(case) and not HOST_NAME.fullmatch(case.destination)
    return Finding(ERROR, "destination-name", {"host": case.destination}) if invalid else None


def unknown_name(case: PreflightInput) -> Finding | None:
    """Return a finding if Nova does not list the host, or no longer lists it."""
    if not names_host(case) or invalid_name(case) or case.hosts is None or host_named(case.destination, case.hosts):
        return None
    return Finding(ERROR, "destination-unknown", {"host": case.destination})


def names_host(case: PreflightInput) -> bool:
    """Return whether a host is chosen, and the user may choose a host."""
    return bool(case.destination) and case.kind.accepts_destination and case.may_name_host


def capacity_of_hypervisors(case: PreflightInput) -> Finding | None:
    """Return a finding if the hypervisors' figures replace Placement's."""
    why = case.missing.get("candidates")
    if not case.host_selectable or not why or not _has_capacities(case):
        return None
    return Finding(_level(why), "room-of-hypervisors", {"why": why})


def all_capacity_unknown(case: PreflightInput) -> Finding | None:
    why = case.missing.get("candidates") or case.missing.get("hypervisors")
    if not case.host_selectable or not why or _has_capacities(case):
        return None
    return Finding(_level(why), "room-unknown", {"why": why})


def _has_capacities(case: PreflightInput) -> bool:
    return any(hypervisor.amounts for hypervisor in case.hypervisors or ())


def _level(why: str) -> str:
    """Return the level of missing capacities: a warning for a failure, but not without access to Placement."""
    return INFO if why in ("not-allowed", "absent") else WARNING


def candidates_cut(case: PreflightInput) -> Finding | None:
    cut = case.host_selectable and case.candidates is not None and case.candidates.cut
    return Finding(INFO, "room-cut") if cut else None


def hypervisors_cut(case: PreflightInput) -> Finding | None:
    return Finding(INFO, "hypervisors-cut") if case.host_selectable and not case.all_hypervisors else None


def rules_unknown(case: PreflightInput) -> Finding | None:
    """Return a finding if Nova does not report the server group (before 2.71) or the requested zone (before 2.96)."""
    if not case.host_selectable or case.server.status == "UNKNOWN":
        return None
    known = case.server.group_ids is not None and case.server.pinned_zone_known and "group" not in case.missing
    return None if known else Finding(INFO, "rules-untold")


def refused_for_cell(reason: str, destination: str, hosts: Iterable[ComputeHost] | None) -> bool:
    """Return whether Nova may have refused a live migration because the destination is in another cell.

    That is likely if Nova did not find a destination that is in its own list of hosts.  Nova live-migrates only within
    a cell, and its API does not show cells.  It looks for a named host in the instance's cell (nova/compute/api.py,
    live_migrate) and refuses at once, before it creates a migration record.  A record that ended in NoValidHost never
    has a destination (nova/conductor/tasks/live_migrate.py), so it does not show whether a host was named.
    """
    listed = any(host.name == destination for host in hosts or ())
    return bool(destination) and listed and NOT_FOUND.search(reason) is not None
