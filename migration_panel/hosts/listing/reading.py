# SPDX-License-Identifier: Apache-2.0
"""Reads all that the list of hosts shows, at once."""

from __future__ import annotations

from functools import partial

from migration_panel.hosts.listing.rows import HostRow, host_rows
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import at_once
from migration_panel.nova.hosts import Hosts

# How many of the newest migrations are looked through for those that are under way: Nova finds one status at a time.
WINDOW = 500


async def read_hosts(nova: Nova, hosts: Hosts) -> list[HostRow]:
    """In no order.  Raises MigrationPanelError if any of the three lists cannot be had."""
    return host_rows(*await at_once([hosts.compute_hosts, hosts.hypervisors, partial(nova.migrations, limit=WINDOW)]))
