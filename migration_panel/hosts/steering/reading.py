# SPDX-License-Identifier: Apache-2.0
"""Reads what a run is made of from Nova, in as few calls and waits as can be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TypeVar

from migration_panel.errors import NotFound
from migration_panel.hosts.runs.draining import drain_of
from migration_panel.hosts.runs.order import Order
from migration_panel.hosts.runs.returning import last_drain, places, return_of
from migration_panel.hosts.runs.run import Run
from migration_panel.nova.fanout import at_once
from migration_panel.nova.maintenance import Maintenance, Service
from migration_panel.nova.records import Migration, Server

# Nova's own default ([api]max_limit).
PAGE = 1000
# No operator sets it to less: a page that is shorter is the last, whatever the limit.
SHORT_PAGE = 100
MIGRATIONS = 500
# What was under way before a drain began is not older than that.
BEFORE = timedelta(days=1)

Item = TypeVar("Item", Server, Migration)


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
    """Four calls at once, for up to a hundred instances and 500 migrations.  Raises NotFound for an unknown host."""
    service, here, migrations, unconfirmed = await at_once(
        [
            partial(service_of, nova, host),
            partial(residents, nova, host),
            partial(nova.migrations_at, host, limit=MIGRATIONS),
            partial(nova.migrations_at, host, limit=PAGE, status="finished"),
        ]
    )
    order = None if service.enabled else Order.parse(service.disabled_reason)
    since = order.started_at if order else since
    if since:
        migrations += await asyncio.to_thread(older, nova, host, migrations, since)
    found = {one.uuid: one for one in (*unconfirmed, *migrations)}
    touching = (one for one in found.values() if host in (one.source, one.destination))
    return Reading(service, tuple(here), tuple(touching))


def service_of(nova: Maintenance, host: str) -> Service:
    found = [one for one in nova.compute_services(host) if one.host == host]
    if not found:
        raise NotFound()
    return found[0]


def residents(nova: Maintenance, host: str) -> list[Server]:
    """All instances on the host; Nova compares the whole name, and so do we."""

    def last(page: list[Server]) -> bool:
        return len(page) < SHORT_PAGE

    found = _pages(partial(nova.servers_on, host, limit=PAGE), lambda one: one.id, last)
    return [one for one in found if one.host in (host, None)]


def older(nova: Maintenance, host: str, migrations: list[Migration], since: datetime) -> list[Migration]:
    """What the first page had no room for, back to a day before ``since``."""

    def last(page: list[Migration]) -> bool:
        oldest = page[-1].created_at if page else None
        return len(page) < SHORT_PAGE or (oldest is not None and oldest < since - BEFORE)

    if last(migrations):
        return []
    ask = partial(nova.migrations_at, host, limit=MIGRATIONS)
    return _pages(ask, lambda one: one.uuid, last, after=migrations[-1].uuid)


def _pages(
    ask: Callable[..., list[Item]],
    mark: Callable[[Item], str],
    last: Callable[[list[Item]], bool],
    after: str | None = None,
) -> list[Item]:
    found: list[Item] = []
    while page := ask(marker=mark(found[-1]) if found else after):
        found += page
        if last(page):
            break
    return found


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
