# SPDX-License-Identifier: Apache-2.0
"""Build rows: add to Nova's records the names, progress, failure reasons, samples and requested actions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from asgiref.sync import sync_to_async

from migration_panel.api.concurrency import gather_groups
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board.cache import (
    InstanceSummary,
    PendingAction,
    add_samples,
    store_instances,
    store_post_copy,
    store_reasons,
    stored_for,
    stored_instances,
    stored_reasons,
)
from migration_panel.board.failure import FailureReason, needs_reason
from migration_panel.board.failure_query import fetch_reason_or_none
from migration_panel.board.progress import Sample
from migration_panel.board.rows import Row, RowContext
from migration_panel.board.status import NOT_SEEN, POST_COPY, is_copying, newest_first, newest_of_each, phase_of
from migration_panel.exceptions import NotFound, TolerableError

# Maximum number of names and reasons that one request looks up; a reason costs three calls.  The next request looks up
# the others.
MAX_NAMES = 64
MAX_REASONS = 64


@dataclass
class RowBuilder:
    """The rows of some migrations: load from the cache, fetch at once what is missing, and build."""

    nova: Nova
    # ``build`` sorts them, newest first.
    migrations: list[Migration]
    # If False, only cached progress and failure reasons are used.
    complete: bool = True
    # Instances whose progress was requested already, or has to wait; of the others, how many are requested at most.
    progress_requested: Collection[str] = ()
    max_progress: int | None = None
    # Instances that an administrator is migrating.
    admin_started: Collection[str] = ()
    # Whether the last migration of each instance is certainly among them.
    all_listed: bool = False

    # By instance ID.
    instances: dict[str, InstanceSummary] = field(default_factory=dict)
    # By the migration's UUID.
    reasons: dict[str, FailureReason] = field(default_factory=dict)
    pending: Mapping[str, PendingAction] = field(default_factory=dict)
    samples: dict[str, tuple[Sample, ...]] = field(default_factory=dict)
    # Instances whose names, and migrations whose reasons, were missing in the cache: this request looks up the first
    # MAX_NAMES and MAX_REASONS.
    uncached_instances: list[str] = field(default_factory=list)
    uncached_reasons: list[Migration] = field(default_factory=list)

    async def build(self) -> list[Row]:
        """Return the rows, newest first."""
        # The newest migrations have priority.
        self.migrations = newest_first(self.migrations)
        await self._load()
        await self._fetch()
        self.samples = await add_samples(self.nova, self.migrations)
        newest = newest_of_each(self.migrations)
        context = RowContext(
            all_listed=self.all_listed,
            sees_all=self.nova.access.sees_hosts,
            can_abort_queued=self.nova.can_abort_queued,
            now=self.nova.now(),
        )
        return [self._row(migration, context, newest) for migration in self.migrations]

    @property
    def unnamed(self) -> frozenset[str]:
        """Return the instances whose names the next requests look up."""
        return frozenset(self.uncached_instances[MAX_NAMES:])

    async def next_request_adds_more(self, rows: Iterable[Row]) -> bool:
        """Return whether names or reasons of these rows are missing that the next request will add.

        If this request read nothing new, or the cache did not store it, the next request would only repeat the calls.
        """
        missing = self.unnamed.union(migration.uuid for migration in self.uncached_reasons[MAX_REASONS:])
        if missing.isdisjoint(name for row in rows for name in (row.migration.instance_id, row.migration.uuid)):
            return False
        return bool(
            await stored_instances(self.nova, self.uncached_instances[:MAX_NAMES])
            or await stored_reasons(self.nova, self.uncached_reasons[:MAX_REASONS])
        )

    async def _load(self) -> None:
        """Load from the cache, and store which migrations are in post-copy."""
        ids = list(dict.fromkeys(migration.instance_id for migration in self.migrations))
        moving = [migration.uuid for migration in self.migrations if phase_of(migration.status).moving]
        stored = await stored_for(self.nova, ids, self.migrations, moving)
        self.instances, self.reasons, self.pending = dict(stored.instances), dict(stored.reasons), stored.pending
        self.uncached_instances = [instance for instance in ids if instance not in self.instances]
        if POST_COPY in map(_status, self.migrations):
            await sync_to_async(store_post_copy)(self.migrations)

    async def _fetch(self) -> None:
        """Fetch what the cache does not have, all at once."""
        self.uncached_reasons = self._without_reason() if self.complete else []
        names, failed = self.uncached_instances[:MAX_NAMES], self.uncached_reasons[:MAX_REASONS]
        instances, progress, reasons = await gather_groups(
            [partial(fetch_instance, self.nova, instance) for instance in names],
            [partial(fetch_progress, self.nova, instance) for instance in self._without_progress()],
            [partial(fetch_reason_or_none, self.nova, migration) for migration in failed],
        )
        self.instances |= await store_instances(self.nova, zip(names, instances, strict=True))
        self.reasons |= await store_reasons(self.nova, zip(failed, reasons, strict=True))
        self.migrations = merge_progress(self.migrations, progress)

    def _without_reason(self) -> list[Migration]:
        failed = filter(needs_reason, self.migrations)
        return [migration for migration in failed if migration.uuid not in self.reasons]

    def _without_progress(self) -> list[str]:
        """Return the instances whose progress this request has to fetch."""
        copying = {migration.instance_id for migration in self.migrations if self.complete and is_copying(migration)}
        return sorted(copying.difference(self.progress_requested))[: self.max_progress]

    def _row(self, migration: Migration, context: RowContext, newest: Collection[str]) -> Row:
        instance = self.instances.get(migration.instance_id)
        context = replace(
            context,
            newest=migration.uuid in newest,
            reason=self.reasons.get(migration.uuid),
            pending=self.pending.get(migration.uuid),
            samples=self.samples.get(migration.uuid, ()),
            admin_started=migration.instance_id in self.admin_started and not phase_of(migration.status).over,
            seen=instance.sighting if instance else NOT_SEEN,
        )
        return Row.of(migration, instance or InstanceSummary(), context)


def fetch_instance(nova: Nova, instance_id: str) -> InstanceSummary | None:
    """Return what the board shows of an instance; None if Nova does not answer now."""
    try:
        server = nova.server(instance_id)
    except NotFound:
        return InstanceSummary()
    except TolerableError:
        return None
    return InstanceSummary.of(server, nova.now())


def fetch_progress(nova: Nova, instance_id: str) -> list[Migration] | None:
    """Return the live migrations of an instance with their progress; None if Nova does not answer now.

    That is no error of the board: the list has the status of each migration.
    """
    try:
        return nova.live_migrations(instance_id)
    except NotFound:
        return []
    except TolerableError:
        return None


def _status(migration: Migration) -> str:
    return migration.status


def merge_progress(listed: Iterable[Migration], answers: Iterable[list[Migration] | None]) -> list[Migration]:
    """Return the listed migrations with the progress of live migrations, newest first.

    The list has the valid status.  A migration that is not listed is added.
    """
    merged = {migration.uuid: migration for migration in listed}
    for migration in (migration for answer in answers for migration in answer or ()):
        if migration.uuid not in merged:
            merged[migration.uuid] = migration
        elif is_copying(merged[migration.uuid]):
            figures, updated_at = migration.figures, migration.updated_at
            merged[migration.uuid] = replace(merged[migration.uuid], figures=figures, updated_at=updated_at)
    return newest_first(merged.values())
