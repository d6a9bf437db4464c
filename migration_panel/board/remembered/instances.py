# SPDX-License-Identifier: Apache-2.0
"""Names of instances: migration records hold IDs only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from datetime import datetime, timezone

from asgiref.sync import sync_to_async

from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.board.remembered.shape import all_restored
from migration_panel.board.rules.stale import Sighting, is_resting
from migration_panel.cache import Shelf
from migration_panel.conf import get_config
from migration_panel.exceptions import NotAllowed, NotFound, Refused, Unavailable


@dataclass(frozen=True)
class Known:
    """What the board says of an instance; all None once it is deleted."""

    name: str | None = None
    memory_mib: int | None = None
    project_id: str | None = None
    paused: bool = False
    # Compared with old records: whether the instance was at rest, its host, and the time by Nova's clock, s since the
    # epoch.
    resting: bool = field(default=False, compare=False)
    host: str | None = field(default=None, compare=False)
    seen_at: float = field(default=0.0, compare=False)

    @classmethod
    def of(cls, server: Server | None, now: datetime) -> Known:
        """``now`` is by Nova's clock."""
        if server is None:
            return cls()
        return cls(
            server.name,
            server.memory_mib,
            server.project_id,
            server.vm_state == "paused",
            is_resting(server),
            server.host,
            now.timestamp(),
        )

    @property
    def sighting(self) -> Sighting:
        """Return what the rules for old records need.  An instance in a cell that is down has a project but no name."""
        at = datetime.fromtimestamp(self.seen_at, timezone.utc) if self.seen_at else None
        return Sighting(self.name is None and self.project_id is None, self.resting, self.host, at)


async def remembered(nova: Nova, instances: Iterable[str]) -> dict[str, Known]:
    """From the cache, where each view of the cloud (project and roles) has its own names."""
    return all_restored(Known, await sync_to_async(_shelf(nova).get)(instances))


async def remember(nova: Nova, answers: Iterable[tuple[str, Known | None]]) -> dict[str, Known]:
    """Gives back what was told; an answer that did not come is asked for again next time."""
    told = {instance: known for instance, known in answers if known}
    values = {instance: astuple(known) for instance, known in told.items()}
    await sync_to_async(_shelf(nova).put)(values, get_config().name_ttl)
    return told


def ask(nova: Nova, instance: str) -> Known | None:
    """None if Nova cannot say just now; that is not remembered."""
    try:
        server = nova.server(instance)
    except NotFound:
        return Known()
    except (NotAllowed, Refused, Unavailable):
        return None
    return Known.of(server, nova.now())


def _shelf(nova: Nova) -> Shelf:
    return Shelf("instances", (nova.access.view,))
