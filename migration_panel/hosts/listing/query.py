# SPDX-License-Identifier: Apache-2.0
"""Reads all that the list of hosts shows, at once."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather
from migration_panel.api.evacuated import evacuated_hosts
from migration_panel.api.host_models import Hypervisor
from migration_panel.api.nova import Nova
from migration_panel.api.optional_result import OptionalResult, call_or_reason
from migration_panel.exceptions import ServiceUnavailable
from migration_panel.hosts.listing.rows import HostRow, host_rows

# How many of the newest migrations are looked through for those that are under way: Nova finds one status at a time.
LIST_LIMIT = 500


class HostList(NamedTuple):
    rows: list[HostRow]
    # Why the figures are missing; None if they are not.
    missing: ServiceUnavailable | None
    # Whether Nova returned all hypervisors, and whether it lists evacuations.
    complete: bool
    evacuations_known: bool


async def read_hosts(nova: Nova) -> HostList:
    """Return the hosts in no order.  Raise MigrationPanelError if services or migrations cannot be read."""
    evacuated: OptionalResult
    services, (nodes, missing), migrations, evacuated = await gather(
        [
            nova.compute_hosts,
            partial(_figures, nova),
            partial(nova.migrations, limit=LIST_LIMIT),
            partial(call_or_reason, partial(evacuated_hosts, nova)),
        ]
    )
    rows = host_rows(services, nodes.records, migrations, evacuated.value)
    return HostList(rows, missing, nodes.complete, evacuated.found)


def _figures(nova: Nova) -> tuple[Listing[Hypervisor], ServiceUnavailable | None]:
    """Nova looks up the service of each by itself: with hundreds of hosts that may take longer than the timeout."""
    try:
        return nova.all_hypervisors(), None
    except ServiceUnavailable as error:
        return Listing([]), error
