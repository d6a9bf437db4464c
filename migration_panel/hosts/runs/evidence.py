# SPDX-License-Identifier: Apache-2.0
"""What a second source says of a host for which Nova lists nothing.

Nova leaves a cell out of its lists when the query there fails, so an empty list proves nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from migration_panel.board.rules.phases import Phase, phase_of
from migration_panel.hosts.runs.moves import newest
from migration_panel.hosts.runs.unclosed import DELETED, UNFINISHED
from migration_panel.nova.records import Migration


@dataclass(frozen=True)
class Evidence:
    """Who holds resources of the host; ``known`` is False where neither source answered."""

    known: bool = False
    instances: int = 0
    # Of these, Nova has evacuated: nova-compute on the host still holds them.
    evacuated: int = 0
    # Records of migrations that hold the place of an instance on its source.
    migrations: int = 0
    # Migrations that are over, and whose instances are known to be elsewhere: they hold nothing but numbers.
    leftover: int = 0
    # Running instances by the count of the hypervisor, where Placement could not be asked.
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
    """``consumers``: the UUIDs that hold allocations; ``migrations``: Nova's records of the host."""
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
    """``running``: what each node of the host counts; None where its record does not say."""
    counts = list(running)
    known = [one for one in counts if one is not None]
    return Evidence(known=True, running=sum(known)) if counts and len(known) == len(counts) else UNKNOWN


def _left(migration: Migration, host: str) -> bool:
    done = phase_of(migration.status) is Phase.DONE and migration.status != "reverted"
    return done and migration.source == host and migration.destination != host


def _is_unfinished_evacuation(migration: Migration, host: str) -> bool:
    return migration.type == "evacuation" and migration.source == host and migration.status in UNFINISHED
