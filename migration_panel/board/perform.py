# SPDX-License-Identifier: Apache-2.0
"""Perform an action on a migration.  The migration may have finished a moment before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial

from asgiref.sync import async_to_sync

from migration_panel.api.concurrency import gather
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board.actions import ABORT, CONFIRM, FORCE_COMPLETE, LIVE_TYPES, RESET_STATE, REVERT, Action
from migration_panel.board.build import fetch_progress
from migration_panel.board.cache import remove_reason, store_action
from migration_panel.board.failure_query import fetch_reason
from migration_panel.board.lists import Query
from migration_panel.board.status import newest_of_each, phase_of
from migration_panel.exceptions import AlreadyFinished, InvalidStatus, NotFound, NothingToReset, RequestRejected

API_CALLS: dict[Action, Callable[[Nova, Migration], None]] = {
    ABORT: Nova.abort,
    FORCE_COMPLETE: Nova.force_complete,
    CONFIRM: Nova.confirm,
    REVERT: Nova.revert,
    RESET_STATE: Nova.reset_to_active,
}


def perform(nova: Nova, query: Query, migration_id: str, action: Action) -> Migration:
    """Perform an action and return the migration as it was before.

    Raise AlreadyFinished, InvalidStatus, NothingToReset, NotFound, or Nova's error.
    """
    listed = _candidates(nova, query, action)
    migration = _with_uuid(listed, migration_id)
    _require(action, migration)
    if action is RESET_STATE:
        # Only the last migration shows the present state of the instance.
        is_last = migration.uuid in newest_of_each(listed)
        if not (is_last and fetch_reason(nova, migration).can_reset):
            raise NothingToReset()
    try:
        API_CALLS[action](nova, migration)
    except (NotFound, RequestRejected):
        # Nova answers 400 or 404 if the migration finished before the user confirmed the action.
        _require(action, find_migration(nova, replace(query, instance_id=migration.instance_id), migration_id, action))
        raise
    store_action(migration_id, action, datetime.now(timezone.utc))
    remove_reason(nova, migration)
    return migration


def _require(action: Action, migration: Migration) -> None:
    """Raise AlreadyFinished or InvalidStatus if the action does not apply."""
    if not action.applies_to(migration.type, migration.status):
        raise (AlreadyFinished if phase_of(migration.status).over else InvalidStatus)(migration.status)


def find_migration(nova: Nova, query: Query, migration_id: str, action: Action) -> Migration:
    """Return the migration.  Raise NotFound.

    Nova shows no single migration by its UUID.  It is searched in the lists that must contain it: that of
    ``query.instance_id``, or without it those in the statuses to which the action applies.
    """
    return _with_uuid(_candidates(nova, query, action), migration_id)


def _candidates(nova: Nova, query: Query, action: Action) -> list[Migration]:
    listing = partial(_listed, nova, project_id=query.project_id)
    calls: list[Callable[[], list[Migration] | None]]
    if query.instance_id:
        calls = [partial(listing, instance_id=query.instance_id)]
    else:
        calls = [partial(listing, status=status) for status in sorted(action.statuses)]
    if query.instance_id and query.project_id and action.types == LIVE_TYPES:
        # The manager of the instance may act on a live migration that an administrator started, but cannot list it.
        calls.append(partial(fetch_progress, nova, query.instance_id))
    return [migration for answer in async_to_sync(gather)(calls) for migration in answer or ()]


def _with_uuid(migrations: list[Migration], uuid: str) -> Migration:
    found = next((migration for migration in migrations if migration.uuid == uuid), None)
    if found is None:
        raise NotFound()
    return found


def _listed(
    nova: Nova, *, project_id: str | None, instance_id: str | None = None, status: str | None = None
) -> list[Migration]:
    return nova.migration_list(project_id=project_id, instance_id=instance_id, status=status).records
