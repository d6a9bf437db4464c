# SPDX-License-Identifier: Apache-2.0
"""Read what the list of compute hosts shows: all calls at once."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from django.http import HttpRequest

from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather
from migration_panel.api.evacuated import evacuated_hosts
from migration_panel.api.host_models import Hypervisor
from migration_panel.api.nova import Nova
from migration_panel.api.optional_result import OptionalResult, call_or_reason
from migration_panel.api.placement import Placement
from migration_panel.api.placement_models import AllocationCandidates, RequestGroup, ResourceRequest
from migration_panel.exceptions import ServiceUnavailable
from migration_panel.hosts.listing.rows import HostRow, host_rows
from migration_panel.preflight.capacity import MEMORY

# Placement has no list of the capacities of all providers, but reports those of the providers with free resources.  So
# a host without a free MiB of memory is missing in the answer.
ANY_MEMORY = ResourceRequest((RequestGroup(resources={MEMORY: 1}),))

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
    # Whether Placement reported what the scheduler may allocate.
    limits_known: bool
    # Whether Placement may have omitted hosts although they have free memory.
    limits_cut: bool


async def read_hosts(request: HttpRequest, nova: Nova) -> HostList:
    """Return the hosts, unsorted.  Raise MigrationPanelError if services or migrations cannot be read."""
    evacuated: OptionalResult
    limits: OptionalResult
    services, (hypervisors, error), migrations, evacuated, limits = await gather(
        [
            nova.compute_hosts,
            partial(_hypervisors_or_error, nova),
            partial(nova.migrations, limit=LIST_LIMIT),
            partial(call_or_reason, partial(evacuated_hosts, nova)),
            partial(call_or_reason, partial(_limits, request)),
        ]
    )
    candidates: AllocationCandidates | None = limits.value
    rows = host_rows(services, hypervisors.records, migrations, evacuated.value, candidates)
    return HostList(
        rows, error, hypervisors.complete, evacuated.found, candidates is not None, bool(candidates and candidates.cut)
    )


def _limits(request: HttpRequest) -> AllocationCandidates:
    return Placement.of(request).candidates(ANY_MEMORY)


def _hypervisors_or_error(nova: Nova) -> tuple[Listing[Hypervisor], ServiceUnavailable | None]:
    """Return the hypervisors, or an empty list and the error that the page shows.

    Nova looks up the service of each hypervisor separately.  For hundreds of hosts, this may exceed the timeout.
    """
    try:
        return nova.all_hypervisors(), None
    except ServiceUnavailable as error:
        return Listing([]), error
