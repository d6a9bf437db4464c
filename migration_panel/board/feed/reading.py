# SPDX-License-Identifier: Apache-2.0
"""Reads the migrations and all that a row says of them, in as few calls and waits as can be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from migration_panel import clock
from migration_panel.api.concurrency import groups_at_once
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board.feed import foreign, gathering
from migration_panel.board.feed.following import digest_of, next_cursor, waits
from migration_panel.board.feed.foreign import Look
from migration_panel.board.feed.gathering import Gathered
from migration_panel.board.feed.listing import lists, open_ones
from migration_panel.board.feed.row import Row
from migration_panel.board.remembered import aftermath, instances
from migration_panel.board.rules.cursor import Cursor, short_name
from migration_panel.board.rules.sections import Section
from migration_panel.board.rules.unlisted import Unlisted
from migration_panel.conf import get_config


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
    # Whether the poller has to start again without a cursor, because the answer is not complete.
    partial: bool = False

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
    now = clock.now()
    followed = cursor.followed if cursor and figures else ()
    listing, look = lists(nova, query, cursor, now), Look.due(nova, query.project_id, query.instance_id, cursor)
    room = max(1, get_config().concurrency - len(listing) - len(look.calls))
    turn = followed[:room]
    answers, copying, seen = await groups_at_once(
        listing, [partial(gathering.figures, nova, one) for one in turn], look.calls
    )
    listed, complete = [one for answer in answers for one in answer.records], all(one.complete for one in answers)
    beyond: list[Migration] | None = []
    if cursor is None and not complete and query.project_id is None:
        # A page leaves these calls to its first poll.
        beyond = await open_ones(nova, query, ask=figures)
        listed = _once([*listed, *(beyond or ())])
    heard = dict(zip(turn, copying, strict=True))
    others = await foreign.found(nova, query.project_id, seen, listed, cursor, heard, figures=figures)
    migrations = gathering.merged([*listed, *others.migrations], copying)
    if cursor is None:
        migrations = _first_page(migrations, query.limit)
    found = await gathering.gather(
        nova,
        migrations,
        complete=figures,
        asked_before={*followed, *(one.instance_id for one in others.migrations)},
        foreign=others.instances - {one.instance_id for one in listed},
        most=room - len(turn) if cursor else None,
        # In a project, Nova lists only migrations that a user of the project requested.
        whole=query.project_id is None,
    )
    rows = found.rows
    waiting = {row.migration.uuid for row in rows if cursor and waits(row, cursor, heard)}
    waiting |= {row.migration.uuid for row in rows if cursor and _is_deep_and_unnamed(row, cursor, found.unnamed)}
    told = [row for row in rows if row.migration.uuid not in waiting]
    changed = tuple(row for row in told if cursor is None or digest_of(row) not in cursor.seen)
    unheard = [one for one, answer in heard.items() if answer is None]
    deep = cursor is not None and cursor.is_deep(now)
    unfinished = await _is_unfinished(nova, told, found)
    following = next_cursor(
        cursor,
        rows,
        unheard,
        others,
        waiting=waiting,
        later=followed[room:],
        deep=deep,
        unfinished=unfinished,
    )
    afresh = unfinished or beyond is None if cursor is None else not complete or (deep and _has_silent(cursor, rows))
    return Feed(changed, following, others.unlisted, afresh)


def _once(migrations: list[Migration]) -> list[Migration]:
    """Return the first record of each migration: the lists were read at different moments."""
    return list({one.uuid: one for one in reversed(migrations)}.values())


def _is_deep_and_unnamed(row: Row, cursor: Cursor, unnamed: Collection[str]) -> bool:
    """Return whether the poller probably has the row already, with a name that is unknown at this moment."""
    changed = row.migration.changed_at
    return row.migration.instance_id in unnamed and changed is not None and changed < cursor.since


async def _is_unfinished(nova: Nova, rows: list[Row], found: Gathered) -> bool:
    """Return whether names or reasons are missing that the next request will add.

    If nothing new was read, or the cache did not store it, the next request would only repeat the same calls.
    """
    missing = found.unnamed | found.unexplained
    if not any(row.migration.instance_id in missing or row.migration.uuid in missing for row in rows):
        return False
    return bool(await instances.remembered(nova, found.named) or await aftermath.remembered(nova, found.explained))


def _has_silent(cursor: Cursor, rows: list[Row]) -> bool:
    """Return whether a migration counts as in progress but did not change within the time that the poll covers."""
    return not {short_name(row.migration.uuid) for row in rows}.issuperset(cursor.moving)


def _first_page(migrations: list[Migration], limit: int) -> list[Migration]:
    """All that need somebody or are under way, and as many of the others as the reader's pages have."""
    sections = gathering.sections_of(migrations)
    past = [one.uuid for one in migrations if sections[one.uuid] is Section.HISTORY]
    beyond = set(past[limit:])
    return [one for one in migrations if one.uuid not in beyond]
