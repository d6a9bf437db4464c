# SPDX-License-Identifier: Apache-2.0
"""Asks Nova why a migration failed, and remembers what will not change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple

from asgiref.sync import sync_to_async

from migration_panel.api.models import InstanceAction, Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.board.cache import all_restored, was_in_post_copy
from migration_panel.board.cursor import OVERLAP
from migration_panel.board.failure import FORCE, FailureReason, cancelled, failure_reason, find_request, requested
from migration_panel.board.harm import Doubts
from migration_panel.board.status import Phase, phase_of
from migration_panel.cache import Shelf
from migration_panel.exceptions import NotFound, TolerableError

# Nova may change its mind within seconds of the first end: then it is asked again with the next poll.
FRESH = 4
SETTLED = 24 * 3600


def concerns(migration: Migration) -> bool:
    return phase_of(migration.status) in (Phase.FAILED, Phase.CANCELLED)


async def remembered(nova: Nova, migrations: Iterable[Migration]) -> dict[str, FailureReason]:
    items = {_item(one): one.uuid for one in migrations if concerns(one)}
    found = all_restored(FailureReason, await sync_to_async(_shelf(nova).get)(items))
    return {items[item]: reason for item, reason in found.items()}


async def remember(nova: Nova, answers: Iterable[tuple[Migration, FailureReason | None]]) -> dict[str, FailureReason]:
    """Gives back what was told.  By the migration's last change, so that a later one is looked into anew."""
    told = [(migration, reason) for migration, reason in answers if reason]
    values: dict[int, dict[str, tuple[object, ...]]] = {FRESH: {}, SETTLED: {}}
    for migration, reason in told:
        changed = migration.changed_at
        fresh = changed is None or nova.now() - changed < OVERLAP
        # How the instance is now does not show in the migration's last change.
        brief = fresh or reason.unharmed or bool(reason.harm)
        values[FRESH if brief else SETTLED][_item(migration)] = astuple(reason)
    for seconds, lasting in values.items():
        await sync_to_async(_shelf(nova).put)(lasting, seconds)
    return {migration.uuid: reason for migration, reason in told}


def forget(nova: Nova, migration: Migration) -> None:
    """After an action that changes how the instance is, of which the migration's record says nothing."""
    _shelf(nova).remove(_item(migration))


def ask(nova: Nova, migration: Migration) -> FailureReason | None:
    """None if Nova cannot say just now."""
    try:
        return look(nova, migration)
    except NotFound:
        return FailureReason("unknown")
    except TolerableError:
        return None


def look(nova: Nova, migration: Migration) -> FailureReason:
    """Return why a migration failed and how the instance is.  Raise Nova's error, NotFound for an unknown instance."""
    server = _server(nova, migration)
    seen = was_in_post_copy(migration)
    if phase_of(migration.status) is Phase.CANCELLED:
        return explained(nova, migration, None, server, post_copy=seen)
    actions = nova.actions(migration.instance_id)
    begun = find_request(migration, actions)
    request = nova.action(migration.instance_id, begun.request_id) if begun else None
    return explained(nova, migration, request, server, actions, post_copy=seen)


def explained(
    nova: Nova,
    migration: Migration,
    request: InstanceAction | None,
    server: Server | None,
    actions: Sequence[InstanceAction] = (),
    *,
    post_copy: bool = False,
) -> FailureReason:
    """Return the reason from the records.

    ``request``: the action that started the migration, with its events; ``actions``: all actions of the instance;
    ``post_copy``: whether the migration was seen in post-copy.
    """
    doubts = Doubts(nova.host_follows, post_copy, requested(FORCE, migration, actions) is not None)
    if phase_of(migration.status) is Phase.CANCELLED:
        # Somebody wanted it so: that needs no reason.
        return cancelled(migration, server, doubts)
    return failure_reason(migration, request, server, details=nova.has_event_details, actions=actions, doubts=doubts)


def _server(nova: Nova, migration: Migration) -> Server | None:
    """Only a live migration leaves one in an error that is none.  Nova keeps the actions of deleted ones."""
    if migration.type != "live-migration":
        return None
    try:
        return nova.server(migration.instance_id)
    except NotFound:
        return None


def _shelf(nova: Nova) -> Shelf:
    # Nova's texts may be long.
    return Shelf("reasons", (nova.access.cache_scope,), entries=2)


def _item(migration: Migration) -> str:
    changed = migration.changed_at.timestamp() if migration.changed_at else 0
    return f"{migration.uuid}:{migration.status}:{changed}"
