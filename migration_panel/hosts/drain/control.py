# SPDX-License-Identifier: Apache-2.0
"""Read a run that was started, continue it, and carry out the actions of its page."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel.api.nova import Nova
from migration_panel.board.actions import ABORT
from migration_panel.board.failure import is_unharmed
from migration_panel.exceptions import NoDrainFound, NothingToReset
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.claims import ReturnState, store_return, stored_return
from migration_panel.hosts.drain.methods import NO_METHOD, MoveMethod, move_method
from migration_panel.hosts.drain.query import HostReading, drain_in, ordered_now, read_host, read_return, since_of
from migration_panel.hosts.drain.records import aborted_since
from migration_panel.hosts.drain.return_state import return_method
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.submit import (
    action_time,
    apply_result,
    next_batch,
    run_batch,
    submit,
    with_refusals,
)
from migration_panel.hosts.drain.submit_result import SubmitResult
from migration_panel.proof import SignedOrder
from migration_panel.times import same_second

ACTIONS = ("retry", "reset-retry", "abort", "confirm", "resume")


async def read_run(
    nova: Nova, host: str, since: datetime | None = None, order: SignedOrder | None = None
) -> tuple[DrainRun, HostReading]:
    """Return the run of a host.  Raise NoDrainFound if the host has no run.

    ``since``: the start of the drain that a return reverses; ``order``: the order that the user has proof of.
    """
    stored = await sync_to_async(stored_return)(nova, host)
    reading = await read_host(nova, host, since or (stored.since if stored else None))
    if reading.order:
        run = drain_in(reading, reading.order, await sync_to_async(claims.pending)(nova, host))
    elif not reading.service.enabled:
        raise NoDrainFound(reading.service.disabled_reason or "")
    else:
        run = await _read_return(nova, reading, since, stored, order)
    return await sync_to_async(with_refusals)(nova, run), reading


async def _read_return(
    nova: Nova,
    reading: HostReading,
    since: datetime | None,
    stored: ReturnState | None,
    order: SignedOrder | None,
) -> DrainRun:
    """Return the return run.  Only the cache's entry or a proof shows that it was ordered, never the address."""
    start = since or (stored.since if stored else None) or since_of(reading)
    if start is None:
        raise NoDrainFound()
    entry = stored if stored and same_second(stored.since, start) else None
    proven = order if order and order.covers(Direction.RETURN.value, start) else None
    ordered_at = max((source.ordered_at for source in (entry, proven) if source), default=None)
    stopped = bool(stored and stored.stopped)
    if ordered_at and not entry:
        # Without an entry in the cache, an abort may have been a stop of all returns to the host.
        stopped = stopped or aborted_since(reading.migrations, reading.service.name, ordered_at)
    resumable = ordered_at is not None and not stopped
    return await read_return(nova, reading, start, resumable=resumable, ordered_at=ordered_at)


async def continue_run(nova: Nova, run: DrainRun) -> tuple[DrainRun, SubmitResult]:
    """Request the next migrations, if the page of any user may continue the run."""
    result = await submit(nova, run, next_batch(run)) if run.can_continue else SubmitResult()
    return apply_result(run, result), result


async def perform_action(nova: Nova, run: DrainRun, reading: HostReading, action: str) -> tuple[DrainRun, SubmitResult]:
    """Carry out one of ACTIONS on all instances of the run that it applies to."""
    actions = {"retry": _retry, "reset-retry": _reset_retry, "abort": _abort, "confirm": _confirm, "resume": _resume}
    return await actions[action](nova, run, reading)


async def _retry(nova: Nova, run: DrainRun, reading: HostReading) -> tuple[DrainRun, SubmitResult]:
    retryable = [step for step in run.steps if step.retryable]
    # Exclude instances that are not requested yet: they would fill the wave of cold migrations.
    others = [step for step in run.steps if not step.retryable and step.outcome is not Outcome.TODO]
    again = [replace(step, outcome=Outcome.TODO) for step in retryable]
    batch = next_batch(replace(run, steps=(*others, *again)))
    result = await submit(nova, run, batch)
    requested = {step.instance_id for step in batch}
    result.waiting = [step for step in retryable if step.instance_id not in requested]
    return apply_result(run, result), result


async def _reset_retry(nova: Nova, run: DrainRun, reading: HostReading) -> tuple[DrainRun, SubmitResult]:
    """Reset the state of instances in Error whose guests are still running, then migrate them."""
    steps = resettable(nova, run)
    ready = [
        replace(step, outcome=Outcome.TODO, method=method)
        for step in steps
        if (method := method_after_reset(run, step)).kind
    ]
    result = await submit(nova, run, ready, partial(_reset_instance, nova))
    return apply_result(run, result), result


def resettable(nova: Nova, run: DrainRun) -> list[Step]:
    """Return the steps whose state can be reset.

    Empty before Nova 27: the guest may run on the destination although Nova lists the instance on the source.
    """
    return [step for step in run.steps if step.resettable] if nova.host_follows and not run.restart_needed else []


def method_after_reset(run: DrainRun, step: Step) -> MoveMethod:
    """Return the method for an instance after its state is reset to active."""
    if step.server is None or step.migration is None:
        return NO_METHOD
    active = replace(step.server, vm_state="active", status="ACTIVE")
    if run.direction is Direction.RETURN:
        return return_method(active, step.migration)[0]
    return move_method(active, run.order) if run.order else NO_METHOD


async def _abort(nova: Nova, run: DrainRun, reading: HostReading) -> tuple[DrainRun, SubmitResult]:
    """Store the stop first: otherwise another page could request the next migrations during the aborts."""
    await _store_state(nova, run, reading, run.ordered_at or ordered_now(reading), stopped=True)
    result = await run_batch(abortable(nova, run), partial(_abort_instance, nova), action_time())
    order = replace(run.order, stopped=True) if run.order else None
    return replace(run, order=order, resumable=run.resumable and run.direction is Direction.DRAIN), result


async def _resume(nova: Nova, run: DrainRun, reading: HostReading) -> tuple[DrainRun, SubmitResult]:
    ordered_at = ordered_now(reading)
    await _store_state(nova, run, reading, ordered_at, stopped=False)
    order = replace(run.order, stopped=False) if run.order else None
    return await continue_run(nova, replace(run, order=order, resumable=True, ordered_at=ordered_at))


async def _confirm(nova: Nova, run: DrainRun, reading: HostReading) -> tuple[DrainRun, SubmitResult]:
    confirmable = [step for step in run.steps if step.confirmable]
    return run, await run_batch(confirmable, partial(_confirm_instance, nova), action_time())


def abortable(nova: Nova, run: DrainRun) -> list[Step]:
    """Return the steps whose live migration can be aborted; before microversion 2.65, only while it is running."""
    return [
        step
        for step in run.with_outcome(Outcome.RUNNING, Outcome.QUEUED)
        if step.migration
        and ABORT.applies_to(step.migration.type, step.migration.status)
        and (nova.can_abort_queued or step.migration.status == "running")
    ]


async def _store_state(nova: Nova, run: DrainRun, reading: HostReading, ordered_at: datetime, *, stopped: bool) -> None:
    """Store whether the run is stopped: a return in the cache, a drain in the disabled reason."""
    if run.direction is Direction.RETURN:
        await sync_to_async(store_return)(nova, run.host, ReturnState(run.started_at, ordered_at, stopped))
    elif reading.order and reading.order.stopped != stopped:
        reason = replace(reading.order, stopped=stopped).to_reason()
        await asyncio.to_thread(nova.disable, reading.service, reason)


def _abort_instance(nova: Nova, step: Step) -> None:
    if step.migration:
        nova.abort(step.migration)


def _reset_instance(nova: Nova, step: Step) -> None:
    """Reset the state.  Raise NothingToReset if it has changed: Nova would also end the task of a migration."""
    server = nova.server(step.instance_id)
    if step.migration is None or server.task_state is not None or not is_unharmed(step.migration, server):
        raise NothingToReset()
    nova.reset_to_active(step.migration)


def _confirm_instance(nova: Nova, step: Step) -> None:
    if step.migration:
        nova.confirm(step.migration)
