# SPDX-License-Identifier: Apache-2.0
"""Reads what a run is made of from Nova, in as few calls and waits as can be."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel.api.base import Page
from migration_panel.api.concurrency import gather
from migration_panel.api.host_models import Service
from migration_panel.api.hosts import Maintenance
from migration_panel.api.models import Migration, Server
from migration_panel.exceptions import CellDown, NotAllowed, NotFound, RequestRejected, ServiceUnavailable, Unfiltered
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.records import CLOCKS, newest
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.drain.return_state import last_drain, places, return_of
from migration_panel.hosts.drain.run import DrainRun
from migration_panel.hosts.drain.stale_records import (
    DELETED,
    in_doubt,
    missing_instances,
    unfinished_evacuations,
    verdict,
    with_stale_completed,
)

# Nova's own default ([api]max_limit).
PAGE = 1000
MIGRATIONS = 500
# What was under way before a drain began is not older than that.
BEFORE = timedelta(days=1)
# Instances that one request looks up by ID: a restart cuts off as many as a host migrates at once, by default one.
SOUGHT = 10


@dataclass(frozen=True)
class Reading:
    """One look at a host."""

    service: Service
    here: tuple[Server, ...]
    migrations: tuple[Migration, ...]
    # By Nova's clock.
    now: datetime
    # Instances that are not on the host and were looked up by ID; None for a deleted instance.
    away: Mapping[str, Server | None] = field(default_factory=dict)
    # Codes of unclosed.py by the UUID of the migration.
    verdicts: Mapping[str, str] = field(default_factory=dict)
    # Whether instances were looked up: this needs a start time.
    looked_up: bool = False

    @property
    def order(self) -> DrainRequest | None:
        """Of a drain that is under way."""
        return None if self.service.enabled else DrainRequest.parse(self.service.disabled_reason)


async def read_host(nova: Maintenance, host: str, since: datetime | None = None) -> Reading:
    """Four calls at once, one more for each further page, and for each instance that left without Nova's noting it.

    Raise NotFound for an unknown host, CellDown if Nova cannot reach its cell, and Unfiltered.
    """
    service, here, newest, unconfirmed = await gather(
        [
            partial(service_of, nova, host),
            partial(residents, nova, host),
            partial(nova.migrations_at, host, limit=MIGRATIONS),
            partial(nova.migrations_at, host, limit=PAGE, status="finished"),
        ]
    )
    order = None if service.enabled else DrainRequest.parse(service.disabled_reason)
    since = order.started_at if order else since
    migrations = await asyncio.to_thread(back_to, nova, host, newest, since) if since else newest.records
    found = {one.uuid: one for one in (*unconfirmed.records, *migrations)}
    require_filtered(host, found.values())
    reading = Reading(service, tuple(here), tuple(found.values()), nova.now())
    return _as_they_ended(await _with_lookups(nova, reading, since) if since else reading)


def require_filtered(host: str, migrations: Iterable[Migration]) -> None:
    """Raise Unfiltered if Nova ignored the filter by host, or hides the host in its answer."""
    if any(host not in (one.source, one.destination) for one in migrations):
        raise Unfiltered()


def _as_they_ended(reading: Reading) -> Reading:
    servers = {one.id: one for one in (*reading.away.values(), *reading.here) if one}
    return replace(reading, migrations=tuple(with_stale_completed(reading.migrations, servers, reading.now)))


async def _with_lookups(nova: Maintenance, reading: Reading, since: datetime) -> Reading:
    """Return the reading with the instances looked up whose records are ambiguous.

    Verdicts about records that will never be closed are stored, so that the next request looks up other instances.
    """
    host, here = reading.service.host, {one.id for one in reading.here}
    known = await sync_to_async(claims.verdicts)(nova, host, reading.migrations)
    doubtful = [one for one in in_doubt(reading.migrations, host, here, since, reading.now) if one.uuid not in known]
    closed = {one.instance_id for one in newest(reading.migrations) if one.uuid in known}
    missing = [
        one for one in missing_instances(reading.migrations, host, here, since, reading.now) if one not in closed
    ]
    wanted = list(dict.fromkeys([*missing, *(one.instance_id for one in doubtful)]))[:SOUGHT]
    if not wanted:
        return replace(reading, verdicts=known, looked_up=True)
    away = await look_up(nova, wanted)
    concerned = [one for one in newest(reading.migrations) if one.instance_id in away]
    codes = {one.uuid: verdict(one, away[one.instance_id], reading.now) for one in concerned}
    found = known | {uuid: code for uuid, code in codes.items() if code}
    if found != known:
        await sync_to_async(claims.store_verdicts)(nova, host, reading.migrations, found)
    return replace(reading, away=away, verdicts=found, looked_up=True)


async def look_up(nova: Maintenance, instances: Iterable[str]) -> dict[str, Server | None]:
    """Return instances by ID, one call each; None for a deleted instance.

    An instance that cannot be read now is left out, so that it does not break the page.
    """
    answers = await gather([partial(_looked_up, nova, one) for one in instances])
    return {one: server for found in answers for one, server in found.items()}


def _looked_up(nova: Maintenance, instance_id: str) -> dict[str, Server | None]:
    try:
        return {instance_id: nova.server(instance_id)}
    except NotFound:
        # To a user who is not an administrator, Nova answers the same for an instance in another project.
        return {instance_id: None} if nova.access.is_admin else {}
    except (NotAllowed, RequestRejected, ServiceUnavailable):
        return {}


def service_of(nova: Maintenance, host: str) -> Service:
    found = [one for one in nova.compute_services(host) if one.host == host]
    if not found:
        raise NotFound()
    if found[0].cell_down:
        raise CellDown(host)
    return found[0]


def residents(nova: Maintenance, host: str) -> list[Server]:
    """Return all instances on the host.  Raise Unfiltered if the list has other instances, or hides their hosts.

    Nova ignores the filter by host for users who may not use it, and hides the host from other users.
    """
    ask = partial(nova.servers_on, host, limit=PAGE)
    page = ask()
    found = list(page.records)
    while page.more and page.records:
        page = ask(marker=page.records[-1].id)
        found += page.records
    if any(one.host != host for one in found):
        raise Unfiltered()
    return found


def back_to(nova: Maintenance, host: str, page: Page[Migration], since: datetime) -> list[Migration]:
    """Those of the first page, and of the following ones back to a day before ``since``."""
    found = list(page.records)
    while page.more and page.records and _later(page.records[-1], since - BEFORE):
        page = nova.migrations_at(host, limit=MIGRATIONS, marker=page.records[-1].uuid)
        found += page.records
    return found


def _later(migration: Migration, moment: datetime) -> bool:
    return migration.created_at is None or migration.created_at >= moment


def drain_in(reading: Reading, order: DrainRequest, ordered: Collection[str] = ()) -> DrainRun:
    service = reading.service
    given = {"away": reading.away, "verdicts": reading.verdicts, "ordered": ordered}
    return drain_of(service.host, order, reading.here, reading.migrations, now=reading.now, up=service.up, **given)


async def read_return(
    nova: Maintenance, reading: Reading, since: datetime, *, resumable: bool = True, ordered_at: datetime | None = None
) -> DrainRun:
    """Return the state of a return: one more call, and one for each host that instances wait on."""
    host = reading.service.host
    if not reading.looked_up:
        reading = _as_they_ended(await _with_lookups(nova, reading, since))
    waiting = sorted(places(reading.migrations, host, since))
    done, *lists = await gather(
        [partial(evacuations_done, nova, host), *(partial(residents, nova, place) for place in waiting)]
    )
    there = {server.id: server for servers in lists for server in servers}
    migrations = list({one.uuid: one for one in (*done, *reading.migrations)}.values())
    verdicts = await without_deleted(nova, host, migrations, reading.verdicts, {*there, *map(_id, reading.here)})
    return return_of(
        host,
        since,
        reading.here,
        migrations,
        there,
        now=reading.now,
        up=reading.service.up,
        resumable=resumable,
        ordered_at=ordered_at,
        away=reading.away,
        verdicts=verdicts,
    )


def _id(server: Server) -> str:
    return server.id


def evacuations_done(nova: Maintenance, host: str) -> list[Migration]:
    """Return the evacuations from the host, of any age, that nova-compute there has not cleaned up yet."""
    found = nova.migrations_at(host, limit=PAGE, status="done", type="evacuation").records
    require_filtered(host, found)
    return [one for one in found if one.source == host]


async def without_deleted(
    nova: Maintenance, host: str, migrations: Iterable[Migration], known: Mapping[str, str], alive: Collection[str]
) -> dict[str, str]:
    """Return the verdicts with the evacuations of deleted instances added: these need no restart.

    Look up nothing if one of the evacuated instances is known to exist: that is enough to need a restart.
    """
    records = list(migrations)
    verdicts = await sync_to_async(claims.verdicts)(nova, host, records) | dict(known)
    unfinished = unfinished_evacuations(records, host, verdicts)
    if not unfinished or any(one.instance_id in alive for one in unfinished):
        return verdicts
    away = await look_up(nova, list(dict.fromkeys(one.instance_id for one in unfinished))[:SOUGHT])
    deleted = {one.uuid: DELETED for one in unfinished if one.instance_id in away and away[one.instance_id] is None}
    if deleted:
        await sync_to_async(claims.store_verdicts)(nova, host, records, verdicts | deleted)
    return verdicts | deleted


def ordered_now(reading: Reading) -> datetime:
    """Return the time of an order that is given now: not earlier than any migration that Nova lists already."""
    latest = max((one.created_at for one in reading.migrations if one.created_at), default=reading.now)
    return min(max(latest, reading.now), reading.now + CLOCKS)


def since_of(reading: Reading) -> datetime | None:
    """When the last drain began: by its reason while that is there, else by the departures."""
    order = reading.order
    return order.started_at if order else last_drain(reading.migrations, reading.service.host)
