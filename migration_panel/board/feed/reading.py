# SPDX-License-Identifier: Apache-2.0
"""Reads the migrations and all that a row says of them, in as few calls and waits as can be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial

from migration_panel.board.feed import foreign, gathering
from migration_panel.board.feed.foreign import Foreign, Look
from migration_panel.board.feed.row import Row
from migration_panel.board.rules.cursor import Cursor, digest
from migration_panel.board.rules.sections import Section
from migration_panel.board.rules.unlisted import Unlisted
from migration_panel.conf import get_config
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import groups_at_once
from migration_panel.nova.records import Migration

# How many of the newest are looked through for those that are under way.
WINDOW = 200


@dataclass(frozen=True)
class Query:
    """Which migrations: of one project's askers or all, of one instance or all."""

    project_id: str | None = None
    instance_id: str | None = None
    # Rows of a first page, beside those that need somebody or are under way.
    limit: int = 20


@dataclass(frozen=True)
class Feed:
    """Newest first; after a cursor, only the rows that differ from what was seen then."""

    rows: tuple[Row, ...]
    cursor: Cursor | None
    # What moves by the wish of others; only at times, see foreign.py.
    unlisted: tuple[Unlisted, ...] = ()

    @property
    def moving(self) -> bool:
        """Whether anything seen so far is on its way, listed this time or not."""
        here = self.cursor and (self.cursor.moving or self.cursor.foreign.intersection(self.cursor.followed))
        return bool(here or any(one.moving for one in self.unlisted))


async def read_feed(nova: Nova, query: Query, cursor: Cursor | None = None, *, figures: bool = True) -> Feed:
    """Raises MigrationPanelError if the list of migrations cannot be had.

    Without ``figures``, neither these nor reasons are asked for; what is remembered of reasons is there.

    The list and the figures of what ran at the last poll are asked for at once, so that a poll takes as
    long as its slowest call; a second wait comes only for what the first one revealed.  Of more than can be
    asked for at once, some have to wait for their turn, so that the list never waits for all of them.
    """
    followed = cursor.followed if cursor and figures else ()
    listing, look = _lists(nova, query, cursor), Look.due(nova, query.project_id, query.instance_id, cursor)
    room = max(1, get_config().concurrency - len(listing) - len(look.calls))
    turn = followed[:room]
    lists, copying, seen = await groups_at_once(
        listing, [partial(gathering.figures, nova, one) for one in turn], look.calls
    )
    listed = [one for answer in lists for one in answer]
    heard = dict(zip(turn, copying, strict=True))
    others = await foreign.found(nova, query.project_id, seen, listed, cursor, heard, figures=figures)
    migrations = gathering.merged([*listed, *others.migrations], copying)
    if cursor is None:
        migrations = _first_page(migrations, query.limit)
    rows = await gathering.rows_of(
        nova,
        migrations,
        complete=figures,
        asked_before={*followed, *(one.instance_id for one in others.migrations)},
        foreign=others.instances - {one.instance_id for one in listed},
        most=room - len(turn) if cursor else None,
    )
    waiting = {row.migration.uuid for row in rows if cursor and _waits(row, cursor, heard)}
    told = [row for row in rows if row.migration.uuid not in waiting]
    changed = tuple(row for row in told if cursor is None or _digest(row) not in cursor.seen)
    unheard = [one for one, answer in heard.items() if answer is None]
    following = next_cursor(cursor, rows, unheard, others, waiting=waiting, later=followed[room:])
    return Feed(changed, following, others.unlisted)


def _waits(row: Row, cursor: Cursor, heard: Collection[str]) -> bool:
    """Whether it is shown with figures already, while it was not its turn to be asked for newer ones."""
    one = row.migration
    unasked = gathering.copies(one) and one.figures is None and one.instance_id not in heard
    return unasked and (one.id in cursor.moving or row.heard_at > 0)


def _lists(nova: Nova, query: Query, cursor: Cursor | None) -> list[Callable[[], list[Migration]]]:
    listing = partial(nova.migrations, instance_id=query.instance_id, project_id=query.project_id)
    if cursor:
        return [partial(listing, changed_since=cursor.since)]
    if query.instance_id:
        return [partial(listing, limit=WINDOW)]
    if query.project_id is not None:
        # What waits long since is found by the project's instances.
        return [partial(listing, limit=WINDOW)]
    # What waits for a confirmation may have done so for long.
    return [partial(listing, limit=WINDOW), partial(listing, limit=WINDOW, status="finished")]


def _first_page(migrations: list[Migration], limit: int) -> list[Migration]:
    """All that need somebody or are under way, and as many of the others as the reader's pages have."""
    sections = gathering.sections_of(migrations)
    past = [one.uuid for one in migrations if sections[one.uuid] is Section.HISTORY]
    beyond = set(past[limit:])
    return [one for one in migrations if one.uuid not in beyond]


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
            _digest(row) for row in rows if row.migration.uuid not in waiting and _comes_again(row.migration, base)
        ),
        foreign=others.instances,
        looked=int(others.looked.timestamp()) if others.looked else cursor.looked if cursor else 0,
    )


def _in_turn(rows: Iterable[Row], unheard: Collection[str]) -> list[Row]:
    """Those that copy: first who were not asked for this time, then whose figures are oldest."""
    return sorted(
        (row for row in rows if gathering.copies(row.migration)),
        key=lambda row: (
            row.migration.figures is not None or row.migration.instance_id in unheard,
            row.heard_at,
        ),
    )


def _comes_again(migration: Migration, cursor: Cursor) -> bool:
    """With the figures of a followed instance, or because the next list looks back so far."""
    changed = migration.changed_at
    return gathering.copies(migration) or (changed is not None and changed >= cursor.since)


def _digest(row: Row) -> bytes:
    return digest((row.migration, row.name, row.asked, row.why, row.pace))
