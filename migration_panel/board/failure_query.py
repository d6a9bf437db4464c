# SPDX-License-Identifier: Apache-2.0
"""Look up in Nova why a migration failed."""

from __future__ import annotations

from collections.abc import Sequence

from migration_panel.api.models import InstanceAction, Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.board.cache import was_in_post_copy
from migration_panel.board.failure import FORCE, FailureReason, cancelled, failure_reason, find_request, requested
from migration_panel.board.harm import Doubts
from migration_panel.board.status import Phase, phase_of
from migration_panel.exceptions import NotFound, TolerableError


def fetch_reason_or_none(nova: Nova, migration: Migration) -> FailureReason | None:
    """Return why a migration failed and the state of its instance; None if Nova does not answer now."""
    try:
        return fetch_reason(nova, migration)
    except NotFound:
        return FailureReason("unknown")
    except TolerableError:
        return None


def fetch_reason(nova: Nova, migration: Migration) -> FailureReason:
    """Return why a migration failed and the state of its instance.

    Raise Nova's error, for example NotFound for an unknown instance.
    """
    server = _server(nova, migration)
    post_copy = was_in_post_copy(migration)
    if phase_of(migration.status) is Phase.CANCELLED:
        return reason_from_records(nova, migration, None, server, post_copy=post_copy)
    actions = nova.actions(migration.instance_id)
    found = find_request(migration, actions)
    request = nova.action(migration.instance_id, found.request_id) if found else None
    return reason_from_records(nova, migration, request, server, actions, post_copy=post_copy)


def reason_from_records(
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
        # A user requested the abort, which needs no reason.
        return cancelled(migration, server, doubts)
    return failure_reason(migration, request, server, details=nova.has_event_details, actions=actions, doubts=doubts)


def _server(nova: Nova, migration: Migration) -> Server | None:
    """Return the instance of a live migration; None if it was deleted, or after a migration of another type.

    Only a failed live migration can set an instance to Error whose guest is still running.
    """
    if migration.type != "live-migration":
        return None
    try:
        return nova.server(migration.instance_id)
    except NotFound:
        return None
