# SPDX-License-Identifier: Apache-2.0
"""What the next poll goes by, and whose turn it is where there are more copies than can be asked for at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from migration_panel import clock
from migration_panel.api.models import Migration
from migration_panel.board.feed import foreign, gathering
from migration_panel.board.feed.foreign import Foreign
from migration_panel.board.feed.row import Row
from migration_panel.board.rules.cursor import Cursor, digest, short_name


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
    deep: bool = False,
    unfinished: bool = False,
) -> Cursor | None:
    """None while there is nothing at all: the next poll then asks for the first page again.

    ``unheard``: instances that were asked for in vain; ``waiting``: migrations that were not told of; ``later``:
    instances whose turn it was not, some of them not among the rows; ``deep``: whether this poll looked back further;
    ``unfinished``: whether names or reasons are missing that the next poll has to request.
    """
    now = clock.now()
    moments = [row.migration.changed_at for row in rows if row.migration.changed_at]
    if cursor:
        # The same rows have to be returned again if something is missing.
        moments = [cursor.newest] if unfinished else [*moments, cursor.newest]
    if not moments and others.instances:
        moments.append(now)
    if not moments:
        return None
    base = Cursor(max(moments).replace(microsecond=0))
    copying = [row.migration.instance_id for row in _in_turn(rows, unheard)]
    known = {*copying, *(row.migration.instance_id for row in rows if row.phase.over)}
    followed = dict.fromkeys([*(one for one in later if one not in known), *copying, *unheard])
    listed = {short_name(row.migration.uuid) for row in rows}
    moving = [short_name(row.migration.uuid) for row in rows if row.phase.moving and not row.foreign]
    return replace(
        base,
        followed=tuple(followed),
        moving=(*moving, *(one for one in (cursor.moving if cursor else ()) if one not in listed)),
        seen=frozenset(
            digest_of(row) for row in rows if row.migration.uuid not in waiting and _comes_again(row.migration, base)
        ),
        foreign=others.instances,
        looked=int(others.looked.timestamp()) if others.looked else cursor.looked if cursor else 0,
        deep=cursor.deep if cursor and cursor.deep and not deep else int(now.timestamp()),
    )


def _in_turn(rows: Iterable[Row], unheard: Collection[str]) -> list[Row]:
    """Those that copy: first who were not asked for this time, of these who were acted on, then the oldest figures."""
    return sorted(
        (row for row in rows if gathering.copies(row.migration) and row.phase.moving),
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
    state = (row.gone, row.stale, row.left_at_source, row.quiet_since)
    return digest((row.migration, row.name, row.asked, row.why, row.pace, state))
