# SPDX-License-Identifier: Apache-2.0
"""Which instances of a host can be evacuated, and what became of the evacuations of the current outage."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import ip_address

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Migration, Server
from migration_panel.board.status import Phase, phase_of
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence
from migration_panel.hosts.drain.records import EARLIEST, SETTLED, UNFINISHED, sort_key, unchanged_for

# Nova evacuates instances with these vm_states only (nova/compute/api.py, check_instance_state of evacuate).
VM_STATES = frozenset({"active", "stopped", "error"})

# Status of an evacuation after nova-compute has restarted on the source and deleted the guest there
# (nova/compute/manager.py, _destroy_evacuated_instances).
CLEANED_UP = "completed"

# After this time without a change, an evacuation has stalled: its destination or Nova's conductor may have stopped.
STALLED = timedelta(hours=1)
# An administrator changes a service within SAME_DAY of the evacuations of the same outage.  Evacuations of one outage
# follow each other within FOLLOWS.
SAME_DAY = timedelta(days=1)
FOLLOWS = timedelta(hours=1)
# Greatest difference between the clocks of Nova's services.
SLACK = timedelta(minutes=1)


class EvacuationState(str, Enum):
    """Whether an instance can be evacuated now."""

    READY = "ready"
    # Nova checks no task state here, and would start a second evacuation.
    IN_PROGRESS = "in-progress"
    # Requested, and unchanged for so long that it may never finish.
    STALLED = "stalled"
    DELETING = "deleting"
    # The vm_state is not one of VM_STATES.
    UNSUPPORTED = "unsupported"
    NOT_ON_HOST = "not-on-host"
    # Nova does not report the host: the cell's database does not answer.
    HOST_UNKNOWN = "host-unknown"


@dataclass(frozen=True)
class EvacuableInstance:
    """An instance that Nova lists on the host, and whether it can be evacuated."""

    server: Server
    state: EvacuationState

    @property
    def selectable(self) -> bool:
        return self.state in (EvacuationState.READY, EvacuationState.STALLED)

    @property
    def preselected(self) -> bool:
        """Return whether the instance is selected at first: it is not locked and no evacuation is in progress."""
        return self.state is EvacuationState.READY and not self.server.locked


def evacuable_instances(
    servers: Iterable[Server], migrations: Iterable[Migration], now: datetime | None = None
) -> list[EvacuableInstance]:
    """Return what can be done with each instance.

    ``migrations``: the newest evacuation of each instance; ``now``: the time by Nova's clock, None if unknown.
    """
    in_progress = {migration.instance_id: migration for migration in migrations if phase_of(migration.status).moving}
    return [EvacuableInstance(server, _evacuation_state(server, in_progress.get(server.id), now)) for server in servers]


def _evacuation_state(server: Server, migration: Migration | None, now: datetime | None) -> EvacuationState:
    """Return the state of an instance; ``migration``: its evacuation in progress by Nova's records."""
    task = server.task_state or ""
    if task.startswith("rebuild"):
        return EvacuationState.STALLED if _is_stalled(server, migration, now) else EvacuationState.IN_PROGRESS
    if migration and not (now and unchanged_for(SETTLED, migration, now)):
        return EvacuationState.IN_PROGRESS
    if task.endswith("deleting"):
        return EvacuationState.DELETING
    return EvacuationState.READY if server.vm_state in VM_STATES else EvacuationState.UNSUPPORTED


def _is_stalled(server: Server, migration: Migration | None, now: datetime | None) -> bool:
    times = [server.changed_at, migration.changed_at if migration else None]
    known = [time for time in times if time]
    return now is not None and bool(known) and now - max(known) > STALLED


def changed_since(seen: Server, current: Server, host: str) -> EvacuationState | None:
    """Return what prevents the evacuation of an instance that was looked up just before the request, or None.

    ``seen``: the instance when the form was validated; ``current``: the instance as looked up.
    """
    if current.host != host:
        return EvacuationState.HOST_UNKNOWN if current.host is None else EvacuationState.NOT_ON_HOST
    state = _evacuation_state(current, None, None)
    unchanged = seen.task_state == current.task_state and seen.updated == current.updated
    if state is EvacuationState.IN_PROGRESS and unchanged:
        # The evacuation stalled in the same task, as the page said, and the user selected the instance anyway.
        return None
    return None if state is EvacuationState.READY else state


def evacuations_of_outage(
    host: str, servers: Iterable[Server], migrations: Iterable[Migration], service: ComputeHost | None = None
) -> list[Migration]:
    """Return the last evacuation of each instance from the host in the current outage, newest first.

    ``servers``: the instances that Nova lists on the host; ``service``: its compute service.
    """
    on_host = {server.id for server in servers}
    from_host = sorted((migration for migration in migrations if migration.source == host), key=sort_key, reverse=True)
    newest: dict[str, Migration] = {}
    for migration in from_host:
        newest.setdefault(migration.instance_id, migration)
    start = max(_last_restart(from_host), _outage_start(service, from_host))
    return [
        migration
        for migration in newest.values()
        if (migration.created_at or EARLIEST) >= start and _is_current(migration, on_host)
    ]


def _is_current(migration: Migration, on_host: Collection[str]) -> bool:
    phase = phase_of(migration.status)
    if phase is Phase.FAILED:
        return migration.instance_id in on_host
    # After a finished evacuation, an instance on the host has returned: nova-compute was up meanwhile.
    return migration.status != CLEANED_UP and not (phase is Phase.DONE and migration.instance_id in on_host)


def _last_restart(migrations: Iterable[Migration]) -> datetime:
    """Return when nova-compute last started on the host, as far as its evacuations show."""
    restarts = (migration.changed_at or EARLIEST for migration in migrations if migration.status == CLEANED_UP)
    return max(restarts, default=EARLIEST)


def _outage_start(service: ComputeHost | None, migrations: Iterable[Migration]) -> datetime:
    """Return the latest time at which the outage can have started.

    ``updated_at`` of a service is its last report, or the last change by an administrator.  If the service is disabled
    or forced down, ``updated_at`` may be later than evacuations of the same outage.
    """
    if service is None or service.up or service.updated_at is None:
        return EARLIEST
    start = service.updated_at - SLACK
    if service.enabled and not service.forced_down:
        return start
    times = sorted((migration.created_at for migration in migrations if migration.created_at), reverse=True)
    if times and start - times[0] <= SAME_DAY:
        start = min(start, times[0])
    for time in times:
        if time < start and start - time <= FOLLOWS:
            start = time
    return start


def evacuations_before_restart(host: str, migrations: Iterable[Migration]) -> list[Migration]:
    """Return the evacuations whose guests the next start of nova-compute on the host deletes, oldest first."""
    return [
        migration
        for migration in sorted(migrations, key=sort_key)
        if migration.source == host and migration.status in UNFINISHED
    ]


def namesakes(host: str, services: Iterable[ComputeHost]) -> list[str]:
    """Return the services that are up and share the host name's first label: they may be the same machine."""
    label = _first_label(host)
    return sorted(
        service.name
        for service in services
        if label and service.up and service.name != host and _first_label(service.name) == label
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
    """Numbers of evacuations in the current outage, and of instances."""

    done: int
    in_progress: int
    failed: int
    # Instances on the host without an evacuation in progress.
    remaining: int

    @classmethod
    def of(
        cls, instances: Iterable[EvacuableInstance], migrations: Iterable[Migration], now: datetime | None = None
    ) -> EvacuationProgress:
        """Count instances and migrations.  A record without a change for STALLED does not count as in progress."""
        remaining = {instance.server.id for instance in instances if instance.state is not EvacuationState.IN_PROGRESS}
        migrations = list(migrations)
        phases = [phase_of(migration.status) for migration in migrations]
        in_progress = [
            migration
            for migration, phase in zip(migrations, phases, strict=True)
            if phase.moving
            and migration.instance_id not in remaining
            and not (now and unchanged_for(STALLED, migration, now))
        ]
        return cls(phases.count(Phase.DONE), len(in_progress), phases.count(Phase.FAILED), len(remaining))


def evacuation_evidence(consumers: Collection[str] | None, evacuations: Iterable[Migration]) -> Evidence:
    """Return what Placement says about a host for which Nova lists no instance.

    ``consumers``: the UUIDs with allocations on the host, None if Placement did not answer.  ``evacuations``: the last
    evacuation of each instance in this outage: after an earlier outage, an instance may have returned.
    """
    if consumers is None:
        return UNKNOWN
    evacuated = {migration.instance_id for migration in evacuations if phase_of(migration.status) is Phase.DONE}
    held = frozenset(consumers)
    return Evidence(known=True, instances=len(held - evacuated), evacuated=len(held & evacuated))


def is_confirmed_empty(evidence: Evidence) -> bool:
    """Return whether only evacuated instances hold allocations: until nova-compute is restarted on the host.

    A drain is stricter (``Evidence.proves_empty``): before a host is powered off, nothing may hold an allocation.
    """
    return evidence.known and not evidence.instances
