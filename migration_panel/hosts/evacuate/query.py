# SPDX-License-Identifier: Apache-2.0
"""Read what the evacuation page shows of a host: all calls at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from django.http import HttpRequest

from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather
from migration_panel.api.drivers import can_evacuate
from migration_panel.api.evacuated import evacuated_hosts
from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.api.optional_result import OptionalResult, call_or_reason
from migration_panel.board.build import RowBuilder
from migration_panel.board.cache import InstanceSummary, store_instances
from migration_panel.board.poll import Feed, page_cursor
from migration_panel.exceptions import NotAllowed, NotFound
from migration_panel.hosts.allocations import allocation_consumers
from migration_panel.hosts.drain.evidence import Evidence
from migration_panel.hosts.evacuate.plan import (
    EvacuableInstance,
    EvacuationProgress,
    evacuable_instances,
    evacuation_evidence,
    evacuations_before_restart,
    evacuations_of_outage,
)
from migration_panel.hosts.listing.rows import latest_report
from migration_panel.policy import LIST_MIGRATIONS, may

# Maximum number of instances of a host that are read.
MAX_INSTANCES = 2000


@dataclass(frozen=True)
class HostOutage:
    """A host, its instances, and the evacuations from it in the current outage."""

    host: ComputeHost
    # All compute services, the possible destinations.
    services: list[ComputeHost]
    instances: list[EvacuableInstance]
    feed: Feed
    progress: EvacuationProgress
    # Evacuations whose guests the next start of nova-compute on the host deletes.
    before_restart: tuple[Migration, ...] = ()
    # Types of the host's hypervisors; None if unknown.
    types: frozenset[str] | None = None
    # Hosts where nova-compute was not restarted since an evacuation; None if unknown.
    not_restarted: frozenset[str] | None = None
    # Whether there are more instances than were read.
    truncated: bool = False
    # What a second source says if Nova lists no instance; None if Nova lists an instance or the cell is down.
    evidence: Evidence | None = None

    @property
    def unsupported_type(self) -> str:
        """Return a type of the host's hypervisors if Nova's driver for it cannot evacuate; empty if each driver can."""
        return next((type_ for type_ in sorted(self.types or ()) if not can_evacuate(type_)), "")


class Answers(NamedTuple):
    """The answers of Nova for one host."""

    services: list[ComputeHost]
    servers: Listing[Server]
    evacuations: Listing[Migration]
    hypervisors: OptionalResult
    evacuated: OptionalResult

    def nodes(self, host: str) -> list[Hypervisor]:
        records = self.hypervisors.value.records if self.hypervisors.found else ()
        return [node for node in records if node.host == host]

    @property
    def complete(self) -> bool:
        """Return whether an empty list of instances can be confirmed: Nova listed all records and nodes."""
        hypervisors = self.hypervisors.found and self.hypervisors.value.complete
        return self.servers.complete and self.evacuations.complete and hypervisors


async def read_outage(request: HttpRequest, nova: Nova, name: str) -> HostOutage:
    """Read a compute host: five calls at once, and Placement if Nova lists no instance.

    Raise NotFound if the host does not exist, NotAllowed if Nova hides hosts, and MigrationPanelError if Nova does not
    answer.
    """
    answers = await _read(request, nova, name)
    host = next((service for service in answers.services if service.name == name), None)
    if host is None:
        raise NotFound()
    servers = _servers_on(name, answers.servers.records)[:MAX_INSTANCES]
    # The rows of later pages then need no look-up of these instances.
    await store_instances(nova, [(server.id, InstanceSummary.of(server, nova.now())) for server in servers])
    now = latest_report(answers.services)
    evacuations = evacuations_of_outage(name, servers, answers.evacuations.records, host)
    instances = evacuable_instances(servers, evacuations, now)
    nodes = answers.nodes(name)
    return HostOutage(
        host,
        answers.services,
        instances,
        await _feed(nova, evacuations),
        EvacuationProgress.of(instances, evacuations, now),
        before_restart=tuple(evacuations_before_restart(name, answers.evacuations.records)),
        types=frozenset(node.type for node in nodes if node.type) if nodes else None,
        not_restarted=frozenset(answers.evacuated.value) if answers.evacuated.found else None,
        truncated=len(servers) < len(answers.servers.records) or not answers.servers.complete,
        evidence=None if servers or host.cell_down else await _evidence(request, answers, host, evacuations),
    )


async def _read(request: HttpRequest, nova: Nova, name: str) -> Answers:
    return Answers(
        *await gather(
            [
                nova.compute_hosts,
                partial(nova.all_servers_on, name),
                partial(nova.evacuations_at, name),
                partial(call_or_reason, nova.all_hypervisors),
                partial(call_or_reason, partial(evacuated_hosts, nova), permitted=may(request, LIST_MIGRATIONS)),
            ]
        )
    )


async def _feed(nova: Nova, evacuations: list[Migration]) -> Feed:
    """Return the rows of the evacuations, and the cursor from which the page polls for changes."""
    rows = await RowBuilder(nova, evacuations).build()
    return Feed(tuple(rows), page_cursor(rows))


async def _evidence(
    request: HttpRequest, answers: Answers, host: ComputeHost, evacuations: list[Migration]
) -> Evidence:
    nodes = answers.nodes(host.name)
    consumers: OptionalResult
    [consumers] = await gather([partial(call_or_reason, partial(allocation_consumers, request, nodes))])
    # If the host is up, an evacuated instance may have returned.
    return evacuation_evidence(consumers.value if answers.complete else None, () if host.up else evacuations)


def _servers_on(host: str, servers: Iterable[Server]) -> list[Server]:
    """Return the instances on the host.  Raise NotAllowed if Nova hides hosts.

    Nova silently ignores the filter by host for roles that may not use it.
    """
    servers = list(servers)
    if any(server.host is None for server in servers):
        raise NotAllowed()
    return [server for server in servers if server.host == host]
