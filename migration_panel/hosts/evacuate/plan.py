# SPDX-License-Identifier: Apache-2.0
"""What can be evacuated from a host, and what has become of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import ip_address

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Migration, Server
from migration_panel.board.status import Phase, phase_of
from migration_panel.hosts.drain.records import EARLIEST, SETTLED, sort_key, unchanged_for

# Nova takes no other (nova/compute/api.py, check_instance_state of evacuate).
VM_STATES = frozenset({"active", "stopped", "error"})

# nova-compute on the source has restarted since, and has deleted the evacuated guest there.
CLEANED = "completed"
# With these statuses, nova-compute deletes the guest at its next start (nova/compute/manager.py,
# _destroy_evacuated_instances).
UNCLEANED = frozenset({"accepted", "pre-migrating", "done"})

# After this time without a change, an evacuation has stalled: its destination or Nova's conductor may have stopped.
STALLED = timedelta(hours=1)
# An administrator changes a service within SAME_DAY of the evacuations of the same outage.  Evacuations of one outage
# follow each other within FOLLOWS.
SAME_DAY = timedelta(days=1)
FOLLOWS = timedelta(hours=1)
# Greatest difference between the clocks of Nova's services.
SLACK = timedelta(minutes=1)


class EvacuationState(str, Enum):
    READY = "ready"
    # Nova itself would take a second request meanwhile: it checks no task state here.
    BEGUN = "begun"
    # Requested, and unchanged for so long that it may never finish.
    STALLED = "stalled"
    DELETING = "deleting"
    STATE = "state"
    # No longer on the host.
    GONE = "gone"
    # Nova does not report the host: the cell's database does not answer.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class EvacuableInstance:
    """An instance that Nova has on the host."""

    server: Server
    fate: EvacuationState

    @property
    def selectable(self) -> bool:
        return self.fate in (EvacuationState.READY, EvacuationState.STALLED)

    @property
    def preselected(self) -> bool:
        """Return whether the instance is selected at first: it is not locked and no evacuation is in progress."""
        return self.fate is EvacuationState.READY and not self.server.locked


def evacuable_instances(
    servers: Iterable[Server], migrations: Iterable[Migration], now: datetime | None = None
) -> list[EvacuableInstance]:
    """Return what can be done with each instance.

    ``migrations``: the newest evacuation of each instance; ``now``: the time by Nova's clock, None if unknown.
    """
    under_way = {one.instance_id: one for one in migrations if phase_of(one.status).moving}
    return [EvacuableInstance(one, _evacuation_state(one, under_way.get(one.id), now)) for one in servers]


def _evacuation_state(server: Server, migration: Migration | None, now: datetime | None) -> EvacuationState:
    task = server.task_state or ""
    if task.startswith("rebuild"):
        return EvacuationState.STALLED if _is_stalled(server, migration, now) else EvacuationState.BEGUN
    if migration and not (now and unchanged_for(SETTLED, migration, now)):
        return EvacuationState.BEGUN
    if task.endswith("deleting"):
        return EvacuationState.DELETING
    return EvacuationState.READY if server.vm_state in VM_STATES else EvacuationState.STATE


def _is_stalled(server: Server, migration: Migration | None, now: datetime | None) -> bool:
    changed = [server.changed_at, migration.changed_at if migration else None]
    known = [one for one in changed if one]
    return bool(now and known) and now - max(known) > STALLED


def changed_since(seen: Server, found: Server, host: str) -> EvacuationState | None:
    """Return what prevents the evacuation of an instance that was looked up again before the request, or None.

    ``seen``: the instance when the form was checked.
    """
    if found.host != host:
        return EvacuationState.UNKNOWN if found.host is None else EvacuationState.GONE
    fate = _evacuation_state(found, None, None)
    if fate is EvacuationState.BEGUN and seen.task_state == found.task_state and seen.updated == found.updated:
        # It stalled in the same task, as the page said, and the user selected it anyway.
        return None
    return None if fate is EvacuationState.READY else fate


def of_this_outage(
    host: str, servers: Iterable[Server], migrations: Iterable[Migration], service: ComputeHost | None = None
) -> list[Migration]:
    """The last evacuation of each instance from the host, newest first, without those of earlier outages."""
    here = {one.id for one in servers}
    mine = sorted((one for one in migrations if one.source == host), key=sort_key, reverse=True)
    newest: dict[str, Migration] = {}
    for one in mine:
        newest.setdefault(one.instance_id, one)
    since = max(_restarted(mine), _fell_silent(service, mine))
    return [one for one in newest.values() if (one.created_at or EARLIEST) >= since and _counts(one, here)]


def _counts(migration: Migration, here: Collection[str]) -> bool:
    phase = phase_of(migration.status)
    if phase is Phase.FAILED:
        return migration.instance_id in here
    # A done evacuation whose instance is on the host: it has returned, so nova-compute was up meanwhile.
    return migration.status != CLEANED and not (phase is Phase.DONE and migration.instance_id in here)


def _restarted(migrations: Iterable[Migration]) -> datetime:
    """Return when nova-compute last started on the host, as far as its evacuations show."""
    return max((one.changed_at or EARLIEST for one in migrations if one.status == CLEANED), default=EARLIEST)


def _fell_silent(service: ComputeHost | None, migrations: Iterable[Migration]) -> datetime:
    """Return the latest time at which the outage can have started.

    ``updated_at`` of a service is its last report, or the last change by an administrator.  If the service is disabled
    or forced down, ``updated_at`` may be later than evacuations of the same outage.
    """
    if service is None or service.up or service.updated_at is None:
        return EARLIEST
    since = service.updated_at - SLACK
    if service.enabled and not service.forced_down:
        return since
    times = sorted((one.created_at for one in migrations if one.created_at), reverse=True)
    if times and since - times[0] <= SAME_DAY:
        since = min(since, times[0])
    for time in times:
        if time < since and since - time <= FOLLOWS:
            since = time
    return since


def not_restarted_since(host: str, migrations: Iterable[Migration]) -> list[Migration]:
    """Return the evacuations whose guests the next start of nova-compute on the host deletes, oldest first."""
    return [one for one in sorted(migrations, key=sort_key) if one.source == host and one.status in UNCLEANED]


def namesakes(host: str, hosts: Iterable[ComputeHost]) -> list[str]:
    """Return the services that are up and share the host name's first label: they may be the same machine."""
    label = _first_label(host)
    return sorted(
        one.name for one in hosts if label and one.up and one.name != host and _first_label(one.name) == label
    )


def _first_label(name: str) -> str:
    """Return the first label of a name; empty for an IP address."""
    try:
        ip_address(name)
    except ValueError:
        return name.partition(".")[0].lower()
    return ""


@dataclass(frozen=True)
class EvacuationProgress:
    done: int
    moving: int
    failed: int
    # On the host and not begun.
    left: int

    @classmethod
    def of(
        cls, instances: Iterable[EvacuableInstance], migrations: Iterable[Migration], now: datetime | None = None
    ) -> EvacuationProgress:
        """Count instances and migrations.  A record without a change for STALLED does not count as in progress."""
        instances, migrations = list(instances), list(migrations)
        resting = {one.server.id for one in instances if one.fate is not EvacuationState.BEGUN}
        phases = [phase_of(one.status) for one in migrations]
        moving = [
            one
            for one in migrations
            if phase_of(one.status).moving
            and one.instance_id not in resting
            and not (now and unchanged_for(STALLED, one, now))
        ]
        return cls(phases.count(Phase.DONE), len(moving), phases.count(Phase.FAILED), len(resting))

    @property
    def over(self) -> bool:
        """Whether nothing is left on the host and nothing is on its way."""
        return not (self.moving or self.left)


class Proof(str, Enum):
    """What a second source says about a host for which Nova lists no instance."""

    EMPTY = "empty"
    HELD = "held"
    UNKNOWN = "unknown"


def proof_of(consumers: Collection[str] | None, evacuations: Iterable[Migration]) -> Proof:
    """Return whether Placement confirms that the host is empty.

    ``consumers``: the UUIDs with allocations on the host; None if Placement did not answer.  ``evacuations``: the last
    evacuation of each instance in this outage.  After an earlier outage an instance may have come back.  Evacuated
    instances keep their allocations until nova-compute on the source is restarted.
    """
    if consumers is None:
        return Proof.UNKNOWN
    evacuated = {one.instance_id for one in evacuations if phase_of(one.status) is Phase.DONE}
    return Proof.HELD if set(consumers) - evacuated else Proof.EMPTY
