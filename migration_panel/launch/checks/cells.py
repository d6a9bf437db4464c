# SPDX-License-Identifier: Apache-2.0
"""Whether Nova may have refused a live migration to a named host because the host is in another cell.

Nova live-migrates only within a cell, and its API does not show cells.  It looks for a named host in the instance's
cell (nova/compute/api.py, live_migrate) and refuses at once, before it creates a migration record.  A record that
ended in NoValidHost never has a destination (nova/conductor/tasks/live_migrate.py), so it does not show whether a host
was named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migration_panel.api.host_models import ComputeHost

NOT_FOUND = re.compile(r"Compute host \S+ could not be found")


def refused_for_cell(reason: str, destination: str, hosts: Iterable[ComputeHost] | None) -> bool:
    """Return whether Nova did not find a destination that is in its own list of hosts."""
    listed = any(host.name == destination for host in hosts or ())
    return bool(destination) and listed and NOT_FOUND.search(reason) is not None
