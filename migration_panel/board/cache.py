# SPDX-License-Identifier: Apache-2.0
"""What the board stores in Django's cache: names of instances, failure reasons, samples, pending actions, post-copy.

Nova keeps only the last sample of a live migration, and drops it at the end.  It confirms an abort or a force-complete
before anything happens, and does not list it.  Its record does not show post-copy after the migration has ended.
Every entry may vanish at any time, and another program or version may have written it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from struct import Struct
from typing import Any, TypeVar

from asgiref.sync import sync_to_async

from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.api.validate import validated
from migration_panel.board import actions
from migration_panel.board.actions import Action
from migration_panel.board.cursor import OVERLAP
from migration_panel.board.failure import CODES, FailureReason, needs_reason
from migration_panel.board.harm import Harm
from migration_panel.board.progress import Sample, rest_of
from migration_panel.board.status import POST_COPY, Sighting, is_resting
from migration_panel.cache import Shelf
from migration_panel.conf import get_config

# Longer than any force-complete that was seen to succeed.
ACTIONS_KEPT = timedelta(hours=1)

# Several migrations are aborted at once: with more entries, fewer writes collide.
ACTIONS = Shelf("pending-actions", entries=16)

# Slugs of the actions that are stored.
CASTS = frozenset(action.slug for action in actions.ACTIONS.values() if action.cast)
# What a stored reason says of the instance; UNHARMED is in a field of its own.
HARMS = frozenset(harm.value for harm in Harm) - {Harm.UNHARMED.value}

# Half an hour: Nova writes a sample every five seconds.
MAX_SAMPLES = 360
SAMPLES_KEPT = 24 * 3600

# Nova may change a record again within seconds of the first end, and the state of an instance changes without a change
# of the record: then the reason is stored only until the next poll.
REASON_KEPT_BRIEFLY = 4
REASON_KEPT = 24 * 3600

# One sample: time, remaining disk and memory, the part being copied, whether there is a disk to copy.
PACKED = Struct("<dqq??")
PARTS = ("memory", "disk")

# As long as a failure is shown under "Needs attention".
POST_COPY_KEPT = 24 * 3600
POST_COPIES = Shelf("post-copy")

Record = TypeVar("Record")


@dataclass(frozen=True)
class InstanceSummary:
    """What the board shows of an instance; the first three are None if Nova did not find it."""

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
        """Return the summary of a server at the time ``now`` by Nova's clock; None for a server not found."""
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


@dataclass(frozen=True)
class Stored:
    """Cached data: summaries by instance ID, failure reasons and requested actions by the migration's UUID."""

    instances: Mapping[str, InstanceSummary]
    reasons: Mapping[str, FailureReason]
    pending: Mapping[str, PendingAction]


async def stored_for(
    nova: Nova, instances: Iterable[str], migrations: Iterable[Migration], moving: Iterable[str]
) -> Stored:
    """Return the cached data.  ``moving``: the UUIDs of the migrations that may have a requested action."""
    read = partial(_stored_for, nova, list(instances), list(migrations), list(moving))
    return await sync_to_async(read)()


def _stored_for(nova: Nova, instances: list[str], migrations: list[Migration], moving: list[str]) -> Stored:
    """Read all entries in one thread: a thread switch takes longer than a read."""
    return Stored(_read_instances(nova, instances), _read_reasons(nova, migrations), pending_actions(moving))


async def stored_instances(nova: Nova, instances: Iterable[str]) -> dict[str, InstanceSummary]:
    """Return summaries by instance ID.  Users with other projects or roles have other entries."""
    return await sync_to_async(_read_instances)(nova, list(instances))


def _read_instances(nova: Nova, instances: list[str]) -> dict[str, InstanceSummary]:
    return all_restored(InstanceSummary, _instances(nova).get(instances))


async def store_instances(
    nova: Nova, answers: Iterable[tuple[str, InstanceSummary | None]]
) -> dict[str, InstanceSummary]:
    """Store and return the summaries by instance ID, without those that Nova did not answer."""
    found = {instance: summary for instance, summary in answers if summary}
    values = {instance: astuple(summary) for instance, summary in found.items()}
    await _put(_instances(nova), values, get_config().name_ttl)
    return found


def _instances(nova: Nova) -> Shelf:
    return Shelf("instances", (nova.access.cache_scope,))


async def stored_reasons(nova: Nova, migrations: Iterable[Migration]) -> dict[str, FailureReason]:
    """Return failure reasons by the migration's UUID."""
    return await sync_to_async(_read_reasons)(nova, list(migrations))


def _read_reasons(nova: Nova, migrations: list[Migration]) -> dict[str, FailureReason]:
    items = {_reason_item(migration): migration.uuid for migration in migrations if needs_reason(migration)}
    found = all_restored(FailureReason, _reasons(nova).get(items))
    return {items[item]: reason for item, reason in found.items() if reason.code in CODES and reason.harm in HARMS}


async def store_reasons(
    nova: Nova, answers: Iterable[tuple[Migration, FailureReason | None]]
) -> dict[str, FailureReason]:
    """Store the reasons that Nova answered, and return them by the migration's UUID."""
    found = [(migration, reason) for migration, reason in answers if reason]
    values: dict[int, dict[str, tuple[object, ...]]] = {REASON_KEPT_BRIEFLY: {}, REASON_KEPT: {}}
    for migration, reason in found:
        changed = migration.changed_at
        fresh = changed is None or nova.now() - changed < OVERLAP
        brief = fresh or reason.unharmed or bool(reason.harm)
        values[REASON_KEPT_BRIEFLY if brief else REASON_KEPT][_reason_item(migration)] = astuple(reason)
    for seconds, entries in values.items():
        await _put(_reasons(nova), entries, seconds)
    return {migration.uuid: reason for migration, reason in found}


def remove_reason(nova: Nova, migration: Migration) -> None:
    """Remove the stored reason after an action that changes the instance but not the migration's record."""
    _reasons(nova).remove(_reason_item(migration))


def _reasons(nova: Nova) -> Shelf:
    # The texts of errors may be long.
    return Shelf("failure-reasons", (nova.access.cache_scope,), entries=2)


def _reason_item(migration: Migration) -> str:
    """Return the name of an entry.  It contains the last change, so that a later change is looked up again."""
    changed = migration.changed_at.timestamp() if migration.changed_at else 0
    return f"{migration.uuid}:{migration.status}:{changed}"


@dataclass(frozen=True)
class PendingAction:
    """An action that Nova confirmed and whose effect does not show yet."""

    # Slug of the action.
    action: str
    # Time of the request, s since the epoch.
    at: float
    # Whether the effect should show by now: Nova may drop an abort or a force-complete silently.
    overdue: bool = False


def store_action(migration_id: str, action: Action, now: datetime) -> None:
    """Store that an action was requested, if Nova confirms it before anything happens."""
    if action.cast:
        ACTIONS.put({migration_id: (action.slug, now.timestamp())}, ACTIONS_KEPT.total_seconds())


def pending_actions(migrations: Iterable[str]) -> dict[str, PendingAction]:
    """Return the requested actions by the migration's UUID."""
    restored_actions = all_restored(PendingAction, ACTIONS.get(migrations))
    found = {uuid: pending for uuid, pending in restored_actions.items() if pending.action in CASTS}
    due = datetime.now(timezone.utc).timestamp() - get_config().patience
    return {uuid: replace(pending, overdue=pending.at < due) for uuid, pending in found.items()}


async def add_samples(nova: Nova, migrations: Iterable[Migration]) -> dict[str, tuple[Sample, ...]]:
    """Add the progress of live migrations to the stored samples, and return all samples by the migration's UUID."""
    live = [migration for migration in migrations if migration.type == "live-migration"]
    if not live:
        return {}
    # Samples of one migration for half an hour take 9 KB.
    shelf = Shelf("samples", (nova.access.cache_scope,), entries=8)
    return await sync_to_async(_added_samples)(shelf, live)


def _added_samples(shelf: Shelf, live: Sequence[Migration]) -> dict[str, tuple[Sample, ...]]:
    stored = shelf.get([migration.uuid for migration in live])
    series, grown = {}, {}
    for migration in live:
        before = _unpack(stored.get(migration.uuid))
        series[migration.uuid] = after = with_figures(before, migration)
        if after != before:
            grown[migration.uuid] = _pack(after)
    shelf.put(grown, SAMPLES_KEPT)
    return series


def with_figures(samples: tuple[Sample, ...], migration: Migration) -> tuple[Sample, ...]:
    """Return the samples with the migration's own.  Figures that were read before are not added again."""
    figures = migration.figures
    if figures is None or migration.updated_at is None or not (figures.disk_total or figures.memory_total):
        return samples
    sample = Sample(
        migration.updated_at.timestamp(),
        rest_of(figures.disk_remaining, figures.disk_total or 0),
        rest_of(figures.memory_remaining, figures.memory_total or 0),
        "memory" if figures.memory_total else "disk",
        bool(figures.disk_total),
    )
    if samples and samples[-1].at >= sample.at:
        return samples
    return (*samples, sample)[-MAX_SAMPLES:]


def _pack(samples: tuple[Sample, ...]) -> bytes:
    return b"".join(
        PACKED.pack(sample.at, sample.disk, sample.memory, sample.part == PARTS[1], sample.block) for sample in samples
    )


def _unpack(data: object) -> tuple[Sample, ...]:
    if not isinstance(data, bytes) or len(data) % PACKED.size:
        return ()
    return tuple(
        Sample(at, disk, memory, PARTS[of_disk], block) for at, disk, memory, of_disk, block in PACKED.iter_unpack(data)
    )


async def _put(shelf: Shelf, values: Mapping[str, Any], seconds: float) -> None:
    """Store the values for ``seconds``.  Without values, do not switch threads."""
    if values:
        await sync_to_async(shelf.put)(values, seconds)


def store_post_copy(migrations: Iterable[Migration]) -> None:
    """Store which of the migrations are in post-copy."""
    found = {migration.uuid: True for migration in migrations if migration.status == POST_COPY}
    POST_COPIES.put(found, POST_COPY_KEPT)


def was_in_post_copy(migration: Migration) -> bool:
    """Return whether the migration was seen in post-copy, as far as the cache has it."""
    return bool(POST_COPIES.get([migration.uuid]))


def restored(kind: type[Record], fields: object) -> Record | None:
    """Return the record with these fields, as returned by ``astuple``; None if they do not fit the record."""
    try:
        return validated(kind(*fields)) if isinstance(fields, tuple) else None
    except TypeError:
        return None


def all_restored(kind: type[Record], found: Mapping[str, Any]) -> dict[str, Record]:
    """Return the values that fit the record."""
    records = {name: restored(kind, fields) for name, fields in found.items()}
    return {name: record for name, record in records.items() if record is not None}
