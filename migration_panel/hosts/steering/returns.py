# SPDX-License-Identifier: Apache-2.0
"""Which returns were begun: a convenience, since Nova forgets a service's reason when it is enabled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from migration_panel import cache
from migration_panel.api.hosts import Maintenance
from migration_panel.hosts.steering import memory

KEPT = 7 * 24 * 3600


@dataclass(frozen=True)
class Begun:
    # When the drain began whose instances come back.
    since: datetime
    # When that was ordered, by Nova's clock.
    ordered_at: datetime
    stopped: bool = False


def remember(nova: Maintenance, host: str, begun: Begun) -> None:
    cache.put(memory.key(nova, "return", host), (begun.since, begun.ordered_at, begun.stopped), KEPT)


def remembered(nova: Maintenance, host: str) -> Begun | None:
    found = cache.get(memory.key(nova, "return", host))
    return Begun(*found) if found else None


def forget(nova: Maintenance, host: str) -> None:
    cache.remove(memory.key(nova, "return", host))
