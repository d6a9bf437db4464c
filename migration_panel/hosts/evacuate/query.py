# SPDX-License-Identifier: Apache-2.0
"""Reads what an evacuation has to know of a host, at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.http import HttpRequest

from migration_panel.api.concurrency import gather
from migration_panel.api.drivers import can_evacuate
from migration_panel.api.evacuated import evacuated_hosts
from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.api.optional_result import call_or_reason
from migration_panel.board.build import RowBuilder
from migration_panel.board.cache import InstanceSummary, store_instances
from migration_panel.board.poll import Feed, page_cursor
from migration_panel.exceptions import NotAllowed, NotFound
from migration_panel.hosts.allocations import allocation_consumers
from migration_panel.hosts.evacuate.plan import (
    EvacuableInstance,
    EvacuationProgress,
    Proof,
    evacuable_instances,
    not_restarted_since,
    of_this_outage,
    proof_of,
)
from migration_panel.hosts.listing.rows import latest_report
from migration_panel.policy import LIST_MIGRATIONS, may

# Maximum number of instances of a host that are read.
MAX_INSTANCES = 2000


@dataclass(frozen=True)
class HostOutage:
    """A host, what Nova still has on it, and what was evacuated from it since it is down."""

    host: ComputeHost
    hosts: list[ComputeHost]
    instances: list[EvacuableInstance]
    feed: Feed
    tally: EvacuationProgress
    # Evacuations whose guests the next start of nova-compute on the host deletes.
    uncleaned: tuple[Migration, ...] = ()
    # Types of the host's hypervisors; None if unknown.
    types: frozenset[str] | None = None
    # Hosts that are up and not restarted since an evacuation; None if unknown.
    unsafe: frozenset[str] | None = None
    # Whether there are more instances than were read.
    cut: bool = False
    # What a second source says if Nova lists no instance.
    proof: Proof | None = None

    @property
    def unsupported(self) -> str:
        """Return the type of the host's hypervisor if Nova's driver for it cannot evacuate, else an empty text."""
        return next((one for one in sorted(self.types or ()) if not can_evacuate(one)), "")


async def read_outage(request: HttpRequest, nova: Nova, name: str) -> HostOutage:
    """Raises NotFound if there is no such compute host."""
    hosts, here, evacuations, hypervisors, unsafe = await gather(
        [
            nova.compute_hosts,
            partial(nova.all_servers_on, name),
            partial(nova.evacuations_at, name),
            partial(call_or_reason, nova.all_hypervisors),
            partial(call_or_reason, partial(evacuated_hosts, nova), permitted=may(request, LIST_MIGRATIONS)),
        ]
    )
    host = next((one for one in hosts if one.name == name), None)
    if host is None:
        raise NotFound()
    servers = _on(name, here.records)[:MAX_INSTANCES]
    # They are on their way elsewhere soon, and need not be asked for one by one then.
    await store_instances(nova, [(one.id, InstanceSummary.of(one, nova.now())) for one in servers])
    now = latest_report(hosts)
    current = of_this_outage(name, servers, evacuations.records, host)
    instances = evacuable_instances(servers, current, now)
    rows = await RowBuilder(nova, current).build()
    nodes = [one for one in (hypervisors.value.records if hypervisors.found else ()) if one.host == name]
    proof = None
    if not servers and not host.cell_down:
        [consumers] = await gather([partial(call_or_reason, partial(allocation_consumers, request, nodes))])
        nodes_known = hypervisors.found and hypervisors.value.complete
        whole = here.complete and evacuations.complete and nodes_known
        proof = proof_of(consumers.value if whole else None, () if host.up else current)
    return HostOutage(
        host,
        hosts,
        instances,
        Feed(tuple(rows), page_cursor(rows)),
        EvacuationProgress.of(instances, current, now),
        uncleaned=tuple(not_restarted_since(name, evacuations.records)),
        types=frozenset(one.type for one in nodes if one.type) if nodes else None,
        unsafe=frozenset(unsafe.value) if unsafe.found else None,
        cut=len(servers) < len(here.records) or not here.complete,
        proof=proof,
    )


def _on(host: str, servers: Iterable[Server]) -> list[Server]:
    """Return the instances on the host.  Raise NotAllowed if Nova hides hosts.

    Nova silently ignores the filter by host for roles that may not use it.
    """
    servers = list(servers)
    if any(one.host is None for one in servers):
        raise NotAllowed()
    return [one for one in servers if one.host == host]
