# SPDX-License-Identifier: Apache-2.0
"""The order of migrations: by time and UUID.  Nova's integer IDs repeat between cells and say nothing about time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from migration_panel.api.models import Migration

EARLIEST = datetime.min.replace(tzinfo=timezone.utc)


def age_key(migration: Migration) -> tuple[datetime, str]:
    """Return a sort key: an older migration has a smaller key."""
    return migration.created_at or EARLIEST, migration.uuid


def newest_first(migrations: Iterable[Migration]) -> list[Migration]:
    return sorted(migrations, key=age_key, reverse=True)


def newest_of_each(migrations: Iterable[Migration]) -> set[str]:
    """Return the UUID of the last migration of each instance."""
    return set({one.instance_id: one.uuid for one in sorted(migrations, key=age_key)}.values())
