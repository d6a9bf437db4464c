# SPDX-License-Identifier: Apache-2.0
"""Reads all that the list of hosts shows, at once."""

from __future__ import annotations

from functools import partial

from migration_panel.errors import Unavailable
from migration_panel.hosts.listing.rows import HostRow, host_rows
from migration_panel.nova.caller import Listing
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import at_once
from migration_panel.nova.host_records import Hypervisor
from migration_panel.nova.hosts import Hosts

# How many of the newest migrations are looked through for those that are under way: Nova finds one status at a time.
WINDOW = 500


async def read_hosts(nova: Nova, hosts: Hosts) -> tuple[list[HostRow], Unavailable | None, bool]:
    """In no order; with why their figures are missing, if they are, and whether the list of hypervisors is complete.

    Raises MigrationPanelError if the services or the migrations cannot be had.
    """
    services, (nodes, missing), migrations = await at_once(
        [hosts.compute_hosts, partial(_figures, hosts), partial(nova.migrations, limit=WINDOW)]
    )
    return host_rows(services, nodes.records, migrations), missing, nodes.complete


def _figures(hosts: Hosts) -> tuple[Listing[Hypervisor], Unavailable | None]:
    """Nova looks up the service of each by itself: with hundreds of hosts that may take longer than the timeout."""
    try:
        return hosts.all_hypervisors(), None
    except Unavailable as error:
        return Listing([]), error
