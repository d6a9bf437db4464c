# SPDX-License-Identifier: Apache-2.0
"""Query a second source whether a host is empty, if Nova's lists show no instance.

Two calls, and one more for each further node.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from django.http import HttpRequest

from migration_panel.api.host_models import Hypervisor
from migration_panel.api.nova import Nova
from migration_panel.api.placement import Placement
from migration_panel.exceptions import NoSuchService, NotAllowed, NotFound, TolerableError
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence, of_allocations, of_hypervisors
from migration_panel.hosts.drain.run import DrainRun
from migration_panel.identifiers import normalize_uuid

# Maximum number of nodes of one host that Placement is queried for; only bare metal has more.
MAX_NODES = 8


async def with_evidence(request: HttpRequest, nova: Nova, run: DrainRun) -> DrainRun:
    """Return the run with the evidence of the second source; unchanged if Nova itself lists an instance."""
    if not run.listed_empty:
        return run
    return replace(run, evidence=await asyncio.to_thread(find_evidence, request, nova, run))


def find_evidence(request: HttpRequest, nova: Nova, run: DrainRun) -> Evidence:
    """Return the evidence of Placement, or of the hypervisors if Placement is closed to the user or absent."""
    try:
        nodes = nodes_of(nova, run.host)
    except TolerableError:
        return UNKNOWN
    providers = [normalize_uuid(node.id) for node in nodes]
    if not providers or None in providers:
        return UNKNOWN
    try:
        if len(nodes) > MAX_NODES:
            raise NotAllowed()
        placement = Placement.of(request)
        consumers = {one for provider in providers if provider for one in placement.consumers(provider)}
    except (NotAllowed, NoSuchService):
        return of_hypervisors(node.running for node in nodes)
    except TolerableError:
        return UNKNOWN
    return of_allocations(consumers, run.host, run.records, run.verdicts)


def nodes_of(nova: Nova, host: str) -> list[Hypervisor]:
    """Return the compute nodes of a host: one call if their names start like the host's, else the whole list.

    Empty where that list is cut: further nodes of the host may be missing.
    """
    label, _, _ = host.partition(".")
    try:
        found = [one for one in nova.hypervisors_like(label) if one.host == host]
    except NotFound:
        found = []
    if found:
        return found
    listing = nova.all_hypervisors()
    return [one for one in listing.records if one.host == host] if listing.complete else []
