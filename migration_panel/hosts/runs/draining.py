# SPDX-License-Identifier: Apache-2.0
"""What has become of each instance of a drain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from migration_panel.board.rules.phases import Phase, phase_of
from migration_panel.hosts.runs.moves import (
    COLD,
    QUEUED,
    TASKS,
    by_instance,
    coming,
    cut_off,
    holds,
    leaving,
    moving,
    newest,
    when,
)
from migration_panel.hosts.runs.order import Order
from migration_panel.hosts.runs.run import Direction, Outcome, Run, Step
from migration_panel.hosts.runs.ways import Way, way_of
from migration_panel.nova.records import Migration, Server


def drain_of(
    host: str,
    order: Order,
    here: Iterable[Server],
    migrations: Iterable[Migration],
    *,
    now: datetime,
    up: bool = True,
) -> Run:
    """``here``: all instances that Nova has on the host; ``migrations``: those that touch it, of long before too."""
    here, migrations = {server.id: server for server in here}, list(migrations)
    left = by_instance(leaving(migrations, host, order.started_at))
    came = by_instance(coming(migrations, host, order.started_at))
    holding = [one for one in newest(migrations) if holds(one) and not cut_off(one, here.get(one.instance_id), now)]
    earlier = {one.instance_id: one for one in holding if one.source == host}
    steps = [_here(one, order, _last(one.id, left, came), earlier.get(one.id), up, now) for one in here.values()]
    steps += [step for one in left.keys() - here.keys() if (step := _gone(left[one][-1], now))]
    steps += [_held(earlier[one]) for one in earlier.keys() - here.keys() - left.keys()]
    arriving = {one.instance_id for one in holding if one.source != host and moving(one)}
    return Run(
        host,
        Direction.DRAIN,
        order.started_at,
        tuple(steps),
        empty=not here and not holding,
        order=order,
        up=up,
        arriving=len(arriving - here.keys()),
    )


def _last(instance_id: str, left: dict[str, list[Migration]], came: dict[str, list[Migration]]) -> Migration | None:
    """The newest of this run, unless the instance has come back after it."""
    if instance_id not in left:
        return None
    last, back = left[instance_id][-1], came.get(instance_id, [])
    return None if back and when(back[-1]) > when(last) else last


def _here(
    server: Server, order: Order, last: Migration | None, earlier: Migration | None, up: bool, now: datetime
) -> Step:
    way = way_of(server, order)
    if last and cut_off(last, server, now):
        return Step(server.id, Outcome.FAILED, "cut-off", server=server, migration=last, way=way)
    under_way = next((one for one in (last, earlier) if one and moving(one)), None)
    if under_way:
        outcome = Outcome.QUEUED if under_way.status in QUEUED else Outcome.RUNNING
        return Step(server.id, outcome, server=server, migration=under_way, way=way)
    if server.task_state in TASKS:
        # Taken on a moment ago, and not on record yet.
        return Step(server.id, Outcome.QUEUED, server=server, way=way)
    if last and server.vm_state != "resized":
        return _ended_here(server, last, way)
    if way.kind is None:
        return Step(server.id, Outcome.LEFT, way.obstacle, way.detail, server, way=way)
    if not up:
        return Step(server.id, Outcome.LEFT, "down", server=server, way=way)
    return Step(server.id, Outcome.TODO, server=server, way=way)


def _ended_here(server: Server, last: Migration, way: Way) -> Step:
    """One that is over, of an instance that is on the host."""
    phase = phase_of(last.status)
    if phase is Phase.FAILED:
        return Step(server.id, Outcome.FAILED, "failed", server=server, migration=last, way=way)
    if phase is Phase.CANCELLED:
        return Step(server.id, Outcome.LEFT, "aborted", server=server, migration=last, way=way)
    if last.status == "reverted":
        return Step(server.id, Outcome.LEFT, "reverted", server=server, migration=last, way=way)
    # It left between two answers of Nova: the next look tells.  Never to be moved again for that.
    return Step(server.id, Outcome.RUNNING, server=server, migration=last, way=way)


def _gone(last: Migration, now: datetime) -> Step | None:
    """None for one that was deleted, or moved by other ways, before it could leave."""
    phase = phase_of(last.status)
    if cut_off(last, None, now):
        return None
    if phase.moving:
        return Step(last.instance_id, Outcome.RUNNING, migration=last)
    if phase is Phase.CONFIRM:
        return Step(last.instance_id, Outcome.CONFIRM, migration=last)
    if phase is Phase.DONE and last.status != "reverted":
        return Step(last.instance_id, Outcome.MOVED, migration=last)
    if phase is Phase.FAILED and last.type in COLD:
        # It broke on its new host.
        return Step(last.instance_id, Outcome.FAILED, "failed-there", last.destination or "", migration=last)
    return None


def _held(migration: Migration) -> Step:
    """Of before the drain, or a resize: it needs the host still."""
    outcome = Outcome.CONFIRM if phase_of(migration.status) is Phase.CONFIRM else Outcome.RUNNING
    return Step(migration.instance_id, outcome, "earlier", migration=migration)
