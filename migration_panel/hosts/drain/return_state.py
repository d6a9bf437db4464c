# SPDX-License-Identifier: Apache-2.0
"""What has become of each instance that left a host, and how it comes back."""

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
    at_end,
    by_instance,
    cut_off,
    failed_live,
    incoming,
    moving,
    newest,
    oldest_first,
    outgoing,
    reached_destination,
    requested,
    still_open,
    unchanged_for,
    when,
)
from migration_panel.hosts.drain.run import LEFT_LATER, Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.stale_records import unfinished_evacuations
from migration_panel.migration_types import COLD_BLOCK, LIVE, LIVE_BLOCK

POWER_RUNNING = 1
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
    resumable: bool = True,
    ordered_at: datetime | None = None,
    away: Mapping[str, Server | None] | None = None,
    verdicts: Mapping[str, str] | None = None,
) -> DrainRun:
    """Return the state of a return.

    ``there``: the instances on the hosts that ``places`` names, by ID.  ``away``: instances looked up by ID; None for
    a deleted instance.  ``verdicts``: codes of unclosed.py.  ``ordered_at``: when the user ordered the return;
    instances that left later stay where they are.
    """
    here, migrations, away, verdicts = {one.id: one for one in here}, list(migrations), away or {}, verdicts or {}
    there = {one: found for one, found in away.items() if found} | dict(there)
    left, came = departures(migrations, host, since), by_instance(incoming(migrations, host, since))
    left |= _broken_on_the_way(migrations, host, since, here, away)
    steps = [
        _unclosed(one, out, came.get(one, []), verdicts)
        or _step(one, out, came.get(one, []), here.get(one), there.get(one), up, now)
        for one, out in left.items()
    ]
    if ordered_at:
        steps = [_unless_later(step, ordered_at) for step in steps]
    unfinished = unfinished_evacuations(migrations, host, verdicts)
    if unfinished:
        evacuated = {one.instance_id for one in unfinished}
        steps = [_held_back(step, evacuated) for step in steps]
    holding = [
        one
        for one in newest(migrations)
        if still_open(one) and one.uuid not in verdicts and not cut_off(one, here.get(one.instance_id), now)
    ]
    on_their_way = {
        one.instance_id for one in holding if one.source == host and moving(one) and not reached_destination(one)
    }
    return DrainRun(
        host,
        Direction.RETURN,
        since,
        tuple(steps),
        listed_empty=not here and not holding,
        up=up,
        leaving=len(on_their_way),
        resumable=resumable,
        ordered_at=ordered_at,
        records=tuple(migrations),
        verdicts=verdicts,
        restart_needed=bool(unfinished),
    )


def _broken_on_the_way(
    migrations: Iterable[Migration],
    host: str,
    since: datetime,
    here: Mapping[str, Server],
    away: Mapping[str, Server | None],
) -> dict[str, list[Migration]]:
    """Return the live migrations that failed although their instances reached the destination, by instance."""
    last = [moves[-1] for moves in by_instance(outgoing(migrations, host, since)).values()]
    failed = [one for one in last if failed_live(one) and one.instance_id not in here]
    return {one.instance_id: [one] for one in failed if (found := away.get(one.instance_id)) and at_end(one, found)}


def _unclosed(instance: str, left: list[Migration], came: list[Migration], verdicts: Mapping[str, str]) -> Step | None:
    """Return the step of an instance whose last record will never be closed; None for any other."""
    last = max([*left, *came], key=when)
    code = verdicts.get(last.uuid)
    return Step(instance, Outcome.LEFT, code, migration=last) if code else None


def _unless_later(step: Step, ordered_at: datetime) -> Step:
    """Nobody ordered an instance back that left after the order.  A signed time has whole seconds."""
    left = step.migration.created_at if step.migration else None
    if step.outcome is not Outcome.TODO or left is None or left.replace(microsecond=0) <= ordered_at:
        return step
    return replace(step, outcome=Outcome.LEFT, code=LEFT_LATER, way=NO_METHOD, revert=False)


def aborted_since(migrations: Iterable[Migration], host: str, moment: datetime) -> bool:
    """Return whether a migration to the host was aborted at that time or later."""
    changes = [
        one.changed_at
        for one in migrations
        if one.destination == host and phase_of(one.status) is Phase.CANCELLED and one.changed_at
    ]
    return max(changes, default=EARLIEST) >= moment


def _held_back(step: Step, evacuated: set[str]) -> Step:
    """Return the step without a migration: nova-compute on the host would delete instances at its next start."""
    code = "not-restarted" if step.instance_id in evacuated else "restart-first"
    if step.outcome is Outcome.TODO:
        return replace(step, outcome=Outcome.LEFT, code=code, way=NO_METHOD, revert=False)
    return replace(step, way=NO_METHOD, revert=False)


def departures(migrations: Iterable[Migration], host: str, since: datetime) -> dict[str, list[Migration]]:
    """Of each instance that left, the migrations by which it did, oldest first."""
    return by_instance(filter(reached_destination, outgoing(migrations, host, since))) | {
        one: found
        for one, found in by_instance(outgoing(migrations, host, since)).items()
        if found[-1].status == "reverted"
    }


def places(migrations: Iterable[Migration], host: str, since: datetime) -> frozenset[str]:
    """The hosts to look at: where the instances went that no migration has brought back yet.

    Those on their way too: a restart may have cut them off.
    """
    migrations = list(migrations)
    came = by_instance(filter(reached_destination, incoming(migrations, host, since)))
    waiting = (
        found[-1]
        for one, found in departures(migrations, host, since).items()
        if one not in came or when(came[one][-1]) < when(found[-1])
    )
    return frozenset(one.destination for one in waiting if one.destination and one.status != "reverted")


def last_drain(migrations: Iterable[Migration], host: str) -> datetime | None:
    """When the instances that left last began to: worked out from the pauses between departures."""
    found = [
        one
        for one in outgoing(migrations, host, EARLIEST + timedelta(days=1))
        if reached_destination(one) or _reverted(one)
    ]
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
    out = left[-1]
    # An earlier return is over once the instance has left again: a drain may follow another within the minute by which
    # clocks may differ.
    if came and when(came[-1]) > when(out):
        return _coming(instance, out, came[-1], here, there, now)
    if out.status == "reverted" and not (here or there) and unchanged_for(FORGOTTEN, out, now):
        return Step(instance, Outcome.LEFT, "elsewhere", out.source or "", migration=out)
    if out.status in ("reverting", "reverted"):
        reverted = out.status == "reverted" and here is not None and here.task_state is None
        arrived = reverted or (here is not None and cut_off(out, here, now))
        return Step(instance, Outcome.MOVED if arrived else Outcome.RUNNING, server=here, migration=out)
    if here and _is_still_listed(out, here, now):
        detail = out.destination or ""
        return Step(instance, Outcome.FAILED, "still-here", detail, server=here, migration=out)
    if here:
        return Step(instance, Outcome.MOVED, server=here, migration=out)
    if there is None or there.host != out.destination:
        return Step(instance, Outcome.LEFT, "elsewhere", out.destination or "", migration=out)
    if failed_live(out) and there.vm_state == "error":
        return Step(instance, Outcome.FAILED, "failed-there", out.destination or "", there, out)
    if requested(there, now):
        return Step(instance, Outcome.QUEUED, server=there, migration=out)
    way, revert = way_back(there, out)
    if way.kind is None:
        return Step(instance, Outcome.LEFT, way.obstacle, way.detail, there, out, way)
    if not up:
        return Step(instance, Outcome.LEFT, "down", server=there, migration=out, way=way)
    return Step(instance, Outcome.TODO, server=there, migration=out, way=way, revert=revert)


def _is_still_listed(out: Migration, here: Server, now: datetime) -> bool:
    """Return whether Nova lists the instance on the host although it left live and no migration returned it."""
    left_live = out.type == "live-migration" and out.status == "completed"
    return left_live and here.task_state in (None, "migrating") and unchanged_for(SETTLED, out, now)


def way_back(server: Server, out: Migration) -> tuple[MoveMethod, bool]:
    """The way, and whether it is by revert, of an instance that is still where ``out`` brought it."""
    if server.task_state or out.status == "confirming":
        return MoveMethod(obstacle="busy", detail=server.task_state or out.status), False
    if server.locked:
        return MoveMethod(obstacle="locked", detail=server.locked_reason or ""), False
    if server.vm_state == "resized":
        if out.status != "finished" or out.type not in COLD_TYPES:
            return MoveMethod(obstacle="unconfirmed"), False
        # Somebody works with it there, whom a revert would cut off.
        return (
            (MoveMethod(obstacle="unconfirmed"), False)
            if server.power_state == POWER_RUNNING
            else (MoveMethod(COLD_BLOCK), True)
        )
    ran, runs = out.type not in COLD_TYPES, server.vm_state in LIVE.vm_states
    if out.type == "evacuation":
        ran = runs
    if runs and ran:
        return MoveMethod(LIVE_BLOCK if server.has_local_disk else LIVE), False
    if server.vm_state == "stopped" and not ran:
        return MoveMethod(COLD_BLOCK), False
    return MoveMethod(obstacle="changed", detail=server.status), False


def _coming(
    instance: str, out: Migration, back: Migration, here: Server | None, there: Server | None, now: datetime
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
        if here is None:
            # For a moment between two answers of Nova, this is normal.
            settled = unchanged_for(SETTLED, back, now)
            outcome, code = (Outcome.LEFT, "elsewhere") if settled else (Outcome.RUNNING, "")
            return Step(instance, outcome, code, back.destination or "", server=server, migration=back)
        return Step(instance, Outcome.MOVED, server=server, migration=back)
    way, revert = way_back(there, out) if there and there.host == out.destination else (NO_METHOD, False)
    if there and requested(there, now):
        return Step(instance, Outcome.QUEUED, server=there, migration=back)
    if phase is Phase.FAILED or forgotten:
        code = "cut-off" if forgotten else "failed"
        return Step(instance, Outcome.FAILED, code, server=server, migration=back, way=way, revert=revert)
    if phase is Phase.CANCELLED and is_unharmed(back, server):
        return Step(instance, Outcome.FAILED, "aborted-in-error", server=server, migration=back, way=way, revert=revert)
    code = "reverted" if back.status == "reverted" else "aborted"
    return Step(instance, Outcome.LEFT, code, server=server, migration=back, way=way, revert=revert)
