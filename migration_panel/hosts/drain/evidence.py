# SPDX-License-Identifier: Apache-2.0
"""What a second source says about a host for which Nova lists no instance.

Nova omits a cell from its lists when the query there fails, so an empty list alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from migration_panel.api.models import Migration
from migration_panel.board.status import Phase, phase_of
from migration_panel.hosts.drain.records import newest
from migration_panel.hosts.drain.stale_records import DELETED, UNFINISHED


@dataclass(frozen=True)
class Evidence:
    """Who holds resources of the host.  ``known`` is False if no source answered."""

    known: bool = False
    instances: int = 0
    # Evacuated instances whose allocations stay until nova-compute on the host is restarted.
    evacuated: int = 0
    # Migrations that hold the allocation of an instance on its source.
    migrations: int = 0
    # Finished migrations whose instances are known to be elsewhere: only the allocation is left.
    leftover: int = 0
    # Running instances as the hypervisor reports them, where Placement is closed to the user or absent.
    running: int = 0

    @property
    def held(self) -> int:
        return self.instances + self.evacuated + self.migrations

    @property
    def proves_empty(self) -> bool:
        return self.known and not self.held and not self.running


UNKNOWN = Evidence()


def of_allocations(
    consumers: Iterable[str], host: str, migrations: Iterable[Migration], verdicts: Mapping[str, str]
) -> Evidence:
    """Return the evidence from Placement.

    ``consumers``: the UUIDs that hold allocations; ``migrations``: Nova's records of the host.
    """
    migrations = list(migrations)
    by_uuid = {one.uuid: one for one in migrations}
    last = {one.instance_id: one for one in newest(migrations)}
    counts = {"instances": 0, "evacuated": 0, "migrations": 0, "leftover": 0}
    for consumer in consumers:
        if consumer in by_uuid:
            of_last = last[by_uuid[consumer].instance_id]
            is_over = _left(of_last, host) or verdicts.get(of_last.uuid) == DELETED
            counts["leftover" if is_over else "migrations"] += 1
        elif consumer in last and _is_unfinished_evacuation(last[consumer], host):
            counts["evacuated"] += 1
        else:
            counts["instances"] += 1
    return Evidence(known=True, **counts)


def of_hypervisors(running: Iterable[int | None]) -> Evidence:
    """Return the evidence from the hypervisors.  ``running``: running instances of each node, None if not reported."""
    counts = list(running)
    known = [one for one in counts if one is not None]
    return Evidence(known=True, running=sum(known)) if counts and len(known) == len(counts) else UNKNOWN


def _left(migration: Migration, host: str) -> bool:
    done = phase_of(migration.status) is Phase.DONE and migration.status != "reverted"
    return done and migration.source == host and migration.destination != host


def _is_unfinished_evacuation(migration: Migration, host: str) -> bool:
    return migration.type == "evacuation" and migration.source == host and migration.status in UNFINISHED
