# SPDX-License-Identifier: Apache-2.0
"""Reads all that Nova tells of one migration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from asgiref.sync import sync_to_async

from migration_panel.api.concurrency import gather
from migration_panel.api.models import InstanceAction, Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.board import failure_query
from migration_panel.board.build import build_rows, fetch_progress, is_copying, merge_progress
from migration_panel.board.cache import InstanceSummary, record_samples, store_instances, was_in_post_copy
from migration_panel.board.failure import find_request
from migration_panel.board.lists import LIST_LIMIT, Query, open_ones
from migration_panel.board.progress import Sample
from migration_panel.board.rows import Row
from migration_panel.exceptions import MigrationPanelError, NotFound, TolerableError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Detail:
    row: Row
    samples: tuple[Sample, ...] = ()
    # The request that began it, with its events; None if Nova keeps or tells none.
    begun: InstanceAction | None = None
    # All that was asked of the instance.
    actions: tuple[InstanceAction, ...] = ()
    # Why these could not be read.
    error: MigrationPanelError | None = None


async def instance_of(nova: Nova, query: Query, migration_id: str) -> str:
    """Looked for where the board looks: Nova shows no single migration by its UUID.  Raises NotFound."""
    listing = partial(nova.migration_list, project_id=query.project_id, most=LIST_LIMIT)
    lists = await gather([listing, partial(listing, status="finished")])
    listed = [one for answer in lists for one in answer.records]
    found = next((one for one in listed if one.uuid == migration_id), None)
    if found is None and not all(answer.complete for answer in lists):
        found = next((one for one in await open_ones(nova, query) or () if one.uuid == migration_id), None)
    if found is None:
        raise NotFound()
    return found.instance_id


async def read_detail(nova: Nova, query: Query, migration_id: str) -> Detail:
    """In five calls and two waits.  Raises NotFound, or what Nova says to the list of ``query``'s instance."""
    instance = query.instance_id or ""
    answer, server, actions = await gather(
        [
            partial(nova.migration_list, instance_id=instance, project_id=query.project_id, most=LIST_LIMIT),
            partial(_or_error, partial(nova.server, instance)),
            partial(_or_error, partial(nova.actions, instance)),
        ]
    )
    listed = answer.records
    migration = next((one for one in listed if one.uuid == migration_id), None)
    foreign = migration is None and query.project_id is not None
    if foreign:
        # Nova lists that of an administrator to others only while it is live, and only by the instance.
        [copies_now] = await gather([partial(fetch_progress, nova, instance)])
        listed = merge_progress(listed, [copies_now])
        migration = next((one for one in listed if one.uuid == migration_id), None)
    if migration is None:
        raise NotFound()
    copying, begun = await gather(
        [
            partial(fetch_progress, nova, instance) if is_copying(migration) else list,
            partial(_or_error, partial(_find_request, nova, migration, actions)),
        ]
    )
    await _remember(nova, migration, server, begun, actions)
    rows = await build_rows(
        nova,
        merge_progress(listed, [copying]),
        complete=False,
        foreign={instance} if foreign else (),
        whole=query.project_id is None,
    )
    row = next(row for row in rows if row.migration.uuid == migration_id)
    series = await record_samples(nova, [row.migration])
    return Detail(
        row,
        series.get(migration_id, ()),
        begun if isinstance(begun, InstanceAction) else None,
        () if isinstance(actions, MigrationPanelError) else tuple(actions),
        begun if isinstance(begun, MigrationPanelError) and not isinstance(begun, NotFound) else None,
    )


def _find_request(
    nova: Nova, migration: Migration, actions: list[InstanceAction] | MigrationPanelError
) -> InstanceAction | None:
    if isinstance(actions, MigrationPanelError):
        raise actions
    request = find_request(migration, actions)
    return nova.action(migration.instance_id, request.request_id) if request else None


def _or_error(call: Callable[[], Answer]) -> Answer | MigrationPanelError:
    """What the page can do without; a lost session is not of that kind."""
    try:
        return call()
    except TolerableError as error:
        return error


async def _remember(
    nova: Nova,
    migration: Migration,
    server: Server | MigrationPanelError,
    begun: InstanceAction | MigrationPanelError | None,
    actions: list[InstanceAction] | MigrationPanelError,
) -> None:
    """So that the row is made of what has been read already, and the board need not ask again."""
    gone = isinstance(server, NotFound)
    if isinstance(server, MigrationPanelError) and not gone:
        return
    known = None if gone else server
    await store_instances(nova, [(migration.instance_id, InstanceSummary.of(known, nova.now()))])
    if failure_query.concerns(migration) and not isinstance(begun, MigrationPanelError):
        asked = () if isinstance(actions, MigrationPanelError) else actions
        seen = await sync_to_async(was_in_post_copy)(migration)
        reason = failure_query.explained(nova, migration, begun, known, asked, post_copy=seen)
        await failure_query.remember(nova, [(migration, reason)])
