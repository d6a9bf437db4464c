# SPDX-License-Identifier: Apache-2.0
"""How long a migration may take: bytes to copy at a supposed rate, as a span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from migration_panel.api.models import Server
from migration_panel.migration_types import Kind

# Scheduling, preparing both hosts and switching over, whatever is copied, s.
OVERHEAD = (5, 30)
# Memory that is written to while it is copied goes over the wire more than once.
MEMORY_PASSES = 3


@dataclass(frozen=True)
class Estimate:
    """Seconds, and what is copied."""

    least: int
    most: int
    disk_gib: int
    memory_mib: int


def estimate(kind: Kind, server: Server, bandwidth: float) -> Estimate | None:
    """``bandwidth`` is in MiB/s.  None where Nova does not tell the instance's size."""
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
