# SPDX-License-Identifier: Apache-2.0
"""The evidence of a second source about a host for which Nova lists no instance.

Nova omits a cell from its lists when the query there fails, so an empty list alone proves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from migration_panel.api.models import Migration
from migration_panel.board.status import Phase, phase_of
from migration_panel.hosts.drain.records import DELETED, UNFINISHED, newest


@dataclass(frozen=True)
class Evidence:
    """Numbers of consumers that hold resources of the host.  ``known`` is False if no source answered."""

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
    # Whether the hypervisors are the source, and not Placement.
    of_hypervisors: bool = False

    @property
    def held(self) -> int:
        """Return the number of allocations that may belong to an instance on the host."""
        return self.instances + self.evacuated + self.migrations

    @property
    def proves_empty(self) -> bool:
        """Return whether a source answered and shows no instance."""
        return self.known and not self.held and not self.running


UNKNOWN = Evidence()


def evidence_of_placement(
    consumers: Iterable[str], host: str, migrations: Iterable[Migration], verdicts: Mapping[str, str]
) -> Evidence:
    """Return the evidence from Placement.

    ``consumers``: the UUIDs that hold allocations; ``migrations``: Nova's records of the host; ``verdicts``: codes of
    records.py by the UUID of the migration.
    """
    migrations = list(migrations)
    by_uuid = {migration.uuid: migration for migration in migrations}
    last_of_instance = {migration.instance_id: migration for migration in newest(migrations)}
    counts: Counter[str] = Counter()
    for consumer in consumers:
        if consumer in by_uuid:
            last = last_of_instance[by_uuid[consumer].instance_id]
            has_left = _has_left(last, host) or verdicts.get(last.uuid) == DELETED
            counts["leftover" if has_left else "migrations"] += 1
        elif consumer in last_of_instance and _is_unfinished_evacuation(last_of_instance[consumer], host):
            counts["evacuated"] += 1
        else:
            counts["instances"] += 1
    return Evidence(
        known=True,
        instances=counts["instances"],
        evacuated=counts["evacuated"],
        migrations=counts["migrations"],
        leftover=counts["leftover"],
    )


def evidence_of_hypervisors(running: Iterable[int | None]) -> Evidence:
    """Return the evidence from the hypervisors.  ``running``: running instances of each node, None if not reported."""
    counts = list(running)
    reported = [count for count in counts if count is not None]
    if not counts or len(reported) < len(counts):
        return UNKNOWN
    return Evidence(known=True, running=sum(reported), of_hypervisors=True)


def _has_left(migration: Migration, host: str) -> bool:
    """Return whether the migration brought its instance away from the host."""
    done = phase_of(migration.status) is Phase.DONE and migration.status != "reverted"
    return done and migration.source == host and migration.destination != host


def _is_unfinished_evacuation(migration: Migration, host: str) -> bool:
    return migration.type == "evacuation" and migration.source == host and migration.status in UNFINISHED
