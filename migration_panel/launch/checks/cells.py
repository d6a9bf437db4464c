# SPDX-License-Identifier: Apache-2.0
"""Whether a live migration to a named host may have failed because the host is in another cell.

Nova live-migrates within one cell only, and its API does not show cells.  It looks for a named host in the instance's
cell (nova/compute/api.py, live_migrate), and limits the scheduler to that cell (nova/conductor/tasks/live_migrate.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migration_panel.nova.host_records import ComputeHost

NOT_FOUND = re.compile(r"Compute host \S+ could not be found")
NO_VALID_HOST = re.compile(r"No valid host|NoValidHost")


def refused_for_cell(reason: str, destination: str, hosts: Iterable[ComputeHost] | None) -> bool:
    """Whether Nova did not find a destination that its own list of hosts has."""
    listed = any(host.name == destination for host in hosts or ())
    return bool(destination) and listed and NOT_FOUND.search(reason) is not None


def failed_for_cell(migration_type: str, destination: str | None, reason: str) -> bool:
    """Whether the scheduler found no host for a live migration that names its destination."""
    named = migration_type == "live-migration" and bool(destination)
    return named and NO_VALID_HOST.search(reason) is not None
