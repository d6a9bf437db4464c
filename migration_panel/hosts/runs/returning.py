# SPDX-License-Identifier: Apache-2.0
"""What has become of each instance that left a host, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from migration_panel.board.rules.phases import Phase, phase_of
from migration_panel.hosts.runs.moves import (
    COLD,
    EARLIEST,
    QUEUED,
    TASKS,
    by_instance,
    coming,
    cut_off,
    holds,
    leaving,
    moving,
    newest,
    oldest_first,
    went,
    when,
)
from migration_panel.hosts.runs.run import Direction, Outcome, Run, Step
from migration_panel.hosts.runs.ways import NO_WAY, Way
from migration_panel.kinds import COLD_BLOCK, LIVE, LIVE_BLOCK
from migration_panel.nova.records import Migration, Server

RUNNING = 1
# So long may a drain rest before what left afterwards counts as another.
REST = timedelta(hours=1)


def return_of(
    host: str,
    since: datetime,
    here: Iterable[Server],
    migrations: Iterable[Migration],
    there: Mapping[str, Server],
    *,
    now: datetime,
    up: bool = True,
    begun: bool = True,
) -> Run:
    """``there``: the instances on the hosts that ``places`` names, by ID."""
    here, migrations = {server.id: server for server in here}, list(migrations)
    left, came = departures(migrations, host, since), by_instance(coming(migrations, host, since))
    steps = [_step(one, out, came.get(one, []), here.get(one), there.get(one), up, now) for one, out in left.items()]
    holding = [one for one in newest(migrations) if holds(one) and not cut_off(one, here.get(one.instance_id), now)]
    away = {one.instance_id for one in holding if one.source == host and moving(one) and not went(one)}
    return Run(
        host,
        Direction.RETURN,
        since,
        tuple(steps),
        empty=not here and not holding,
        up=up,
        leaving=len(away),
        begun=begun,
    )


def departures(migrations: Iterable[Migration], host: str, since: datetime) -> dict[str, list[Migration]]:
    """Of each instance that left, the migrations by which it did, oldest first."""
    return by_instance(filter(went, leaving(migrations, host, since))) | {
        one: found
        for one, found in by_instance(leaving(migrations, host, since)).items()
        if found[-1].status == "reverted"
    }


def places(migrations: Iterable[Migration], host: str, since: datetime) -> frozenset[str]:
    """The hosts to look at: where the instances went that no migration has brought back yet.

    Those on their way too: a restart may have cut them off.
    """
    migrations = list(migrations)
    came = by_instance(filter(went, coming(migrations, host, since)))
    waiting = (found[-1] for one, found in departures(migrations, host, since).items() if one not in came)
    return frozenset(one.destination for one in waiting if one.destination and one.status != "reverted")


def last_drain(migrations: Iterable[Migration], host: str) -> datetime | None:
    """When the instances that left last began to: worked out from the pauses between departures."""
    found = [one for one in leaving(migrations, host, EARLIEST + timedelta(days=1)) if went(one) or _reverted(one)]
    begun = None
    for one in reversed(oldest_first(found)):
        if begun is not None and one.created_at and begun - (one.changed_at or one.created_at) > REST:
            break
        begun = one.created_at
    return begun


def _reverted(migration: Migration) -> bool:
    return migration.status == "reverted"


def _step(
    instance: str,
    left: list[Migration],
    came: list[Migration],
    here: Server | None,
    there: Server | None,
    up: bool,
    now: datetime,
) -> Step:
    back = came[-1] if came and when(came[-1]) > when(left[0]) else None
    if back:
        return _coming(instance, left, back, here, there, now)
    out = left[-1]
    if out.status in ("reverting", "reverted"):
        arrived = out.status == "reverted" and here is not None and here.task_state is None
        return Step(instance, Outcome.MOVED if arrived else Outcome.RUNNING, server=here, migration=out)
    if here:
        return Step(instance, Outcome.MOVED, server=here, migration=out)
    if there is None or there.host != out.destination:
        return Step(instance, Outcome.LEFT, "elsewhere", out.destination or "", migration=out)
    if there.task_state in TASKS:
        return Step(instance, Outcome.QUEUED, server=there, migration=out)
    way, revert = way_back(there, out)
    if way.kind is None:
        return Step(instance, Outcome.LEFT, way.obstacle, way.detail, there, out, way)
    if not up:
        return Step(instance, Outcome.LEFT, "down", server=there, migration=out, way=way)
    return Step(instance, Outcome.TODO, server=there, migration=out, way=way, revert=revert)


def way_back(server: Server, out: Migration) -> tuple[Way, bool]:
    """The way, and whether it is by revert, of an instance that is still where ``out`` brought it."""
    if server.task_state or out.status == "confirming":
        return Way(obstacle="busy", detail=server.task_state or out.status), False
    if server.locked:
        return Way(obstacle="locked", detail=server.locked_reason or ""), False
    if server.vm_state == "resized":
        if out.status != "finished" or out.type not in COLD:
            return Way(obstacle="unconfirmed"), False
        # Somebody works with it there, whom a revert would cut off.
        return (Way(obstacle="unconfirmed"), False) if server.power_state == RUNNING else (Way(COLD_BLOCK), True)
    ran, runs = out.type not in COLD, server.vm_state in LIVE.vm_states
    if out.type == "evacuation":
        ran = runs
    if runs and ran:
        return Way(LIVE_BLOCK if server.has_local_disk else LIVE), False
    if server.vm_state == "stopped" and not ran:
        return Way(COLD_BLOCK), False
    return Way(obstacle="changed", detail=server.status), False


def _coming(
    instance: str, left: list[Migration], back: Migration, here: Server | None, there: Server | None, now: datetime
) -> Step:
    phase = phase_of(back.status)
    server = here or there
    forgotten = server is not None and cut_off(back, server, now)
    if moving(back) and not forgotten:
        outcome = Outcome.QUEUED if back.status in QUEUED else Outcome.RUNNING
        return Step(instance, outcome, server=server, migration=back)
    if phase is Phase.CONFIRM:
        return Step(instance, Outcome.CONFIRM, server=server, migration=back)
    if phase is Phase.DONE and back.status != "reverted":
        if here is None and when(left[-1]) > when(back):
            return Step(instance, Outcome.LEFT, "elsewhere", left[-1].destination or "", migration=back)
        return Step(instance, Outcome.MOVED, server=server, migration=back)
    way, revert = way_back(there, left[-1]) if there and there.host == left[-1].destination else (NO_WAY, False)
    if there and there.task_state in TASKS:
        return Step(instance, Outcome.QUEUED, server=there, migration=back)
    if phase is Phase.FAILED or forgotten:
        code = "cut-off" if forgotten else "failed"
        return Step(instance, Outcome.FAILED, code, server=server, migration=back, way=way, revert=revert)
    code = "reverted" if back.status == "reverted" else "aborted"
    return Step(instance, Outcome.LEFT, code, server=server, migration=back, way=way, revert=revert)
