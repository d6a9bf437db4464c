# SPDX-License-Identifier: Apache-2.0
"""Who holds resources of a compute host, by Placement.

Nova omits a cell from its lists when the query there fails, so an empty list of instances needs this confirmation.
"""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest

from migration_panel.api.host_models import Hypervisor
from migration_panel.api.placement import Placement
from migration_panel.exceptions import NotAllowed, NotFound
from migration_panel.identifiers import normalize_uuid

# Maximum number of nodes of one host that Placement is queried for; only bare metal has more.
MAX_NODES = 8


def allocation_consumers(request: HttpRequest, nodes: Collection[Hypervisor]) -> frozenset[str]:
    """Return the UUIDs of the instances and migrations with an allocation on any node: one call for each node.

    Raise NotFound if there is no node or a node has no UUID, NotAllowed for more than MAX_NODES nodes, and
    MigrationPanelError if Placement does not answer.
    """
    providers = [provider for node in nodes if (provider := normalize_uuid(node.id))]
    if not nodes or len(providers) < len(nodes):
        raise NotFound()
    if len(providers) > MAX_NODES:
        raise NotAllowed()
    placement = Placement.of(request)
    return frozenset(consumer for provider in providers for consumer in placement.consumers(provider))
