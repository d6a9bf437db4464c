# SPDX-License-Identifier: Apache-2.0
"""Carries out what a user asks of a migration, right also when it ended a moment before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial

from asgiref.sync import async_to_sync

from migration_panel.api.concurrency import gather
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board import build, failure_query
from migration_panel.board.actions import ABORT, CONFIRM, FORCE_COMPLETE, LIVE_TYPES, RESET_STATE, REVERT, Action
from migration_panel.board.cache import store_action
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
    """Raises AlreadyFinished if there was nothing left to act on, InvalidStatus, NotFound, or what Nova says."""
    listed = _look_through(nova, query, action)
    migration = _one_of(listed, migration_id)
    _require(action, migration)
    if action is RESET_STATE:
        # Only the last migration shows the present state of the instance.
        is_last = migration.uuid in newest_of_each(listed)
        if not (is_last and failure_query.look(nova, migration).mendable):
            raise NothingToReset()
    try:
        API_CALLS[action](nova, migration)
    except (NotFound, RequestRejected):
        # Nova answers 400 or 404 for one that ended while the user made up his mind.
        _require(action, find_migration(nova, replace(query, instance_id=migration.instance_id), migration_id, action))
        raise
    store_action(migration_id, action, datetime.now(timezone.utc))
    failure_query.forget(nova, migration)
    return migration


def _require(action: Action, migration: Migration) -> None:
    if not action.fits(migration.type, migration.status):
        raise (AlreadyFinished if phase_of(migration.status).over else InvalidStatus)(migration.status)


def find_migration(nova: Nova, query: Query, migration_id: str, action: Action) -> Migration:
    """Nova shows no single migration by its UUID, so it is looked for where it must be, never in the whole table.

    ``query.instance_id`` says where; without it, among those in the statuses that the action takes.
    """
    return _one_of(_look_through(nova, query, action), migration_id)


def _look_through(nova: Nova, query: Query, action: Action) -> list[Migration]:
    listing = partial(_listed, nova, project_id=query.project_id)
    if query.instance_id:
        calls = [partial(listing, instance_id=query.instance_id)]
    else:
        calls = [partial(listing, status=status) for status in sorted(action.statuses)]
    if query.instance_id and query.project_id and action.types == LIVE_TYPES:
        # That of an administrator is not listed, but may be acted on by the instance's own manager.
        calls.append(partial(build.fetch_progress, nova, query.instance_id))
    return [one for answer in async_to_sync(gather)(calls) for one in answer or ()]


def _one_of(listed: list[Migration], migration_id: str) -> Migration:
    found = next((one for one in listed if one.uuid == migration_id), None)
    if found is None:
        raise NotFound()
    return found


def _listed(nova: Nova, **filters: str | None) -> list[Migration]:
    return nova.migration_list(**filters).records
