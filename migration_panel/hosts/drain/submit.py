# SPDX-License-Identifier: Apache-2.0
"""Asks Nova for what a run has to do: each instance once, and never for long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from migration_panel.api.concurrency import gather_paced
from migration_panel.api.nova import Nova
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, NotAllowed, NotFound, RequestRejected
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step

# No call is begun after so many seconds, so that a request ends soon; the page goes on with the next.
TIME_LIMIT = 2.0
# As many as the processes of a small Nova's API.
AT_ONCE = 8


@dataclass
class SubmitResult:
    """What came of it, by the instance's ID."""

    accepted: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    # What ended it before its time: a lost session, or no Nova.
    error: MigrationPanelError | None = None
    # What there was no time for.
    untried: list[Step] = field(default_factory=list)


def next_batch(run: DrainRun) -> list[Step]:
    """What to ask for now: all that goes live, and of the rest as many as there is room for in the wave."""
    todo = run.with_outcome(Outcome.TODO)
    live = [step for step in todo if step.way.kind and step.way.kind.live]
    cold = [step for step in todo if step.way.kind and not step.way.kind.live]
    under_way = sum(step.cold for step in run.with_outcome(Outcome.RUNNING, Outcome.QUEUED))
    return live + cold[: max(0, get_config().cold_wave - under_way)]


async def submit(
    nova: Nova, run: DrainRun, steps: Sequence[Step], first: Callable[[Step], Any] | None = None
) -> SubmitResult:
    """Request one migration for each instance, never two: another request that saw the same state finds a claim.

    ``first``: what to do to an instance before its migration is requested.
    """
    claimed = await asyncio.to_thread(claims.claim, nova, run.host, steps)

    def ask(step: Step) -> None:
        if first:
            first(step)
        _ask(nova, run, step)

    result = await run_batch(claimed, ask)
    refused = {
        claims.seen(one): result.refused[one.instance_id] for one in claimed if one.instance_id in result.refused
    }
    await asyncio.to_thread(claims.refuse, nova, run.host, refused)
    await asyncio.to_thread(claims.release, nova, run.host, result.untried)
    untried = {one.instance_id for one in result.untried}
    tried = [one for one in claimed if one.instance_id not in untried]
    await asyncio.to_thread(claims.requested, nova, run.host, tried)
    return result


async def run_batch(steps: Sequence[Step], call: Callable[[Step], Any]) -> SubmitResult:
    """Some at once, until all are done, the time is over, or Nova is not to be had."""
    result, end = SubmitResult(), time.monotonic() + TIME_LIMIT

    def ask(step: Step) -> None:
        try:
            call(step)
            result.accepted.add(step.instance_id)
        except (RequestRejected, NotAllowed, NotFound) as error:
            if not _under_way(error):
                result.refused[step.instance_id] = error.reason or str(error.headline)
        except MigrationPanelError as error:
            result.error = error

    def going() -> bool:
        return result.error is None and time.monotonic() < end

    most = min(AT_ONCE, get_config().concurrency)
    begun = await gather_paced([partial(ask, step) for step in steps], most=most, going=going)
    result.untried = list(steps[len(begun) :])
    return result


def with_refusals(nova: Nova, run: DrainRun) -> DrainRun:
    """With what Nova said to instances that have not changed since: it keeps that nowhere."""
    told = claims.refusals(nova, run.host)
    todo = {step.instance_id: claims.seen(step) for step in run.with_outcome(Outcome.TODO)}
    return apply_result(run, SubmitResult(refused={one: told[state] for one, state in todo.items() if state in told}))


def apply_result(run: DrainRun, result: SubmitResult) -> DrainRun:
    """How the run stands now, without asking Nova again."""
    return replace(run, steps=tuple(_after(step, result) for step in run.steps))


def _after(step: Step, result: SubmitResult) -> Step:
    if step.instance_id in result.accepted:
        return replace(step, outcome=Outcome.QUEUED, code="", detail="")
    if step.instance_id in result.refused:
        return replace(step, outcome=Outcome.FAILED, code="refused", detail=result.refused[step.instance_id])
    return step


def _ask(nova: Nova, run: DrainRun, step: Step) -> None:
    back = run.direction is Direction.RETURN
    if step.revert and step.migration:
        nova.revert(step.migration)
    elif step.way.kind and step.way.kind.live:
        to = run.host if back else (run.order.destination if run.order else "")
        block = back or bool(run.order and run.order.block)
        nova.live_migrate(step.instance_id, host=to or None, block="auto" if block else False)
    else:
        nova.migrate(step.instance_id, host=run.host if back else None)


def _under_way(error: MigrationPanelError) -> bool:
    """Somebody else was quicker (nova/exception.py, InstanceInvalidState): no failure."""
    return isinstance(error, RequestRejected) and "task_state" in error.reason
