# SPDX-License-Identifier: Apache-2.0
"""What stands against the choice of a host, or is not known of the hosts: one function each."""

from __future__ import annotations

import re

from migration_panel.launch.case.facts import Case, host_named
from migration_panel.launch.checks.finding import ERROR, INFO, WARNING, Finding

# What Nova's schema takes for a host (parameter_types.fqdn).
HOST_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")


def cold(case: Case) -> Finding | None:
    chosen = case.destination and not case.kind.takes_destination
    return Finding(ERROR, "destination-cold") if chosen else None


def role(case: Case) -> Finding | None:
    chosen = case.destination and case.kind.takes_destination and not case.may_name_host
    return Finding(ERROR, "destination-role") if chosen else None


def name(case: Case) -> Finding | None:
    odd = may_choose(case) and not HOST_NAME.fullmatch(case.destination)
    return Finding(ERROR, "destination-name", {"host": case.destination}) if odd else None


def unknown(case: Case) -> Finding | None:
    """Deleted meanwhile, or never there."""
    if not may_choose(case) or name(case) or case.hosts is None or host_named(case.destination, case.hosts):
        return None
    return Finding(ERROR, "destination-unknown", {"host": case.destination})


def may_choose(case: Case) -> bool:
    return bool(case.destination) and case.kind.takes_destination and case.may_name_host


def room_of_hypervisors(case: Case) -> Finding | None:
    why = case.missing.get("rooms")
    if not case.picks_host or not why or not _tells_capacity(case):
        return None
    return Finding(_level(why), "room-of-hypervisors", {"why": why})


def room_unknown(case: Case) -> Finding | None:
    why = case.missing.get("rooms") or case.missing.get("hypervisors")
    if not case.picks_host or not why or _tells_capacity(case):
        return None
    return Finding(_level(why), "room-unknown", {"why": why})


def _tells_capacity(case: Case) -> bool:
    return any(one.amounts for one in case.hypervisors or ())


def _level(why: str) -> str:
    """A cloud may be without, for this user; what should work and does not is worth a warning."""
    return INFO if why in ("not-allowed", "absent") else WARNING


def room_cut(case: Case) -> Finding | None:
    cut = case.picks_host and case.rooms is not None and case.rooms.cut
    return Finding(INFO, "room-cut") if cut else None


def hypervisors_cut(case: Case) -> Finding | None:
    return Finding(INFO, "hypervisors-cut") if case.picks_host and not case.all_hypervisors else None


def rules_untold(case: Case) -> Finding | None:
    """Before 2.71 Nova does not tell the server group, before 2.96 not the zone that was asked for."""
    if not case.picks_host or case.server.status == "UNKNOWN":
        return None
    told = case.server.group_ids is not None and case.server.tells_pinned_zone and "group" not in case.missing
    return None if told else Finding(INFO, "rules-untold")
