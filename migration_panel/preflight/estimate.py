# SPDX-License-Identifier: Apache-2.0
"""How long a migration may last: the bytes to copy at an assumed rate, as a range."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from migration_panel.api.models import Server
from migration_panel.migration_types import Kind

# Shortest and longest time for scheduling, preparation of both hosts and the switch-over, s.
OVERHEAD = (5, 30)
# Memory that is written to during the copy is copied again.
MEMORY_PASSES = 3


@dataclass(frozen=True)
class Estimate:
    """A duration in seconds, and what is copied in GiB and MiB."""

    least: int
    most: int
    disk_gib: int
    memory_mib: int


def estimate(kind: Kind, server: Server, bandwidth: float) -> Estimate | None:
    """Return the estimate; None if Nova does not report the instance's size.  ``bandwidth``: MiB/s."""
    if server.memory_mib is None or server.local_gib is None:
        return None
    disk = server.local_gib if kind.block else 0
    memory = server.memory_mib if kind.live else 0
    least = (disk * 1024 + memory) / bandwidth
    most = (disk * 1024 + memory * MEMORY_PASSES) / bandwidth
    return Estimate(round(OVERHEAD[0] + least), round(OVERHEAD[1] + most), disk, memory)


def outlasts(most: int | None, now: datetime, expires: datetime | None) -> bool:
    """Return whether a plan may still have queued migrations when the user's token expires.

    ``most``: longest duration in seconds.  Nova uses the request's token for Cinder and Neutron after the copy.
    """
    return most is not None and expires is not None and most > (expires - now).total_seconds()
