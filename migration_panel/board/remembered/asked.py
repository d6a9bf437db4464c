# SPDX-License-Identifier: Apache-2.0
"""What was asked of a running migration: Nova answers before anything has happened, and tells of it nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from asgiref.sync import sync_to_async

from migration_panel.board.remembered.shape import all_restored
from migration_panel.board.rules.actions import Action
from migration_panel.cache import Shelf
from migration_panel.conf import get_config

# Longer than any force-complete that was seen to succeed; what it leaves is no loss.
KEPT = timedelta(hours=1)

# Several migrations are aborted at once: with more entries, fewer writes collide.
SHELF = Shelf("asked", entries=16)


@dataclass(frozen=True)
class Asked:
    # Slug of the action.
    action: str
    # Seconds since the epoch.
    at: float
    # Whether patience is over: Nova can swallow both silently.
    unheeded: bool = False


def remember(migration_id: str, action: Action, now: datetime) -> None:
    if action.cast:
        SHELF.put({migration_id: (action.slug, now.timestamp())}, KEPT.total_seconds())


async def asked_of(migrations: Iterable[str]) -> dict[str, Asked]:
    found = all_restored(Asked, await sync_to_async(SHELF.get)(migrations))
    due = datetime.now(timezone.utc).timestamp() - get_config().patience
    return {migration_id: replace(asked, unheeded=asked.at < due) for migration_id, asked in found.items()}
