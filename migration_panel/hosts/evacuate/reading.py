# SPDX-License-Identifier: Apache-2.0
"""Reads what an evacuation has to know of a host, at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial

from migration_panel.board.feed import gathering
from migration_panel.board.feed.following import next_cursor
from migration_panel.board.feed.reading import Feed
from migration_panel.board.history.reading import SKEW
from migration_panel.board.remembered import instances as names
from migration_panel.board.remembered.instances import Known
from migration_panel.board.rules.cursor import Cursor
from migration_panel.errors import NotFound
from migration_panel.hosts.evacuate.plan import Stranded, Tally, of_this_outage, stranded
from migration_panel.nova.evacuations import Evacuations
from migration_panel.nova.fanout import at_once
from migration_panel.nova.host_records import ComputeHost
from migration_panel.nova.hosts import Hosts

# Nova's own limit of one page, and the most instances of a host that are read.
PAGE = 1000
MOST = 2000


@dataclass(frozen=True)
class Outage:
    """A host, what Nova still has on it, and what was evacuated from it since it is down."""

    host: ComputeHost
    hosts: list[ComputeHost]
    instances: list[Stranded]
    feed: Feed
    # Whether there are more instances than were read.
    cut: bool = False

    @property
    def tally(self) -> Tally:
        return Tally.of(self.instances, [row.migration for row in self.feed.rows])


async def read_outage(nova: Evacuations, name: str) -> Outage:
    """Raises NotFound if there is no such compute host."""
    hosts, here, evacuations = await at_once(
        [
            Hosts(nova.access).compute_hosts,
            partial(nova.all_servers_on, name),
            partial(nova.migrations_at, name, type="evacuation", limit=PAGE),
        ]
    )
    instances = here.records[:MOST]
    host = next((one for one in hosts if one.name == name), None)
    if host is None:
        raise NotFound()
    # They are on their way elsewhere soon, and need not be asked for one by one then.
    await names.remember(nova, [(one.id, Known.of(one)) for one in instances])
    current = of_this_outage(name, instances, evacuations.records)
    rows = await gathering.rows_of(nova, current)
    # Polls tell what changes from now on.
    cursor = next_cursor(Cursor(datetime.now(timezone.utc) - SKEW), rows, [])
    cut = len(instances) < len(here.records) or not here.complete
    return Outage(host, hosts, stranded(instances, current), Feed(tuple(rows), cursor), cut)
