# SPDX-License-Identifier: Apache-2.0
"""The state of each instance of a return: where it is, and how it can be migrated back to its host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from migration_panel.api.models import Migration, Server
from migration_panel.board.failure import is_unharmed
from migration_panel.board.status import Phase, phase_of
from migration_panel.hosts.drain.methods import NO_METHOD, MoveMethod
from migration_panel.hosts.drain.records import (
    COLD_TYPES,
    EARLIEST,
    FORGOTTEN,
    QUEUED,
    SETTLED,
    by_instance,
    failed_live,
    holding,
    incoming,
    is_at_destination,
    is_cut_off,
    is_moving,
    is_requested,
    oldest_first,
    outgoing,
    reached_destination,
    sort_key,
    unchanged_for,
    unfinished_evacuations,
)
from migration_panel.hosts.drain.run import LEFT_LATER, Direction, DrainRun, Outcome, Step
from migration_panel.migration_types import COLD_BLOCK, LIVE, LIVE_BLOCK

POWER_RUNNING = 1
# Departures that are further apart belong to different drains.
MAX_PAUSE = timedelta(hours=1)


def return_of(
    host: str,
    since: datetime,
    listed: Iterable[Server],
    migrations: Iterable[Migration],
    on_destinations: Mapping[str, Server],
    *,
    now: datetime,
    up: bool = True,
    resumable: bool = True,
    ordered_at: datetime | None = None,
    looked_up: Mapping[str, Server | None] | None = None,
    verdicts: Mapping[str, str] | None = None,
) -> DrainRun:
    """Return the state of a return.

    ``since``: the start of the drain.  ``listed``: all instances that Nova lists on the host.  ``on_destinations``: the
    instances on the hosts that ``destinations`` names, by ID.  ``looked_up``: instances looked up by ID; None for a
    deleted instance.  ``verdicts``: codes of records.py by the UUID of the migration.  ``ordered_at``: when the user
    ordered the return; instances that left later stay where they are.
    """
    servers = {server.id: server for server in listed}
    migrations, looked_up, verdicts = list(migrations), looked_up or {}, verdicts or {}
    elsewhere = {instance_id: server for instance_id, server in looked_up.items() if server} | dict(on_destinations)
    left = departures(migrations, host, since) | _failed_during_migration(migrations, host, since, servers, looked_up)
    arrivals = by_instance(incoming(migrations, host, since))
    steps = [
        _unclosed_step(instance_id, moves, arrivals.get(instance_id, []), verdicts)
        or _step(
            moves[-1], arrivals.get(instance_id, []), servers.get(instance_id), elsewhere.get(instance_id), up, now
        )
        for instance_id, moves in left.items()
    ]
    if ordered_at:
        steps = [_unless_left_later(step, ordered_at) for step in steps]
    unfinished = unfinished_evacuations(migrations, host, verdicts)
    if unfinished:
        evacuated = {migration.instance_id for migration in unfinished}
        steps = [_held_back(step, evacuated) for step in steps]
    open_records = holding(migrations, servers, verdicts, now)
    leaving = {
        migration.instance_id
        for migration in open_records
        if migration.source == host and is_moving(migration) and not reached_destination(migration)
    }
    return DrainRun(
        host,
        Direction.RETURN,
        since,
        tuple(steps),
        listed_empty=not servers and not open_records,
        up=up,
        leaving=len(leaving),
        resumable=resumable,
        ordered_at=ordered_at,
        records=tuple(migrations),
        verdicts=verdicts,
        restart_needed=bool(unfinished),
    )


def _failed_during_migration(
    migrations: Iterable[Migration],
    host: str,
    since: datetime,
    servers: Mapping[str, Server],
    looked_up: Mapping[str, Server | None],
) -> dict[str, list[Migration]]:
    """Return the live migrations that failed although their instances reached the destination, by instance."""
    last = [moves[-1] for moves in by_instance(outgoing(migrations, host, since)).values()]
    failed = [migration for migration in last if failed_live(migration) and migration.instance_id not in servers]
    return {
        migration.instance_id: [migration]
        for migration in failed
        if (server := looked_up.get(migration.instance_id)) and is_at_destination(migration, server)
    }


def _unclosed_step(
    instance_id: str, left: list[Migration], arrivals: list[Migration], verdicts: Mapping[str, str]
) -> Step | None:
    """Return the step of an instance whose last record Nova never closes; None for any other instance."""
    last = max([*left, *arrivals], key=sort_key)
    code = verdicts.get(last.uuid)
    return Step(instance_id, Outcome.LEFT, code, migration=last) if code else None


def _unless_left_later(step: Step, ordered_at: datetime) -> Step:
    """Return the step; without a migration if the instance left after the order, because nobody ordered it back.

    A signed time has whole seconds.
    """
    left_at = step.migration.created_at if step.migration else None
    if step.outcome is not Outcome.TODO or left_at is None or left_at.replace(microsecond=0) <= ordered_at:
        return step
    return replace(step, outcome=Outcome.LEFT, code=LEFT_LATER, method=NO_METHOD, revert=False)


def _held_back(step: Step, evacuated: set[str]) -> Step:
    """Return the step without a migration: nova-compute on the host would delete instances at its next start."""
    code = "not-restarted" if step.instance_id in evacuated else "restart-first"
    if step.outcome is Outcome.TODO:
        return replace(step, outcome=Outcome.LEFT, code=code, method=NO_METHOD, revert=False)
    return replace(step, method=NO_METHOD, revert=False)


def departures(migrations: Iterable[Migration], host: str, since: datetime) -> dict[str, list[Migration]]:
    """Return the migrations by which each instance left the host, oldest first, by the instance's ID.

    Include all migrations of an instance whose last migration was reverted.
    """
    moves = outgoing(migrations, host, since)
    reverted = {
        instance_id: found for instance_id, found in by_instance(moves).items() if found[-1].status == "reverted"
    }
    return by_instance(filter(reached_destination, moves)) | reverted


def destinations(migrations: Iterable[Migration], host: str, since: datetime) -> frozenset[str]:
    """Return the hosts to list: the destinations of instances that no migration has returned yet.

    Include instances whose return is in progress, because a restart may have interrupted it.
    """
    migrations = list(migrations)
    arrivals = by_instance(filter(reached_destination, incoming(migrations, host, since)))
    last = [moves[-1] for moves in departures(migrations, host, since).values()]
    return frozenset(
        migration.destination
        for migration in last
        if migration.destination and migration.status != "reverted" and not _has_returned(migration, arrivals)
    )


def _has_returned(departure: Migration, arrivals: Mapping[str, list[Migration]]) -> bool:
    returns = arrivals.get(departure.instance_id, [])
    return bool(returns) and sort_key(returns[-1]) >= sort_key(departure)


def last_drain(migrations: Iterable[Migration], host: str) -> datetime | None:
    """Return the estimated start of the last drain: departures without a longer pause belong to one drain."""
    moves = [
        migration
        for migration in outgoing(migrations, host, EARLIEST + timedelta(days=1))
        if reached_destination(migration) or migration.status == "reverted"
    ]
    start = None
    for migration in reversed(oldest_first(moves)):
        ended_at = migration.changed_at or migration.created_at
        if start is not None and ended_at and start - ended_at > MAX_PAUSE:
            break
        start = migration.created_at
    return start


def _step(
    out: Migration, arrivals: list[Migration], here: Server | None, there: Server | None, up: bool, now: datetime
) -> Step:
    """Return the step of an instance.

    ``out``: its last departure; ``here``: the instance if it is on the host; ``there``: the instance elsewhere.
    """
    instance_id = out.instance_id
    # An earlier return does not count once the instance has left again: a drain may follow another within the minute by
    # which clocks may differ.
    if arrivals and sort_key(arrivals[-1]) > sort_key(out):
        return _returning_step(out, arrivals[-1], here, there, now)
    if out.status == "reverted" and not (here or there) and unchanged_for(FORGOTTEN, out, now):
        return Step(instance_id, Outcome.LEFT, "elsewhere", out.source or "", migration=out)
    if out.status in ("reverting", "reverted"):
        reverted = out.status == "reverted" and here is not None and here.task_state is None
        arrived = reverted or (here is not None and is_cut_off(out, here, now))
        return Step(instance_id, Outcome.MOVED if arrived else Outcome.RUNNING, server=here, migration=out)
    if here and _is_still_listed(out, here, now):
        detail = out.destination or ""
        return Step(instance_id, Outcome.FAILED, "still-here", detail, server=here, migration=out)
    if here:
        return Step(instance_id, Outcome.MOVED, server=here, migration=out)
    if there is None or there.host != out.destination:
        return Step(instance_id, Outcome.LEFT, "elsewhere", out.destination or "", migration=out)
    if failed_live(out) and there.vm_state == "error":
        return Step(instance_id, Outcome.FAILED, "failed-there", out.destination or "", there, out)
    if is_requested(there, now):
        return Step(instance_id, Outcome.QUEUED, server=there, migration=out)
    method, revert = return_method(there, out)
    if method.kind is None:
        return Step(instance_id, Outcome.LEFT, method.obstacle, method.detail, there, out, method)
    if not up:
        return Step(instance_id, Outcome.LEFT, "down", server=there, migration=out, method=method)
    return Step(instance_id, Outcome.TODO, server=there, migration=out, method=method, revert=revert)


def _is_still_listed(out: Migration, here: Server, now: datetime) -> bool:
    """Return whether Nova lists the instance on the host although it left live and no migration returned it."""
    left_live = out.type == "live-migration" and out.status == "completed"
    return left_live and here.task_state in (None, "migrating") and unchanged_for(SETTLED, out, now)


def return_method(server: Server, out: Migration) -> tuple[MoveMethod, bool]:
    """Return how an instance on the destination of ``out`` can return, and whether that is by revert."""
    if server.task_state or out.status == "confirming":
        return MoveMethod(obstacle="busy", detail=server.task_state or out.status), False
    if server.locked:
        return MoveMethod(obstacle="locked", detail=server.locked_reason or ""), False
    if server.vm_state == "resized":
        unconfirmed = out.status == "finished" and out.type in COLD_TYPES
        # A revert would interrupt the users of a running instance.
        if not unconfirmed or server.power_state == POWER_RUNNING:
            return MoveMethod(obstacle="unconfirmed"), False
        return MoveMethod(COLD_BLOCK), True
    is_running = server.vm_state in LIVE.vm_states
    was_running = is_running if out.type == "evacuation" else out.type not in COLD_TYPES
    if is_running and was_running:
        return MoveMethod(LIVE_BLOCK if server.has_local_disk else LIVE), False
    if server.vm_state == "stopped" and not was_running:
        return MoveMethod(COLD_BLOCK), False
    return MoveMethod(obstacle="changed", detail=server.status), False


def _returning_step(out: Migration, back: Migration, here: Server | None, there: Server | None, now: datetime) -> Step:
    """Return the step of an instance for which a return was requested: ``back`` is its migration to the host."""
    instance_id, phase = out.instance_id, phase_of(back.status)
    server = here or there
    cut_off = server is not None and is_cut_off(back, server, now)
    if is_moving(back) and not cut_off:
        outcome = Outcome.QUEUED if back.status in QUEUED else Outcome.RUNNING
        return Step(instance_id, outcome, server=server, migration=back)
    if phase is Phase.CONFIRM:
        return Step(instance_id, Outcome.CONFIRM, server=server, migration=back)
    if phase is Phase.DONE and back.status != "reverted":
        return _returned_step(back, here, server, now)
    method, revert = return_method(there, out) if there and there.host == out.destination else (NO_METHOD, False)
    if there and is_requested(there, now):
        return Step(instance_id, Outcome.QUEUED, server=there, migration=back)
    if phase is Phase.FAILED or cut_off:
        outcome, code = Outcome.FAILED, "cut-off" if cut_off else "failed"
    elif phase is Phase.CANCELLED and is_unharmed(back, server):
        outcome, code = Outcome.FAILED, "aborted-in-error"
    else:
        outcome, code = Outcome.LEFT, "reverted" if back.status == "reverted" else "aborted"
    return Step(instance_id, outcome, code, server=server, migration=back, method=method, revert=revert)


def _returned_step(back: Migration, here: Server | None, server: Server | None, now: datetime) -> Step:
    """Return the step of an instance whose migration to the host is completed."""
    if here:
        return Step(back.instance_id, Outcome.MOVED, server=server, migration=back)
    # For a moment between two answers of Nova, it is normal that the host's list lacks the instance.
    if not unchanged_for(SETTLED, back, now):
        return Step(back.instance_id, Outcome.RUNNING, "", back.destination or "", server=server, migration=back)
    return Step(back.instance_id, Outcome.LEFT, "elsewhere", back.destination or "", server=server, migration=back)
