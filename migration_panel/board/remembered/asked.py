# SPDX-License-Identifier: Apache-2.0
"""What was asked of a running migration: Nova answers before anything has happened, and tells of it nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from asgiref.sync import sync_to_async
from django.core.cache import cache

from migration_panel.board.rules.actions import Action
from migration_panel.conf import get_config

# Longer than any force-complete that was seen to succeed; what it leaves is no loss.
KEPT = timedelta(hours=1)


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
        cache.set(_key(migration_id), (action.slug, now.timestamp()), KEPT.total_seconds())


async def asked_of(migrations: Iterable[str]) -> dict[str, Asked]:
    keys = {_key(one): one for one in migrations}
    found = await sync_to_async(cache.get_many)(list(keys)) if keys else {}
    due = datetime.now(timezone.utc).timestamp() - get_config().patience
    return {keys[key]: Asked(action, at, unheeded=at < due) for key, (action, at) in found.items()}


def _key(migration_id: str) -> str:
    return f"migration_panel:asked:{migration_id}"
