# SPDX-License-Identifier: Apache-2.0
"""Which migrations were seen in post-copy: Nova's record does not say so once it has ended."""

from __future__ import annotations

from collections.abc import Iterable

from migration_panel import cache
from migration_panel.board.rules.harm import POST_COPY
from migration_panel.nova.records import Migration

# As long as a failure needs somebody.
KEPT = 24 * 3600


def remember(migrations: Iterable[Migration]) -> None:
    cache.put_many({_key(one.uuid): True for one in migrations if one.status == POST_COPY}, KEPT)


def was_seen(migration: Migration) -> bool:
    return bool(cache.get(_key(migration.uuid)))


def _key(uuid: str) -> str:
    return cache.key("post-copy", uuid)
