# SPDX-License-Identifier: Apache-2.0
"""What stands against a migration, told before Nova is asked.  Nova's own checks still decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from migration_panel.kinds import Kind
from migration_panel.nova.host_records import ComputeHost
from migration_panel.nova.records import Server

# What Nova's schema takes for a host (parameter_types.fqdn).
HOST_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True)
class Finding:
    level: str
    # Stable name for scripts; launch/words.py has the sentences.
    code: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One choice on one form."""

    kind: Kind
    server: Server
    destination: str = ""
    # None where the user may not list hosts, or they could not be had.
    hosts: tuple[ComputeHost, ...] | None = None
    may_name_host: bool = False
    may_override_lock: bool = False


def findings(case: Case) -> list[Finding]:
    """Errors first: what Nova would refuse for certain."""
    order = (ERROR, WARNING, INFO)
    found = (*instance_findings(case), *source_findings(case), *destination_findings(case))
    return sorted(found, key=lambda finding: order.index(finding.level))


def instance_findings(case: Case) -> Iterator[Finding]:
    server = case.server
    if server.vm_state == "resized":
        yield Finding(ERROR, "unconfirmed")
    elif server.vm_state not in case.kind.vm_states:
        yield Finding(ERROR, "vm-state", {"state": server.vm_state or server.status})
    if server.task_state:
        yield Finding(ERROR, "task-state", {"task": server.task_state})
    if server.locked:
        level = WARNING if case.may_override_lock else ERROR
        yield Finding(level, "locked", {"reason": server.locked_reason or ""})
    yield from storage_findings(case)


def storage_findings(case: Case) -> Iterator[Finding]:
    """Nova's API does not tell whether hosts share their storage, so none of this is certain."""
    if case.server.volume_backed and case.kind.block:
        yield Finding(WARNING, "volume-backed")
    elif case.kind.live and not case.kind.block and not case.server.volume_backed:
        yield Finding(WARNING, "local-disk")


def source_findings(case: Case) -> Iterator[Finding]:
    source = host_named(case.server.host, case.hosts)
    if source and not source.up:
        yield Finding(ERROR, "source-down", {"host": source.name})


def destination_findings(case: Case) -> Iterator[Finding]:
    """All of them errors of the field ``destination``."""
    if not case.destination:
        return
    host = {"host": case.destination}
    if not case.kind.takes_destination:
        yield Finding(ERROR, "destination-cold")
    elif not case.may_name_host:
        yield Finding(ERROR, "destination-role")
    elif not HOST_NAME.fullmatch(case.destination):
        yield Finding(ERROR, "destination-name", host)
    elif case.destination == case.server.host:
        yield Finding(ERROR, "destination-source", host)
    elif case.hosts is not None:
        yield from unfit(host_named(case.destination, case.hosts), host)


def unfit(found: ComputeHost | None, host: dict[str, str]) -> Iterator[Finding]:
    if found is None:
        yield Finding(ERROR, "destination-unknown", host)
    elif not found.up:
        yield Finding(ERROR, "destination-down", host)
    elif not found.enabled:
        yield Finding(ERROR, "destination-disabled", host | {"reason": found.disabled_reason or ""})


def host_named(name: str | None, hosts: Iterable[ComputeHost] | None) -> ComputeHost | None:
    return next((host for host in hosts or () if host.name == name), None)


def natural(name: str) -> list[tuple[int, str]]:
    """Sorting key that puts compute-2 before compute-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
