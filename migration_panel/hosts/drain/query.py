# SPDX-License-Identifier: Apache-2.0
"""Read the state of a host and its run from Nova, with few calls and few waits."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel.api.base import Page
from migration_panel.api.concurrency import gather
from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.exceptions import CellDown, NotFound, TolerableError, Unfiltered
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.records import (
    DELETED,
    MAX_CLOCK_SKEW,
    in_doubt,
    missing_instances,
    newest,
    unfinished_evacuations,
    verdict,
    with_stale_completed,
)
from migration_panel.hosts.drain.request import DrainRequest, drain_in_progress
from migration_panel.hosts.drain.return_state import destinations, last_drain, return_of
from migration_panel.hosts.drain.run import DrainRun

# Instances and unconfirmed migrations of one page: Nova's own default ([api]max_limit).
PAGE = 1000
# Migrations of one page.
MIGRATIONS = 500
# Migrations in progress at the start of a drain are not older than this.
BEFORE = timedelta(days=1)
# Instances that one request looks up by ID: a restart cuts off the migrations that a host runs at once, by default one
# migration.
MAX_LOOKUPS = 10


@dataclass(frozen=True)
class HostReading:
    """What Nova reported about a host at one time."""

    service: ComputeHost
    servers: tuple[Server, ...]
    migrations: tuple[Migration, ...]
    # By Nova's clock.
    now: datetime
    # Instances that are not on the host and were looked up by ID; None for a deleted instance.
    looked_up: Mapping[str, Server | None] = field(default_factory=dict)
    # Codes of records.py by the UUID of the migration.
    verdicts: Mapping[str, str] = field(default_factory=dict)
    # Whether ``looked_up`` and ``verdicts`` were read: that needs the start of a drain.
    complete: bool = False

    @property
    def order(self) -> DrainRequest | None:
        """Return the drain in progress."""
        return drain_in_progress(self.service)


async def read_host(nova: Nova, host: str, since: datetime | None = None) -> HostReading:
    """Return what Nova reports about a host.

    Four calls at once, one more for each further page, and one call for each instance whose host is unknown.
    ``since``: the start of the drain, unless the disabled reason has it.  Raise NotFound for an unknown host, CellDown
    if Nova cannot reach its cell, and Unfiltered.
    """
    service, servers, page, unconfirmed = await gather(
        [
            partial(service_of, nova, host),
            partial(residents, nova, host),
            partial(nova.migrations_page, host=host, limit=MIGRATIONS),
            partial(nova.migrations_page, host=host, limit=PAGE, status="finished"),
        ]
    )
    order = drain_in_progress(service)
    since = order.started_at if order else since
    migrations = await asyncio.to_thread(back_to, nova, host, page, since) if since else page.records
    by_uuid = {migration.uuid: migration for migration in (*unconfirmed.records, *migrations)}
    check_filtered(host, by_uuid.values())
    reading = HostReading(service, tuple(servers), tuple(by_uuid.values()), nova.now())
    return _with_stale_completed(await _with_lookups(nova, reading, since) if since else reading)


def check_filtered(host: str, migrations: Iterable[Migration]) -> None:
    """Raise Unfiltered if Nova ignored the filter by host, or hides the host in its answer."""
    if any(host not in (migration.source, migration.destination) for migration in migrations):
        raise Unfiltered()


def _with_stale_completed(reading: HostReading) -> HostReading:
    servers = {server.id: server for server in (*reading.looked_up.values(), *reading.servers) if server}
    return replace(reading, migrations=tuple(with_stale_completed(reading.migrations, servers, reading.now)))


async def _with_lookups(nova: Nova, reading: HostReading, since: datetime) -> HostReading:
    """Return the reading with the instances looked up whose records are ambiguous.

    Verdicts about records that Nova never closes are stored, so that the next request looks up other instances.
    """
    host, records, now = reading.service.name, reading.migrations, reading.now
    listed = {server.id for server in reading.servers}
    stored = await sync_to_async(claims.verdicts)(nova, host, records)
    last = newest(records)
    closed = {migration.instance_id for migration in last if migration.uuid in stored}
    missing = [
        instance_id for instance_id in missing_instances(records, host, listed, since, now) if instance_id not in closed
    ]
    doubtful = [
        migration.instance_id
        for migration in in_doubt(records, host, listed, since, now)
        if migration.uuid not in stored
    ]
    wanted = list(dict.fromkeys([*missing, *doubtful]))[:MAX_LOOKUPS]
    if not wanted:
        return replace(reading, verdicts=stored, complete=True)
    looked_up = await look_up(nova, wanted)
    codes = {
        migration.uuid: verdict(migration, looked_up[migration.instance_id], now)
        for migration in last
        if migration.instance_id in looked_up
    }
    verdicts = stored | {uuid: code for uuid, code in codes.items() if code}
    if verdicts != stored:
        await sync_to_async(claims.store_verdicts)(nova, host, records, verdicts)
    return replace(reading, looked_up=looked_up, verdicts=verdicts, complete=True)


async def look_up(nova: Nova, instances: Iterable[str]) -> dict[str, Server | None]:
    """Return instances by ID, one call each; None for a deleted instance.

    An instance that cannot be read now is left out, so that it does not break the page.
    """
    answers = await gather([partial(_look_up_instance, nova, instance_id) for instance_id in instances])
    return {instance_id: server for answer in answers for instance_id, server in answer.items()}


def _look_up_instance(nova: Nova, instance_id: str) -> dict[str, Server | None]:
    try:
        return {instance_id: nova.server(instance_id)}
    except NotFound:
        # To a user who is not an administrator, Nova answers the same for an instance in another project.
        return {instance_id: None} if nova.access.is_admin else {}
    except TolerableError:
        return {}


def service_of(nova: Nova, host: str) -> ComputeHost:
    """Return the service of a host.  Raise NotFound for an unknown host, CellDown if Nova cannot reach its cell."""
    return find_service(host, nova.compute_hosts(host))


def find_service(host: str, services: Iterable[ComputeHost]) -> ComputeHost:
    """Return the service of a host.  Raise NotFound for an unknown host, CellDown if Nova cannot reach its cell."""
    service = next((service for service in services if service.name == host), None)
    if service is None:
        raise NotFound()
    if service.cell_down:
        raise CellDown(host)
    return service


def residents(nova: Nova, host: str) -> list[Server]:
    """Return all instances on the host.  Raise Unfiltered if the list has other instances, or hides their hosts.

    Nova ignores the filter by host for users who may not use it, and hides the host from other users.
    """
    read_page = partial(nova.servers_on, host, limit=PAGE)
    page = read_page()
    servers = list(page.records)
    while page.more and page.records:
        page = read_page(marker=page.records[-1].id)
        servers += page.records
    if any(server.host != host for server in servers):
        raise Unfiltered()
    return servers


def back_to(nova: Nova, host: str, page: Page[Migration], since: datetime) -> list[Migration]:
    """Return the migrations of the first page, and of the next pages back to a day before ``since``."""
    migrations = list(page.records)
    while page.more and page.records and _is_later(page.records[-1], since - BEFORE):
        page = nova.migrations_page(host=host, limit=MIGRATIONS, marker=page.records[-1].uuid)
        migrations += page.records
    return migrations


def _is_later(migration: Migration, moment: datetime) -> bool:
    return migration.created_at is None or migration.created_at >= moment


def drain_in(reading: HostReading, order: DrainRequest, ordered: Collection[str] = ()) -> DrainRun:
    """Return the state of a drain.  ``ordered``: IDs of instances that it has not requested yet."""
    return drain_of(
        reading.service.name,
        order,
        reading.servers,
        reading.migrations,
        now=reading.now,
        up=reading.service.up,
        looked_up=reading.looked_up,
        verdicts=reading.verdicts,
        ordered=ordered,
    )


async def read_return(
    nova: Nova,
    reading: HostReading,
    since: datetime,
    *,
    resumable: bool = True,
    ordered_at: datetime | None = None,
) -> DrainRun:
    """Return the state of a return: one more call, and one call for each host from which instances have to return."""
    host = reading.service.name
    if not reading.complete:
        reading = _with_stale_completed(await _with_lookups(nova, reading, since))
    hosts = sorted(destinations(reading.migrations, host, since))
    done, *lists = await gather(
        [partial(evacuations_done, nova, host), *(partial(residents, nova, other) for other in hosts)]
    )
    on_destinations = {server.id: server for servers in lists for server in servers}
    migrations = list({migration.uuid: migration for migration in (*done, *reading.migrations)}.values())
    existing = {*on_destinations, *(server.id for server in reading.servers)}
    verdicts = await with_deleted(nova, host, migrations, reading.verdicts, existing)
    return return_of(
        host,
        since,
        reading.servers,
        migrations,
        on_destinations,
        now=reading.now,
        up=reading.service.up,
        resumable=resumable,
        ordered_at=ordered_at,
        looked_up=reading.looked_up,
        verdicts=verdicts,
    )


def evacuations_done(nova: Nova, host: str) -> list[Migration]:
    """Return the evacuations from the host, of any age, that nova-compute there has not cleaned up yet."""
    migrations = nova.migrations_page(host=host, limit=PAGE, status="done", type="evacuation").records
    check_filtered(host, migrations)
    return [migration for migration in migrations if migration.source == host]


async def with_deleted(
    nova: Nova, host: str, migrations: Collection[Migration], known: Mapping[str, str], existing: Collection[str]
) -> dict[str, str]:
    """Return the verdicts with the evacuations of deleted instances added: these need no restart.

    Look up nothing if one of the evacuated instances is known to exist: that is enough to need a restart.
    ``existing``: IDs of instances.
    """
    verdicts = await sync_to_async(claims.verdicts)(nova, host, migrations) | dict(known)
    unfinished = unfinished_evacuations(migrations, host, verdicts)
    if not unfinished or any(migration.instance_id in existing for migration in unfinished):
        return verdicts
    wanted = list(dict.fromkeys(migration.instance_id for migration in unfinished))[:MAX_LOOKUPS]
    looked_up = await look_up(nova, wanted)
    gone = {instance_id for instance_id, server in looked_up.items() if server is None}
    deleted = {migration.uuid: DELETED for migration in unfinished if migration.instance_id in gone}
    if deleted:
        await sync_to_async(claims.store_verdicts)(nova, host, migrations, verdicts | deleted)
    return verdicts | deleted


def ordered_now(reading: HostReading) -> datetime:
    """Return the time of an order that is given now: not earlier than any migration that Nova lists already."""
    latest = max(
        (migration.created_at for migration in reading.migrations if migration.created_at), default=reading.now
    )
    return min(max(latest, reading.now), reading.now + MAX_CLOCK_SKEW)


def since_of(reading: HostReading) -> datetime | None:
    """Return the start of the last drain: from the disabled reason, else estimated from the departures."""
    return reading.order.started_at if reading.order else last_drain(reading.migrations, reading.service.name)
