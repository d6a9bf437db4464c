# SPDX-License-Identifier: Apache-2.0
"""Start a drain or a return: disable or enable the service, then request the first migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel.api.concurrency import gather
from migration_panel.api.drivers import can_live_migrate
from migration_panel.api.evacuated import evacuated_hosts
from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.exceptions import (
    NOT_RESTARTED,
    DrainRejected,
    HostAlreadyDisabled,
    HostDown,
    InvalidDrainRequest,
    MigrationPanelError,
    NotAllowed,
    NotMovable,
    RestartNeeded,
    RollbackFailed,
    TolerableError,
)
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.claims import ReturnState, drop_return, store_return
from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.forms import DrainOptions, check_request
from migration_panel.hosts.drain.query import (
    drain_in,
    find_service,
    ordered_now,
    read_host,
    read_return,
    residents,
    since_of,
)
from migration_panel.hosts.drain.request import DrainRequest, drain_in_progress, is_disabled_by_nova
from migration_panel.hosts.drain.run import DrainRun, Outcome
from migration_panel.hosts.drain.submit import apply_result, next_batch, submit
from migration_panel.hosts.drain.submit_result import SubmitResult
from migration_panel.hosts.drain.text import refusal_text
from migration_panel.preflight.fit_text import by_nova_text, driver_text


async def start_drain(nova: Nova, host: str, options: DrainOptions, author: str) -> tuple[DrainRun, SubmitResult]:
    """Start a drain of N instances: N + 4 calls.  A drain in progress continues with the new options.

    Raise MigrationPanelError, and leave the service as it was, if no migration was requested.
    """
    services, listed = await gather([nova.compute_hosts, partial(residents, nova, host)])
    service, now = find_service(host, services), nova.now().replace(microsecond=0)
    before = drain_in_progress(service)
    check_can_drain(service, before, replace=options.replace)
    options.check_list(listed)
    order = options.to_request(before.started_at if before else now, before.author if before else author, listed)
    await check_order(nova, order, host, services, listed)
    run = drain_in(await read_host(nova, host), order) if before else drain_of(host, order, listed, (), now=now)
    await asyncio.to_thread(nova.disable, service, order.to_reason())
    async with _restored_unless_submitted(nova, service, restore=True) as submitting:
        await sync_to_async(drop_return)(nova, host)
        steps = next_batch(run)
        submitting.set()
        result = await submit(nova, run, steps)
    if steps and not before and not result.accepted and (result.refused or result.error):
        await _undo(nova, service, result)
    run = apply_result(run, result)
    todo = [step.instance_id for step in run.with_outcome(Outcome.TODO)]
    await asyncio.to_thread(claims.store_pending, nova, host, todo)
    return run, result


async def start_return(
    nova: Nova, host: str, since: datetime | None, *, replace: bool
) -> tuple[DrainRun, SubmitResult]:
    """Enable the host and start the return.  ``since``: the start of the drain; None to find it out.

    Raise RestartNeeded if nova-compute would delete the instances that return.
    """
    reading = await read_host(nova, host, since)
    check_can_drain(reading.service, reading.order, replace=replace)
    since = since or since_of(reading) or reading.now.replace(microsecond=0)
    ordered_at = ordered_now(reading)
    # Before the host is enabled, so that nothing is done if Nova has no answer.
    run = await read_return(nova, reading, since, ordered_at=ordered_at)
    if run.restart_needed:
        raise RestartNeeded()
    if not reading.service.enabled:
        await asyncio.to_thread(nova.enable, reading.service)
    async with _restored_unless_submitted(nova, reading.service, restore=not reading.service.enabled) as submitting:
        await sync_to_async(store_return)(nova, host, ReturnState(since, ordered_at))
        steps = next_batch(run)
        submitting.set()
        result = await submit(nova, run, steps)
    return apply_result(run, result), result


def check_can_drain(service: ComputeHost, order: DrainRequest | None, *, replace: bool) -> None:
    """Raise HostAlreadyDisabled to keep the reason of another user or tool, and HostDown if nothing can move anyway.

    Raise NotMovable, even with ``replace``, if nova-compute disabled its own service: each migration would fail, and
    with another reason nova-compute would not enable the service again when libvirt answers.
    """
    if not service.up:
        raise HostDown()
    if is_disabled_by_nova(service):
        raise NotMovable(by_nova_text(service.name))
    if not service.enabled and order is None and not replace:
        raise HostAlreadyDisabled(service.disabled_reason or "")


async def check_order(
    nova: Nova, order: DrainRequest, host: str, services: Iterable[ComputeHost], listed: Sequence[Server]
) -> None:
    """Raise InvalidDrainRequest for a destination that cannot be used, NotMovable if the driver cannot migrate."""
    check_request(order, host, services)
    evacuated = await asyncio.to_thread(was_evacuated, nova, order.destination) if order.destination else False
    if evacuated:
        raise InvalidDrainRequest(NOT_RESTARTED % {"host": order.destination})
    await asyncio.to_thread(check_driver, nova, host, listed)


def was_evacuated(nova: Nova, host: str) -> bool:
    """Return whether nova-compute on the host would delete instances at its next start.

    False for a user who may not list evacuations.  Raise ServiceUnavailable if Nova does not answer.  One call, at most
    once a minute; see ``evacuated_hosts``.
    """
    try:
        return bool(evacuated_hosts(nova).get(host))
    except NotAllowed:
        return False


def check_driver(nova: Nova, host: str, listed: Iterable[Server]) -> None:
    """Raise NotMovable if the host's driver cannot live-migrate: Nova would accept each request, and all would fail.

    One call, by the node of one instance: all nodes of a compute service have the same driver.
    """
    node = next((server.node for server in listed if server.node), None)
    if node is None:
        return
    try:
        hypervisors = nova.hypervisors_like(node)
    except TolerableError:
        # The type is unknown; Nova decides.
        return
    for hypervisor in hypervisors:
        if hypervisor.host == host and not can_live_migrate(hypervisor.type):
            raise NotMovable(driver_text(host, hypervisor.type or ""))


@asynccontextmanager
async def _restored_unless_submitted(
    nova: Nova, service: ComputeHost, *, restore: bool
) -> AsyncIterator[asyncio.Event]:
    """Restore the service if anything fails before the event is set: no migration was requested by then."""
    submitting = asyncio.Event()
    try:
        yield submitting
    finally:
        if restore and not submitting.is_set():
            await asyncio.to_thread(_restore, nova, service)


async def _undo(nova: Nova, service: ComputeHost, result: SubmitResult) -> None:
    """Restore the service, and raise the error because of which no migration started."""
    refusal = next(iter(result.refused.values()), None)
    reason = refusal_text(refusal) if refusal else ""
    try:
        await asyncio.to_thread(_restore, nova, service)
    except MigrationPanelError as error:
        raise RollbackFailed(reason or error.reason) from error
    raise result.error or DrainRejected(reason)


def _restore(nova: Nova, service: ComputeHost) -> None:
    if service.enabled:
        nova.enable(service)
    elif service.disabled_reason:
        nova.disable(service, service.disabled_reason)
    else:
        nova.disable_silently(service)
