# SPDX-License-Identifier: Apache-2.0
"""What has become of each instance of a drain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from migration_panel.api.models import Migration, Server
from migration_panel.board.failure import is_unharmed
from migration_panel.board.status import Phase, phase_of
from migration_panel.hosts.drain.methods import MoveMethod, move_method
from migration_panel.hosts.drain.records import (
    COLD_TYPES,
    QUEUED,
    SETTLED,
    by_instance,
    cut_off,
    ended_lately,
    failed_live,
    incoming,
    leaves,
    moving,
    newest,
    outgoing,
    requested,
    still_open,
    unchanged_for,
    when,
)
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.stale_records import DELETED, NO_CHANGE


def drain_of(
    host: str,
    order: DrainRequest,
    here: Iterable[Server],
    migrations: Iterable[Migration],
    *,
    now: datetime,
    up: bool = True,
    away: Mapping[str, Server | None] | None = None,
    verdicts: Mapping[str, str] | None = None,
    ordered: Collection[str] = (),
) -> DrainRun:
    """Return the state of a drain.

    ``here``: all instances that Nova lists on the host.  ``migrations``: records to and from the host, old records
    included.  ``away``: instances looked up by ID; None for a deleted instance.  ``verdicts``: codes of unclosed.py.
    ``ordered``: instances that this drain has not requested yet, whatever failed before it.
    """
    here, migrations, away, verdicts = {one.id: one for one in here}, list(migrations), away or {}, verdicts or {}
    left = by_instance(outgoing(migrations, host, order.started_at))
    came = by_instance(incoming(migrations, host, order.started_at))
    tried = {one: last for one, last in _tried_lately(migrations, host, now).items() if one not in ordered}
    holding = [
        one
        for one in newest(migrations)
        if still_open(one) and one.uuid not in verdicts and not cut_off(one, here.get(one.instance_id), now)
    ]
    earlier = {one.instance_id: one for one in holding if one.source == host}
    steps = [
        _here(one, order, _last(one.id, left, came) or tried.get(one.id), earlier.get(one.id), up, now)
        for one in here.values()
    ]
    steps += [step for one in left.keys() - here.keys() if (step := _gone(left[one][-1], away, verdicts, now))]
    steps += [_held(earlier[one]) for one in earlier.keys() - here.keys() - left.keys()]
    arriving = {one.instance_id for one in holding if one.source != host and moving(one)}
    return DrainRun(
        host,
        Direction.DRAIN,
        order.started_at,
        tuple(steps),
        listed_empty=not here and not holding,
        order=order,
        up=up,
        arriving=len(arriving - here.keys()),
        records=tuple(migrations),
        verdicts=verdicts,
    )


def _tried_lately(migrations: Iterable[Migration], host: str, now: datetime) -> dict[str, Migration]:
    """Return the last migration of each instance that recently failed to leave, by the instance's ID.

    The start of the drain does not matter here: with a wrong clock, the drain would otherwise retry forever.
    """
    return {one.instance_id: one for one in newest(migrations) if leaves(one, host) and ended_lately(one, now)}


def _last(instance_id: str, left: dict[str, list[Migration]], came: dict[str, list[Migration]]) -> Migration | None:
    """The newest of this run, unless the instance has come back after it."""
    if instance_id not in left:
        return None
    last, back = left[instance_id][-1], came.get(instance_id, [])
    return None if back and when(back[-1]) > when(last) else last


def _here(
    server: Server, order: DrainRequest, last: Migration | None, earlier: Migration | None, up: bool, now: datetime
) -> Step:
    way = move_method(server, order)
    if last and cut_off(last, server, now):
        return Step(server.id, Outcome.FAILED, "cut-off", server=server, migration=last, way=way)
    under_way = next((one for one in (last, earlier) if one and moving(one)), None)
    if under_way:
        outcome = Outcome.QUEUED if under_way.status in QUEUED else Outcome.RUNNING
        return Step(server.id, outcome, server=server, migration=under_way, way=way)
    if last and _is_still_listed(last, server, now):
        detail = last.destination or ""
        return Step(server.id, Outcome.FAILED, "still-here", detail, server=server, migration=last)
    if requested(server, now):
        # Taken on a moment ago, and not on record yet.
        return Step(server.id, Outcome.QUEUED, server=server, way=way)
    if last and server.vm_state != "resized":
        return _ended_here(server, last, way)
    if way.kind is None:
        return Step(server.id, Outcome.LEFT, way.obstacle, way.detail, server, way=way)
    if not up:
        return Step(server.id, Outcome.LEFT, "down", server=server, way=way)
    return Step(server.id, Outcome.TODO, server=server, way=way)


def _is_still_listed(last: Migration, server: Server, now: datetime) -> bool:
    """Return whether Nova still lists the instance on the host although its migration away is finished.

    For a moment between two answers of Nova, this is normal.
    """
    done = phase_of(last.status) in (Phase.DONE, Phase.CONFIRM) and last.status != "reverted"
    at_rest = server.task_state in (None, "migrating") and server.vm_state != "resized"
    return done and at_rest and unchanged_for(SETTLED, last, now)


def _ended_here(server: Server, last: Migration, way: MoveMethod) -> Step:
    """One that is over, of an instance that is on the host."""
    phase = phase_of(last.status)
    if phase is Phase.FAILED:
        return Step(server.id, Outcome.FAILED, "failed", server=server, migration=last, way=way)
    if phase is Phase.CANCELLED and is_unharmed(last, server):
        return Step(server.id, Outcome.FAILED, "aborted-in-error", server=server, migration=last, way=way)
    if phase is Phase.CANCELLED:
        return Step(server.id, Outcome.LEFT, "aborted", server=server, migration=last, way=way)
    if last.status == "reverted":
        return Step(server.id, Outcome.LEFT, "reverted", server=server, migration=last, way=way)
    # It left between two answers of Nova: the next look tells.  Never to be moved again for that.
    return Step(server.id, Outcome.RUNNING, server=server, migration=last, way=way)


def _gone(
    last: Migration, away: Mapping[str, Server | None], verdicts: Mapping[str, str], now: datetime
) -> Step | None:
    """None for one that was deleted, or moved by other ways, before it could leave."""
    phase = phase_of(last.status)
    if verdicts.get(last.uuid) == DELETED:
        return Step(last.instance_id, Outcome.MOVED, migration=last) if _has_left(last) else None
    if verdicts.get(last.uuid) == NO_CHANGE:
        return Step(last.instance_id, Outcome.LEFT, NO_CHANGE, migration=last)
    if cut_off(last, None, now):
        return None
    if phase.moving:
        return Step(last.instance_id, Outcome.RUNNING, migration=last)
    if phase is Phase.CONFIRM:
        return Step(last.instance_id, Outcome.CONFIRM, migration=last)
    if _has_left(last):
        return Step(last.instance_id, Outcome.MOVED, migration=last)
    if failed_live(last):
        return _broken_on_the_way(last, away)
    if phase is Phase.FAILED and last.type in COLD_TYPES:
        # It broke on its new host.
        return Step(last.instance_id, Outcome.FAILED, "failed-there", last.destination or "", migration=last)
    return None


def _has_left(last: Migration) -> bool:
    return phase_of(last.status) is Phase.DONE and last.status != "reverted"


def _broken_on_the_way(last: Migration, away: Mapping[str, Server | None]) -> Step | None:
    """Return the step of a failed live migration whose instance Nova no longer lists on the host.

    The migration may have failed after the guest had switched over.  None for a deleted instance.
    """
    if last.instance_id in away and away[last.instance_id] is None:
        return None
    there = away.get(last.instance_id)
    if there is None or there.host != last.destination:
        return Step(last.instance_id, Outcome.LEFT, "away", server=there, migration=last)
    if there.vm_state == "error" or there.task_state:
        return Step(last.instance_id, Outcome.FAILED, "failed-there", last.destination or "", there, last)
    # Somebody has repaired it.
    return Step(last.instance_id, Outcome.MOVED, server=there, migration=last)


def _held(migration: Migration) -> Step:
    """Of before the drain, or a resize: it needs the host still."""
    outcome = Outcome.CONFIRM if phase_of(migration.status) is Phase.CONFIRM else Outcome.RUNNING
    return Step(migration.instance_id, outcome, "earlier", migration=migration)
