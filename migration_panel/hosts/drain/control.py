# SPDX-License-Identifier: Apache-2.0
"""Reads a run anew and goes on with it: all that happens after the beginning."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel.api.hosts import Maintenance
from migration_panel.board.actions import ABORT
from migration_panel.exceptions import NoDrainFound
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.claims import ReturnState, store_return, stored_return
from migration_panel.hosts.drain.methods import NO_METHOD, MoveMethod, move_method
from migration_panel.hosts.drain.query import Reading, drain_in, ordered_now, read_host, read_return, since_of
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.drain.return_state import aborted_since, way_back
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.submit import SubmitResult, apply_result, next_batch, run_batch, submit, with_refusals
from migration_panel.proof import SignedOrder
from migration_panel.times import same_second

ACTIONS = ("retry", "reset-retry", "abort", "confirm", "resume")


async def read_run(
    nova: Maintenance, host: str, since: datetime | None = None, order: SignedOrder | None = None
) -> tuple[DrainRun, Reading]:
    """Return the run of a host.  Raise NoDrainFound if the host has no run.

    ``since``: the start of the drain that a return reverses; ``order``: the order that the caller has proof of.
    """
    begun = await sync_to_async(stored_return)(nova, host)
    reading = await read_host(nova, host, since or (begun.since if begun else None))
    if reading.order:
        run = drain_in(reading, reading.order, await sync_to_async(claims.ordered)(nova, host))
    elif not reading.service.enabled:
        raise NoDrainFound(reading.service.disabled_reason or "")
    else:
        run = await _return(nova, reading, since, begun, order)
    return await sync_to_async(with_refusals)(nova, run), reading


async def _return(
    nova: Maintenance,
    reading: Reading,
    since: datetime | None,
    begun: ReturnState | None,
    order: SignedOrder | None,
) -> DrainRun:
    """Return the return run.  Only the cache's entry or a proof shows that it was ordered, never the address."""
    found = since or (begun.since if begun else None) or since_of(reading)
    if found is None:
        raise NoDrainFound()
    entry = begun if begun and same_second(begun.since, found) else None
    proven = order if order and order.covers(Direction.RETURN.value, found) else None
    ordered_at = max((one.ordered_at for one in (entry, proven) if one), default=None)
    resumable = ordered_at is not None and not _stopped(reading, begun, entry, ordered_at)
    return await read_return(nova, reading, found, resumable=resumable, ordered_at=ordered_at)


def _stopped(reading: Reading, begun: ReturnState | None, entry: ReturnState | None, ordered_at: datetime) -> bool:
    """Return whether somebody stopped all returns to the host, or may have done so where the cache has no entry."""
    if begun and begun.stopped:
        return True
    return entry is None and aborted_since(reading.migrations, reading.service.host, ordered_at)


async def go_on(nova: Maintenance, run: DrainRun) -> tuple[DrainRun, SubmitResult]:
    """The next part of the work, if there is any that anybody may go on with."""
    result = await submit(nova, run, next_batch(run)) if run.can_continue else SubmitResult()
    return apply_result(run, result), result


async def perform_action(
    nova: Maintenance, run: DrainRun, reading: Reading, action: str
) -> tuple[DrainRun, SubmitResult]:
    """One of ACTIONS, on all instances of the run that it fits."""
    acts = {"retry": _retry, "reset-retry": _reset_retry, "abort": _abort, "confirm": _confirm, "resume": _resume}
    return await acts[action](nova, run, reading)


async def _retry(nova: Maintenance, run: DrainRun, reading: Reading) -> tuple[DrainRun, SubmitResult]:
    steps = tuple(replace(step, outcome=Outcome.TODO) if step.retryable else step for step in run.steps)
    again = replace(run, steps=steps)
    await sync_to_async(claims.forget)(nova, run.host, [step for step in run.steps if step.retryable])
    wanted = {step.instance_id for step in run.steps if step.retryable}
    result = await submit(nova, again, [step for step in next_batch(again) if step.instance_id in wanted])
    return apply_result(run, result), result


async def _reset_retry(nova: Maintenance, run: DrainRun, reading: Reading) -> tuple[DrainRun, SubmitResult]:
    """Reset the state of instances in Error whose guests are still running, then migrate them."""
    steps = resettable(nova, run)
    await sync_to_async(claims.forget)(nova, run.host, steps)
    ready = [replace(step, outcome=Outcome.TODO, way=way) for step in steps if (way := way_after_reset(run, step)).kind]
    result = await submit(nova, run, ready, partial(_each_reset, nova))
    return apply_result(run, result), result


def resettable(nova: Maintenance, run: DrainRun) -> list[Step]:
    """Return the steps whose state can be reset.

    Empty before Nova 27: the guest may run on the destination although Nova lists the instance on the source.
    """
    return [step for step in run.steps if step.resettable] if nova.host_follows and not run.restart_needed else []


def way_after_reset(run: DrainRun, step: Step) -> MoveMethod:
    """Return the method for an instance after its state is reset to active."""
    if step.server is None or step.migration is None:
        return NO_METHOD
    active = replace(step.server, vm_state="active", status="ACTIVE")
    if run.direction is Direction.RETURN:
        return way_back(active, step.migration)[0]
    return move_method(active, run.order) if run.order else NO_METHOD


async def _abort(nova: Maintenance, run: DrainRun, reading: Reading) -> tuple[DrainRun, SubmitResult]:
    """Nothing more is begun first, or the next would be asked for while the last is aborted."""
    await _write(nova, run, reading, run.ordered_at or ordered_now(reading), stopped=True)
    result = await run_batch(abortable(nova, run), partial(_each_abort, nova))
    order = replace(run.order, stopped=True) if run.order else None
    return replace(run, order=order, resumable=run.resumable and run.direction is Direction.DRAIN), result


async def _resume(nova: Maintenance, run: DrainRun, reading: Reading) -> tuple[DrainRun, SubmitResult]:
    ordered_at = ordered_now(reading)
    await _write(nova, run, reading, ordered_at, stopped=False)
    order = replace(run.order, stopped=False) if run.order else None
    return await go_on(nova, replace(run, order=order, resumable=True, ordered_at=ordered_at))


async def _confirm(nova: Maintenance, run: DrainRun, reading: Reading) -> tuple[DrainRun, SubmitResult]:
    return run, await run_batch([step for step in run.steps if step.confirmable], partial(_each_confirm, nova))


def abortable(nova: Maintenance, run: DrainRun) -> list[Step]:
    """Live ones; what is queued or preparing only from 2.65 on."""
    return [
        step
        for step in run.with_outcome(Outcome.RUNNING, Outcome.QUEUED)
        if step.migration
        and ABORT.fits(step.migration.type, step.migration.status)
        and (nova.can_abort_queued or step.migration.status == "running")
    ]


async def _write(nova: Maintenance, run: DrainRun, reading: Reading, ordered_at: datetime, *, stopped: bool) -> None:
    if run.direction is Direction.RETURN:
        await sync_to_async(store_return)(nova, run.host, ReturnState(run.started_at, ordered_at, stopped))
        return
    order: DrainRequest | None = reading.order
    if order and order.stopped != stopped:
        await asyncio.to_thread(nova.disable, reading.service, replace(order, stopped=stopped).to_reason())


def _each_abort(nova: Maintenance, step: Step) -> None:
    if step.migration:
        nova.abort(step.migration)


def _each_reset(nova: Maintenance, step: Step) -> None:
    if step.migration:
        nova.reset_to_active(step.migration)


def _each_confirm(nova: Maintenance, step: Step) -> None:
    if step.migration:
        nova.confirm(step.migration)
