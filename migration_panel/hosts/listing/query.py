# SPDX-License-Identifier: Apache-2.0
"""Read what the list of compute hosts shows: all calls at once."""

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

# Number of newest migrations among which open migrations are counted, because Nova filters by one status at a time.
LIST_LIMIT = 500


class HostList(NamedTuple):
    rows: list[HostRow]
    # Why Nova returned no hypervisors; None if it did.
    hypervisor_error: ServiceUnavailable | None
    # Whether Nova returned the hypervisors of all pages.
    complete: bool
    # Whether Nova listed past evacuations.
    evacuations_known: bool


async def read_hosts(nova: Nova) -> HostList:
    """Return the hosts, unsorted.  Raise MigrationPanelError if services or migrations cannot be read."""
    evacuated: OptionalResult
    services, (hypervisors, error), migrations, evacuated = await gather(
        [
            nova.compute_hosts,
            partial(_hypervisors_or_error, nova),
            partial(nova.migrations, limit=LIST_LIMIT),
            partial(call_or_reason, partial(evacuated_hosts, nova)),
        ]
    )
    rows = host_rows(services, hypervisors.records, migrations, evacuated.value)
    return HostList(rows, error, hypervisors.complete, evacuated.found)


def _hypervisors_or_error(nova: Nova) -> tuple[Listing[Hypervisor], ServiceUnavailable | None]:
    """Return the hypervisors, or an empty list and the error that the page shows.

    Nova looks up the service of each hypervisor separately.  For hundreds of hosts, this may exceed the timeout.
    """
    try:
        return nova.all_hypervisors(), None
    except ServiceUnavailable as error:
        return Listing([]), error
