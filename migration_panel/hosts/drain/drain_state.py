# SPDX-License-Identifier: Apache-2.0
"""The state of each instance of a drain, from Nova's lists of instances and migrations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from migration_panel.api.models import Migration, Server
from migration_panel.board.failure import is_unharmed
from migration_panel.board.status import Phase, phase_of
from migration_panel.hosts.drain.methods import MoveMethod, move_method
from migration_panel.hosts.drain.records import (
    COLD_TYPES,
    DELETED,
    NO_CHANGE,
    QUEUED,
    SETTLED,
    by_instance,
    ended_recently,
    failed_live,
    holding,
    incoming,
    is_cut_off,
    is_moving,
    is_requested,
    leaves,
    newest,
    outgoing,
    sort_key,
    unchanged_for,
)
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step


def drain_of(
    host: str,
    order: DrainRequest,
    listed: Iterable[Server],
    migrations: Iterable[Migration],
    *,
    now: datetime,
    up: bool = True,
    looked_up: Mapping[str, Server | None] | None = None,
    verdicts: Mapping[str, str] | None = None,
    ordered: Collection[str] = (),
) -> DrainRun:
    """Return the state of a drain.

    ``listed``: all instances that Nova lists on the host.  ``migrations``: records to and from the host, old records
    included.  ``looked_up``: instances looked up by ID; None for a deleted instance.  ``verdicts``: codes of records.py
    by the UUID of the migration.  ``ordered``: IDs of instances that this drain has not requested yet, whatever failed
    before it.
    """
    servers = {server.id: server for server in listed}
    migrations, looked_up, verdicts = list(migrations), looked_up or {}, verdicts or {}
    departures = by_instance(outgoing(migrations, host, order.started_at))
    arrivals = by_instance(incoming(migrations, host, order.started_at))
    failures = _recent_failures(migrations, host, now, ordered)
    open_records = holding(migrations, servers, verdicts, now)
    leaving = {migration.instance_id: migration for migration in open_records if migration.source == host}
    arriving = {
        migration.instance_id for migration in open_records if migration.source != host and is_moving(migration)
    }
    steps = [
        _listed_step(
            server,
            order,
            _last_departure(server.id, departures, arrivals) or failures.get(server.id),
            leaving.get(server.id),
            up,
            now,
        )
        for server in servers.values()
    ]
    for instance_id in departures.keys() - servers.keys():
        step = _missing_step(departures[instance_id][-1], looked_up, verdicts, now)
        steps += [step] if step else []
    steps += [
        _earlier_step(leaving[instance_id]) for instance_id in leaving.keys() - servers.keys() - departures.keys()
    ]
    return DrainRun(
        host,
        Direction.DRAIN,
        order.started_at,
        tuple(steps),
        listed_empty=not servers and not open_records,
        order=order,
        up=up,
        arriving=len(arriving - servers.keys()),
        records=tuple(migrations),
        verdicts=verdicts,
    )


def _recent_failures(
    migrations: Iterable[Migration], host: str, now: datetime, ordered: Collection[str]
) -> dict[str, Migration]:
    """Return the last migration of each instance that recently failed to leave, by the instance's ID.

    The start of the drain does not matter here: with a wrong clock, the drain would otherwise retry forever.
    """
    return {
        migration.instance_id: migration
        for migration in newest(migrations)
        if leaves(migration, host) and ended_recently(migration, now) and migration.instance_id not in ordered
    }


def _last_departure(
    instance_id: str, departures: Mapping[str, list[Migration]], arrivals: Mapping[str, list[Migration]]
) -> Migration | None:
    """Return the last migration away from the host; None if the instance has returned since."""
    if instance_id not in departures:
        return None
    last, returns = departures[instance_id][-1], arrivals.get(instance_id, [])
    return None if returns and sort_key(returns[-1]) > sort_key(last) else last


def _listed_step(
    server: Server, order: DrainRequest, last: Migration | None, earlier: Migration | None, up: bool, now: datetime
) -> Step:
    """Return the step of an instance that Nova lists on the host.

    ``last``: its last migration of this drain; ``earlier``: an open migration from the host, which may be older.
    """
    method = move_method(server, order)
    if last and is_cut_off(last, server, now):
        return Step(server.id, Outcome.FAILED, "cut-off", server=server, migration=last, method=method)
    current = next((migration for migration in (last, earlier) if migration and is_moving(migration)), None)
    if current:
        outcome = Outcome.QUEUED if current.status in QUEUED else Outcome.RUNNING
        return Step(server.id, outcome, server=server, migration=current, method=method)
    if last and _is_still_listed(last, server, now):
        detail = last.destination or ""
        return Step(server.id, Outcome.FAILED, "still-here", detail, server=server, migration=last)
    if is_requested(server, now):
        # Nova accepted the request a moment ago, and has no record of the migration yet.
        return Step(server.id, Outcome.QUEUED, server=server, method=method)
    if last and server.vm_state != "resized":
        return _ended_step(server, last, method)
    if method.kind is None:
        return Step(server.id, Outcome.LEFT, method.obstacle, method.detail, server, method=method)
    if not up:
        return Step(server.id, Outcome.LEFT, "down", server=server, method=method)
    return Step(server.id, Outcome.TODO, server=server, method=method)


def _is_still_listed(last: Migration, server: Server, now: datetime) -> bool:
    """Return whether Nova still lists the instance on the host although its migration away is finished.

    For a moment between two answers of Nova, this is normal.
    """
    done = phase_of(last.status) in (Phase.DONE, Phase.CONFIRM) and last.status != "reverted"
    at_rest = server.task_state in (None, "migrating") and server.vm_state != "resized"
    return done and at_rest and unchanged_for(SETTLED, last, now)


def _ended_step(server: Server, last: Migration, method: MoveMethod) -> Step:
    """Return the step of an instance on the host whose last migration is over."""
    phase = phase_of(last.status)
    if phase is Phase.FAILED:
        return Step(server.id, Outcome.FAILED, "failed", server=server, migration=last, method=method)
    if phase is Phase.CANCELLED and is_unharmed(last, server):
        return Step(server.id, Outcome.FAILED, "aborted-in-error", server=server, migration=last, method=method)
    if phase is Phase.CANCELLED:
        return Step(server.id, Outcome.LEFT, "aborted", server=server, migration=last, method=method)
    if last.status == "reverted":
        return Step(server.id, Outcome.LEFT, "reverted", server=server, migration=last, method=method)
    # The instance left between two answers of Nova.  The next request shows it; it must not be migrated again.
    return Step(server.id, Outcome.RUNNING, server=server, migration=last, method=method)


def _missing_step(
    last: Migration, looked_up: Mapping[str, Server | None], verdicts: Mapping[str, str], now: datetime
) -> Step | None:
    """Return the step of an instance that Nova no longer lists on the host.

    None for an instance that was deleted before it left, or that left by other means.
    """
    phase, has_left = phase_of(last.status), _has_left(last)
    if verdicts.get(last.uuid) == DELETED:
        return Step(last.instance_id, Outcome.MOVED, migration=last) if has_left else None
    if verdicts.get(last.uuid) == NO_CHANGE:
        return Step(last.instance_id, Outcome.LEFT, NO_CHANGE, migration=last)
    if is_cut_off(last, None, now):
        return None
    if phase.moving:
        return Step(last.instance_id, Outcome.RUNNING, migration=last)
    if phase is Phase.CONFIRM:
        return Step(last.instance_id, Outcome.CONFIRM, migration=last)
    if has_left:
        return Step(last.instance_id, Outcome.MOVED, migration=last)
    if failed_live(last):
        return _failed_during_migration(last, looked_up)
    if phase is Phase.FAILED and last.type in COLD_TYPES:
        # A cold migration fails on the destination once the instance is no longer on the source.
        return Step(last.instance_id, Outcome.FAILED, "failed-there", last.destination or "", migration=last)
    return None


def _has_left(last: Migration) -> bool:
    return phase_of(last.status) is Phase.DONE and last.status != "reverted"


def _failed_during_migration(last: Migration, looked_up: Mapping[str, Server | None]) -> Step | None:
    """Return the step of a failed live migration whose instance Nova no longer lists on the host.

    The migration may have failed after the guest had switched over.  None for a deleted instance.
    """
    if last.instance_id in looked_up and looked_up[last.instance_id] is None:
        return None
    server = looked_up.get(last.instance_id)
    if server is None or server.host != last.destination:
        return Step(last.instance_id, Outcome.LEFT, "away", server=server, migration=last)
    if server.vm_state == "error" or server.task_state:
        return Step(last.instance_id, Outcome.FAILED, "failed-there", last.destination or "", server, last)
    # A user has repaired the instance.
    return Step(last.instance_id, Outcome.MOVED, server=server, migration=last)


def _earlier_step(migration: Migration) -> Step:
    """Return the step of an instance that left before the drain, or by a resize, and still needs the host."""
    if phase_of(migration.status) is Phase.CONFIRM:
        return Step(migration.instance_id, Outcome.CONFIRM, "earlier", migration=migration)
    return Step(migration.instance_id, Outcome.RUNNING, migration=migration)
