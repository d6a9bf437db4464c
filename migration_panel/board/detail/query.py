# SPDX-License-Identifier: Apache-2.0
"""Read all that Nova shows of one migration."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from asgiref.sync import sync_to_async

from migration_panel.api.concurrency import gather
from migration_panel.api.models import InstanceAction, Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.board.build import RowBuilder, fetch_progress, merge_progress
from migration_panel.board.cache import InstanceSummary, store_instances, store_reasons, was_in_post_copy
from migration_panel.board.failure import find_request, needs_reason
from migration_panel.board.failure_query import reason_from_records
from migration_panel.board.lists import LIST_LIMIT, Query, open_migrations
from migration_panel.board.progress import Sample
from migration_panel.board.rows import Row
from migration_panel.board.status import is_copying
from migration_panel.exceptions import MigrationPanelError, NotFound, TolerableError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Detail:
    """A migration, its samples, and what was requested of its instance."""

    row: Row
    samples: tuple[Sample, ...] = ()
    # The request that started the migration, with its events; None if Nova does not have or show it.
    request: InstanceAction | None = None
    # All actions of the instance.
    actions: tuple[InstanceAction, ...] = ()
    # Why the actions could not be read.
    error: MigrationPanelError | None = None


async def instance_of(nova: Nova, query: Query, migration_id: str) -> str:
    """Return the ID of the migration's instance.  Raise NotFound.

    Nova shows no single migration by its UUID, so it is searched in the lists of the board.
    """
    listing = partial(nova.migration_list, project_id=query.project_id, most=LIST_LIMIT)
    newest, waiting = await gather([listing, partial(listing, status="finished")])
    found = _with_uuid([*newest.records, *waiting.records], migration_id)
    if found is None and not (newest.complete and waiting.complete):
        found = _with_uuid((await open_migrations(nova, query)).records, migration_id)
    if found is None:
        raise NotFound()
    return found.instance_id


async def read_detail(nova: Nova, query: Query, migration_id: str) -> Detail:
    """Return a migration of ``query.instance_id``, read with five calls in two waits.

    Raise NotFound, or Nova's error for the list of migrations.
    """
    instance = query.instance_id or ""
    listed, server, actions = await gather(
        [
            partial(nova.migration_list, instance_id=instance, project_id=query.project_id, most=LIST_LIMIT),
            partial(_or_error, partial(nova.server, instance)),
            partial(_or_error, partial(nova.actions, instance)),
        ]
    )
    migration, migrations = await _find(nova, query, listed.records, migration_id)
    progress, request = await gather(
        [
            partial(fetch_progress, nova, instance) if is_copying(migration) else list,
            partial(_or_error, partial(_fetch_request, nova, migration, actions)),
        ]
    )
    await _store(nova, migration, server, request, actions)
    builder = RowBuilder(
        nova,
        merge_progress(migrations, [progress]),
        complete=False,
        admin_started=() if migration in listed.records else (instance,),
        all_listed=query.project_id is None,
    )
    return _detail(await builder.build(), builder, migration_id, request, actions)


async def _find(
    nova: Nova, query: Query, listed: list[Migration], migration_id: str
) -> tuple[Migration, list[Migration]]:
    """Return the migration, and all migrations of its instance.  Raise NotFound.

    Nova shows a migration that an administrator started to the project only while it is live, and by its instance.
    """
    migration = _with_uuid(listed, migration_id)
    if migration is None and query.project_id is not None:
        [progress] = await gather([partial(fetch_progress, nova, query.instance_id or "")])
        listed = merge_progress(listed, [progress])
        migration = _with_uuid(listed, migration_id)
    if migration is None:
        raise NotFound()
    return migration, listed


def _with_uuid(migrations: Iterable[Migration], uuid: str) -> Migration | None:
    return next((migration for migration in migrations if migration.uuid == uuid), None)


def _detail(
    rows: list[Row],
    builder: RowBuilder,
    migration_id: str,
    request: InstanceAction | MigrationPanelError | None,
    actions: list[InstanceAction] | MigrationPanelError,
) -> Detail:
    return Detail(
        next(row for row in rows if row.migration.uuid == migration_id),
        builder.samples.get(migration_id, ()),
        request if isinstance(request, InstanceAction) else None,
        () if isinstance(actions, MigrationPanelError) else tuple(actions),
        request if isinstance(request, MigrationPanelError) and not isinstance(request, NotFound) else None,
    )


def _fetch_request(
    nova: Nova, migration: Migration, actions: list[InstanceAction] | MigrationPanelError
) -> InstanceAction | None:
    """Return the request that started the migration, with its events.  Raise the error of the actions."""
    if isinstance(actions, MigrationPanelError):
        raise actions
    found = find_request(migration, actions)
    return nova.action(migration.instance_id, found.request_id) if found else None


def _or_error(call: Callable[[], Answer]) -> Answer | MigrationPanelError:
    """Return the answer, or an error without which the page can be shown.  Raise SessionExpired."""
    try:
        return call()
    except TolerableError as error:
        return error


async def _store(
    nova: Nova,
    migration: Migration,
    server: Server | MigrationPanelError,
    request: InstanceAction | MigrationPanelError | None,
    actions: list[InstanceAction] | MigrationPanelError,
) -> None:
    """Store what was read, so that neither the row nor the board has to request it again."""
    if isinstance(server, MigrationPanelError) and not isinstance(server, NotFound):
        return
    instance = None if isinstance(server, MigrationPanelError) else server
    await store_instances(nova, [(migration.instance_id, InstanceSummary.of(instance, nova.now()))])
    if needs_reason(migration) and not isinstance(request, MigrationPanelError):
        known = () if isinstance(actions, MigrationPanelError) else actions
        post_copy = await sync_to_async(was_in_post_copy)(migration)
        reason = reason_from_records(nova, migration, request, instance, known, post_copy=post_copy)
        await store_reasons(nova, [(migration, reason)])
