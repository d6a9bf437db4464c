# SPDX-License-Identifier: Apache-2.0
"""Reads what a run is made of from Nova, in as few calls and waits as can be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial

from migration_panel.errors import NotFound
from migration_panel.hosts.runs.arrivals import as_they_ended, vanished
from migration_panel.hosts.runs.draining import drain_of
from migration_panel.hosts.runs.order import Order
from migration_panel.hosts.runs.returning import last_drain, places, return_of
from migration_panel.hosts.runs.run import Run
from migration_panel.nova.caller import Page
from migration_panel.nova.fanout import at_once
from migration_panel.nova.maintenance import Maintenance, Service
from migration_panel.nova.records import Migration, Server

# Nova's own default ([api]max_limit).
PAGE = 1000
MIGRATIONS = 500
# What was under way before a drain began is not older than that.
BEFORE = timedelta(days=1)
# Instances that are looked for one by one: a restart cuts off as many as a host migrates at once, by default one.
SOUGHT = 10


@dataclass(frozen=True)
class Reading:
    """One look at a host."""

    service: Service
    here: tuple[Server, ...]
    migrations: tuple[Migration, ...]

    @property
    def order(self) -> Order | None:
        """Of a drain that is under way."""
        return None if self.service.enabled else Order.parse(self.service.disabled_reason)


async def read_host(nova: Maintenance, host: str, since: datetime | None = None) -> Reading:
    """Four calls at once, one more for each further page, and for each instance that left without Nova's noting it.

    Raises NotFound for an unknown host.
    """
    service, here, newest, unconfirmed = await at_once(
        [
            partial(service_of, nova, host),
            partial(residents, nova, host),
            partial(nova.migrations_at, host, limit=MIGRATIONS),
            partial(nova.migrations_at, host, limit=PAGE, status="finished"),
        ]
    )
    order = None if service.enabled else Order.parse(service.disabled_reason)
    since = order.started_at if order else since
    migrations = await asyncio.to_thread(back_to, nova, host, newest, since) if since else newest.records
    found = {one.uuid: one for one in (*unconfirmed.records, *migrations)}
    touching = [one for one in found.values() if host in (one.source, one.destination)]
    now, servers = datetime.now(timezone.utc), {one.id: one for one in here}
    if since and (missing := vanished(touching, host, servers, since, now)):
        sought = await at_once([partial(_server_or_none, nova, one) for one in missing[:SOUGHT]])
        servers |= {one.id: one for one in sought if one}
    return Reading(service, tuple(here), tuple(as_they_ended(touching, servers, now)))


def _server_or_none(nova: Maintenance, instance_id: str) -> Server | None:
    """None for one that was deleted."""
    try:
        return nova.server(instance_id)
    except NotFound:
        return None


def service_of(nova: Maintenance, host: str) -> Service:
    found = [one for one in nova.compute_services(host) if one.host == host]
    if not found:
        raise NotFound()
    return found[0]


def residents(nova: Maintenance, host: str) -> list[Server]:
    """All instances on the host; Nova compares the whole name, and so do we."""
    ask = partial(nova.servers_on, host, limit=PAGE)
    page = ask()
    found = list(page.records)
    while page.more and page.records:
        page = ask(marker=page.records[-1].id)
        found += page.records
    return [one for one in found if one.host in (host, None)]


def back_to(nova: Maintenance, host: str, page: Page[Migration], since: datetime) -> list[Migration]:
    """Those of the first page, and of the following ones back to a day before ``since``."""
    found = list(page.records)
    while page.more and page.records and _later(page.records[-1], since - BEFORE):
        page = nova.migrations_at(host, limit=MIGRATIONS, marker=page.records[-1].uuid)
        found += page.records
    return found


def _later(migration: Migration, moment: datetime) -> bool:
    return migration.created_at is None or migration.created_at >= moment


def drain_in(reading: Reading, order: Order) -> Run:
    now, service = datetime.now(timezone.utc), reading.service
    return drain_of(service.host, order, reading.here, reading.migrations, now=now, up=service.up)


async def read_return(nova: Maintenance, reading: Reading, since: datetime, *, begun: bool = True) -> Run:
    """One call more for each host that instances wait on."""
    host = reading.service.host
    away = sorted(places(reading.migrations, host, since))
    lists: Iterable[list[Server]] = await at_once([partial(residents, nova, place) for place in away])
    there = {server.id: server for servers in lists for server in servers}
    now, up = datetime.now(timezone.utc), reading.service.up
    return return_of(host, since, reading.here, reading.migrations, there, now=now, up=up, begun=begun)


def since_of(reading: Reading) -> datetime | None:
    """When the last drain began: by its reason while that is there, else by the departures."""
    order = reading.order
    return order.started_at if order else last_drain(reading.migrations, reading.service.host)
