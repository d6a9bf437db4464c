# SPDX-License-Identifier: Apache-2.0
"""Request the migrations of a run from Nova: each instance once, and within a short time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from migration_panel.api.concurrency import gather_paced
from migration_panel.api.nova import Nova
from migration_panel.conf import get_config
from migration_panel.deadline import current
from migration_panel.exceptions import MigrationPanelError, NotAllowed, NotFound, NothingToReset, RequestRejected
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.submit_result import Refusal, SubmitResult
from migration_panel.migrate.sent import store_sent_requests
from migration_panel.migration_types import COLD, LIVE, Kind

# No call starts after this time, s, so that a request ends soon; the page continues with the next request.
TIME_LIMIT = 2.0
# Part of a request's remaining time during which an action may start calls: no script repeats an action.  The rest is
# for the calls in progress and the answer.
PART_FOR_ACTION = 0.5
# No call of an action starts with less time left, s: Nova could carry it out after the panel has stopped waiting.
TIME_FOR_LAST_CALL = 1.0
# Maximum number of calls at once: the number of processes of a small Nova's API.
AT_ONCE = 8


@dataclass(frozen=True)
class SentMigration:
    """A migration that Nova accepted, and Nova's ID of the request."""

    kind: Kind
    instance_id: str
    request_id: str


def next_batch(run: DrainRun) -> list[Step]:
    """Return the steps to request now: all live migrations, and as many cold migrations as the wave has room for."""
    todo = run.with_outcome(Outcome.TODO)
    live = [step for step in todo if step.method.kind and step.method.kind.live]
    cold = [step for step in todo if step.method.kind and not step.method.kind.live]
    in_progress = sum(step.cold for step in run.with_outcome(Outcome.RUNNING, Outcome.QUEUED))
    return live + cold[: max(0, get_config().cold_wave - in_progress)]


async def submit(
    nova: Nova,
    run: DrainRun,
    steps: Sequence[Step],
    first: Callable[[Step], object] | None = None,
) -> SubmitResult:
    """Request one migration for each instance, never two: another request that saw the same state finds a claim.

    ``first``: what to do to an instance before its migration is requested.
    """
    claimed = await asyncio.to_thread(claims.claim, nova, run.host, steps)
    if claimed is None:
        return SubmitResult(untried=list(steps))
    sent: list[SentMigration] = []

    def call(step: Step) -> None:
        if first:
            first(step)
        if migration := _request_migration(nova, run, step):
            sent.append(migration)

    result = await run_batch(claimed, call)
    result.skipped |= {step.instance_id for step in steps} - {step.instance_id for step in claimed}
    await asyncio.to_thread(_store_sent, nova, sent)
    refused = {
        claims.state_key(step): result.refused[step.instance_id]
        for step in claimed
        if step.instance_id in result.refused
    }
    await asyncio.to_thread(claims.store_refusals, nova, run.host, refused)
    accepted = [step for step in claimed if step.instance_id in result.accepted]
    await asyncio.to_thread(claims.remove_refusals, nova, run.host, accepted)
    # The state of an accepted instance changes, but a user may retry a refused instance in the same state.
    free = [*result.untried, *(step for step in claimed if step.instance_id in result.refused)]
    await asyncio.to_thread(claims.release, nova, run.host, free)
    untried = {step.instance_id for step in result.untried}
    tried = [step for step in claimed if step.instance_id not in untried]
    await asyncio.to_thread(claims.remove_pending, nova, run.host, tried)
    return result


def action_time() -> float:
    """Return for how long an action may start calls, s.  Migrations have TIME_LIMIT, because their claims expire."""
    deadline = current()
    if deadline is None:
        return TIME_LIMIT
    left = deadline.left()
    return min(max(TIME_LIMIT, PART_FOR_ACTION * left), max(0.0, left - TIME_FOR_LAST_CALL))


async def run_batch(
    steps: Sequence[Step], call: Callable[[Step], object], seconds: float | None = None
) -> SubmitResult:
    """Call for each step, several at once, until all are done, the time is over, or Nova does not answer.

    ``seconds``: for how long calls may start; by default TIME_LIMIT.
    """
    result, end = SubmitResult(), time.monotonic() + (TIME_LIMIT if seconds is None else seconds)

    def attempt(step: Step) -> None:
        try:
            call(step)
            result.accepted.add(step.instance_id)
        except NothingToReset:
            result.skipped.add(step.instance_id)
        except (RequestRejected, NotAllowed, NotFound) as error:
            if not _is_in_progress(error):
                result.refused[step.instance_id] = Refusal.of(error)
        except MigrationPanelError as error:
            result.error = error

    def has_time() -> bool:
        return result.error is None and time.monotonic() < end

    most = min(AT_ONCE, get_config().concurrency)
    started = await gather_paced([partial(attempt, step) for step in steps], most=most, going=has_time)
    result.untried = list(steps[len(started) :])
    return result


def with_refusals(nova: Nova, run: DrainRun) -> DrainRun:
    """Return the run with Nova's refusals for instances that have not changed since: Nova does not record these."""
    refusals = claims.refusals(nova, run.host)
    todo = {step.instance_id: claims.state_key(step) for step in run.with_outcome(Outcome.TODO)}
    refused = {instance_id: refusals[key] for instance_id, key in todo.items() if key in refusals}
    return apply_result(run, SubmitResult(refused=refused))


def apply_result(run: DrainRun, result: SubmitResult) -> DrainRun:
    """Return the run after a batch, without another call to Nova."""
    return replace(run, steps=tuple(_after(step, result) for step in run.steps))


def _after(step: Step, result: SubmitResult) -> Step:
    if step.instance_id in result.accepted:
        return replace(step, outcome=Outcome.QUEUED, code="", detail="")
    if step.instance_id in result.refused:
        refusal = result.refused[step.instance_id]
        return replace(step, outcome=Outcome.FAILED, code=refusal.code, detail=refusal.detail)
    return step


def _request_migration(nova: Nova, run: DrainRun, step: Step) -> SentMigration | None:
    """Request a migration or a revert.  Return the migration if its type is known."""
    is_return = run.direction is Direction.RETURN
    if step.revert and step.migration:
        nova.revert(step.migration)
        return None
    if step.method.kind and step.method.kind.live:
        destination = run.host if is_return else (run.order.destination if run.order else "")
        block = is_return or bool(run.order and run.order.block)
        request_id = nova.live_migrate(step.instance_id, host=destination or None, block="auto" if block else False)
        # With "auto", Nova's driver decides whether the disk is copied.
        return None if block else SentMigration(LIVE, step.instance_id, request_id)
    request_id = nova.migrate(step.instance_id, host=run.host if is_return else None)
    return SentMigration(COLD, step.instance_id, request_id)


def _store_sent(nova: Nova, sent: Sequence[SentMigration]) -> None:
    for kind in (LIVE, COLD):
        pairs = [(migration.instance_id, migration.request_id) for migration in sent if migration.kind == kind]
        store_sent_requests(nova, kind, pairs)


def _is_in_progress(error: MigrationPanelError) -> bool:
    """Return whether Nova refused because the instance has a task already: another request was faster."""
    # nova/exception.py, InstanceInvalidState.
    return isinstance(error, RequestRejected) and "task_state" in str(error.reason)
