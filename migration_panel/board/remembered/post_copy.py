# SPDX-License-Identifier: Apache-2.0
"""Which migrations were seen in post-copy: Nova's record does not show it after the migration has ended."""

from __future__ import annotations

from collections.abc import Iterable

from migration_panel.api.models import Migration
from migration_panel.board.rules.harm import POST_COPY
from migration_panel.cache import Shelf

# As long as a failure is shown under "Needs attention".
KEPT = 24 * 3600


SEEN = Shelf("post-copy")


def remember(migrations: Iterable[Migration]) -> None:
    SEEN.put({one.uuid: True for one in migrations if one.status == POST_COPY}, KEPT)


def was_seen(migration: Migration) -> bool:
    return bool(SEEN.get([migration.uuid]))
