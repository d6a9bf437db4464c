# SPDX-License-Identifier: Apache-2.0
"""What the next poll goes by, and whose turn it is where there are more copies than can be asked for at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timezone

from migration_panel.board.feed import foreign, gathering
from migration_panel.board.feed.foreign import Foreign
from migration_panel.board.feed.row import Row
from migration_panel.board.rules.cursor import Cursor, digest
from migration_panel.nova.records import Migration


def waits(row: Row, cursor: Cursor, heard: Collection[str]) -> bool:
    """Whether its figures are shown already, while it was not its turn to be asked for newer ones."""
    one = row.migration
    unasked = gathering.copies(one) and one.figures is None and one.instance_id not in heard
    return unasked and (one.instance_id in cursor.followed or row.heard_at > 0)


def next_cursor(
    cursor: Cursor | None,
    rows: list[Row],
    unheard: list[str],
    others: Foreign = foreign.NOTHING,
    *,
    waiting: Collection[str] = (),
    later: Sequence[str] = (),
) -> Cursor | None:
    """None while there is nothing at all: the next poll then asks for the first page again.

    ``unheard``: instances that were asked for in vain; ``waiting``: migrations that were not told of; ``later``:
    instances whose turn it was not, some of them not among the rows.
    """
    moments = [row.migration.changed_at for row in rows if row.migration.changed_at]
    if cursor:
        moments.append(cursor.newest)
    if not moments and others.instances:
        moments.append(datetime.now(timezone.utc))
    if not moments:
        return None
    base = Cursor(max(moments).replace(microsecond=0))
    copying = [row.migration.instance_id for row in _in_turn(rows, unheard)]
    known = {*copying, *(row.migration.instance_id for row in rows if row.phase.over)}
    followed = dict.fromkeys([*(one for one in later if one not in known), *copying, *unheard])
    before = cursor.moving if cursor else frozenset()
    return replace(
        base,
        followed=tuple(followed),
        moving=before - {row.migration.id for row in rows}
        | {row.migration.id for row in rows if row.phase.moving and not row.foreign},
        seen=frozenset(
            digest_of(row) for row in rows if row.migration.uuid not in waiting and _comes_again(row.migration, base)
        ),
        foreign=others.instances,
        looked=int(others.looked.timestamp()) if others.looked else cursor.looked if cursor else 0,
    )


def _in_turn(rows: Iterable[Row], unheard: Collection[str]) -> list[Row]:
    """Those that copy: first who were not asked for this time, of these who were acted on, then the oldest figures."""
    return sorted(
        (row for row in rows if gathering.copies(row.migration)),
        key=lambda row: (
            row.migration.figures is not None or row.migration.instance_id in unheard,
            row.asked is None,
            row.heard_at,
        ),
    )


def _comes_again(migration: Migration, cursor: Cursor) -> bool:
    """With the figures of a followed instance, or because the next list looks back so far."""
    changed = migration.changed_at
    return gathering.copies(migration) or (changed is not None and changed >= cursor.since)


def digest_of(row: Row) -> bytes:
    """Of all that the row says: two with the same one tell nothing new."""
    return digest((row.migration, row.name, row.asked, row.why, row.pace))
