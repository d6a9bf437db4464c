# SPDX-License-Identifier: Apache-2.0
"""What the board stores in Django's cache: names of instances, samples of progress, pending actions, post-copy.

Nova keeps only the last sample of a live migration, and none after its end.  It confirms an abort or a force-complete
before anything happens, and does not list it.  Its record does not show post-copy after the migration has ended.
Every entry may vanish at any time, and another program or version may have written it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime, timedelta, timezone
from struct import Struct
from typing import Any, TypeVar

from asgiref.sync import sync_to_async

from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.api.validate import validated
from migration_panel.board.actions import Action
from migration_panel.board.harm import POST_COPY
from migration_panel.board.progress import Sample
from migration_panel.board.stale import Sighting, is_resting
from migration_panel.cache import Shelf
from migration_panel.conf import get_config
from migration_panel.exceptions import NotFound, TolerableError

# Longer than any force-complete that was seen to succeed; what it leaves is no loss.
ACTIONS_KEPT = timedelta(hours=1)

# Several migrations are aborted at once: with more entries, fewer writes collide.
ACTIONS = Shelf("asked", entries=16)

# At Nova's one sample in five seconds, half an hour.
MAX_SAMPLES = 360
SAMPLES_KEPT = 24 * 3600

# One sample: time, remaining disk and memory, the part being copied, whether there is a disk to copy.
PACKED = Struct("<dqq??")
PARTS = ("memory", "disk")

# As long as a failure is shown under "Needs attention".
POST_COPY_KEPT = 24 * 3600


POST_COPIES = Shelf("post-copy")

Record = TypeVar("Record")


@dataclass(frozen=True)
class InstanceSummary:
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
    def of(cls, server: Server | None, now: datetime) -> InstanceSummary:
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


async def stored_instances(nova: Nova, instances: Iterable[str]) -> dict[str, InstanceSummary]:
    """From the cache, where each view of the cloud (project and roles) has its own names."""
    return all_restored(InstanceSummary, await sync_to_async(_instances(nova).get)(instances))


async def store_instances(
    nova: Nova, answers: Iterable[tuple[str, InstanceSummary | None]]
) -> dict[str, InstanceSummary]:
    """Gives back what was told; an answer that did not come is asked for again next time."""
    told = {instance: known for instance, known in answers if known}
    values = {instance: astuple(known) for instance, known in told.items()}
    await sync_to_async(_instances(nova).put)(values, get_config().name_ttl)
    return told


def fetch_instance(nova: Nova, instance: str) -> InstanceSummary | None:
    """None if Nova cannot say just now; that is not remembered."""
    try:
        server = nova.server(instance)
    except NotFound:
        return InstanceSummary()
    except TolerableError:
        return None
    return InstanceSummary.of(server, nova.now())


def _instances(nova: Nova) -> Shelf:
    return Shelf("instances", (nova.access.cache_scope,))


@dataclass(frozen=True)
class PendingAction:
    # Slug of the action.
    action: str
    # Seconds since the epoch.
    at: float
    # Whether patience is over: Nova can swallow both silently.
    overdue: bool = False


def store_action(migration_id: str, action: Action, now: datetime) -> None:
    if action.cast:
        ACTIONS.put({migration_id: (action.slug, now.timestamp())}, ACTIONS_KEPT.total_seconds())


async def pending_actions(migrations: Iterable[str]) -> dict[str, PendingAction]:
    found = all_restored(PendingAction, await sync_to_async(ACTIONS.get)(migrations))
    due = datetime.now(timezone.utc).timestamp() - get_config().patience
    return {migration_id: replace(asked, overdue=asked.at < due) for migration_id, asked in found.items()}


async def record_samples(nova: Nova, migrations: Iterable[Migration]) -> dict[str, tuple[Sample, ...]]:
    """By the migration's UUID: what was kept, and what its figures add to it."""
    live = [one for one in migrations if one.type == "live-migration"]
    # Samples of one migration for half an hour take 9 KB.
    shelf = Shelf("samples", (nova.access.cache_scope,), entries=8)
    kept = await sync_to_async(shelf.get)([one.uuid for one in live])
    series, grown = {}, {}
    for one in live:
        before = _unpack(kept.get(one.uuid))
        series[one.uuid] = after = with_figures(before, one)
        if after != before:
            grown[one.uuid] = _pack(after)
    await sync_to_async(shelf.put)(grown, SAMPLES_KEPT)
    return series


def with_figures(samples: tuple[Sample, ...], migration: Migration) -> tuple[Sample, ...]:
    """Polling faster than Nova writes brings the same figures again: they count once."""
    figures = migration.figures
    if figures is None or migration.updated_at is None or not (figures.disk_total or figures.memory_total):
        return samples
    sample = Sample(
        migration.updated_at.timestamp(),
        figures.disk_remaining or 0,
        figures.memory_remaining or 0,
        "memory" if figures.memory_total else "disk",
        bool(figures.disk_total),
    )
    if samples and samples[-1].at >= sample.at:
        return samples
    return (*samples, sample)[-MAX_SAMPLES:]


def _pack(samples: tuple[Sample, ...]) -> bytes:
    return b"".join(PACKED.pack(one.at, one.disk, one.memory, one.part == PARTS[1], one.block) for one in samples)


def _unpack(data: object) -> tuple[Sample, ...]:
    if not isinstance(data, bytes) or len(data) % PACKED.size:
        return ()
    return tuple(
        Sample(at, disk, memory, PARTS[of_disk], block) for at, disk, memory, of_disk, block in PACKED.iter_unpack(data)
    )


def store_post_copy(migrations: Iterable[Migration]) -> None:
    POST_COPIES.put({one.uuid: True for one in migrations if one.status == POST_COPY}, POST_COPY_KEPT)


def was_in_post_copy(migration: Migration) -> bool:
    return bool(POST_COPIES.get([migration.uuid]))


def restored(record: type[Record], fields: object) -> Record | None:
    """Return the record with these fields, as returned by ``astuple``; None if they do not fit the record."""
    try:
        return validated(record(*fields)) if isinstance(fields, tuple) else None
    except TypeError:
        return None


def all_restored(record: type[Record], found: Mapping[str, Any]) -> dict[str, Record]:
    """Return the values that fit the record."""
    records = {name: restored(record, fields) for name, fields in found.items()}
    return {name: one for name, one in records.items() if one is not None}
