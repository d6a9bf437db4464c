# SPDX-License-Identifier: Apache-2.0
"""What can be evacuated from a host, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from migration_panel.board.rules.phases import Phase, phase_of
from migration_panel.nova.records import Migration, Server

# Nova takes no other (nova/compute/api.py, check_instance_state of evacuate).
VM_STATES = frozenset({"active", "stopped", "error"})

# The evacuated guest was cleaned away when its host came back: that outage is over.
CLEANED = "completed"


class Fate(str, Enum):
    READY = "ready"
    # Nova itself would take a second request meanwhile: it checks no task state here.
    BEGUN = "begun"
    DELETING = "deleting"
    STATE = "state"


@dataclass(frozen=True)
class Stranded:
    """An instance that Nova has on the host."""

    server: Server
    fate: Fate


def stranded(servers: Iterable[Server], migrations: Iterable[Migration]) -> list[Stranded]:
    under_way = {one.instance_id for one in migrations if phase_of(one.status).moving}
    return [Stranded(one, _fate(one, begun=one.id in under_way)) for one in servers]


def _fate(server: Server, *, begun: bool) -> Fate:
    task = server.task_state or ""
    if begun or task.startswith("rebuild"):
        return Fate.BEGUN
    if task.endswith("deleting"):
        return Fate.DELETING
    return Fate.READY if server.vm_state in VM_STATES else Fate.STATE


def of_this_outage(host: str, servers: Iterable[Server], migrations: Iterable[Migration]) -> list[Migration]:
    """The last evacuation of each instance from the host, newest first, without those of earlier outages."""
    here = {one.id for one in servers}
    newest: dict[str, Migration] = {}
    for one in sorted(migrations, key=lambda one: one.id, reverse=True):
        if one.source == host:
            newest.setdefault(one.instance_id, one)
    return [one for one in newest.values() if _counts(one, here)]


def _counts(migration: Migration, here: set[str]) -> bool:
    if phase_of(migration.status) is Phase.FAILED:
        return migration.instance_id in here
    return migration.status != CLEANED


@dataclass(frozen=True)
class Tally:
    done: int
    moving: int
    failed: int
    # On the host and not begun.
    left: int

    @classmethod
    def of(cls, instances: Iterable[Stranded], migrations: Iterable[Migration]) -> Tally:
        phases = [phase_of(one.status) for one in migrations]
        left = sum(one.fate is not Fate.BEGUN for one in instances)
        return cls(phases.count(Phase.DONE), sum(one.moving for one in phases), phases.count(Phase.FAILED), left)

    @property
    def over(self) -> bool:
        """Whether nothing is left on the host and nothing is on its way."""
        return not (self.moving or self.left)
