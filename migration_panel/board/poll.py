# SPDX-License-Identifier: Apache-2.0
"""Read the rows of the board: the first page, or what changed since a cursor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from migration_panel import clock
from migration_panel.api.concurrency import gather_groups
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board import admin_started, build, failure_query
from migration_panel.board.admin_started import AdminStarted, InstanceLookup
from migration_panel.board.build import Decoration
from migration_panel.board.cache import stored_instances
from migration_panel.board.cursor import Cursor, digest, short_name
from migration_panel.board.lists import Query, lists, open_ones
from migration_panel.board.rows import Row
from migration_panel.board.status import Section
from migration_panel.board.unrecorded import UnrecordedMove
from migration_panel.conf import get_config


@dataclass(frozen=True)
class Feed:
    """Newest first; after a cursor, only the rows that differ from what was seen then."""

    rows: tuple[Row, ...]
    cursor: Cursor | None
    # Migrations that other users started; not in every answer, see admin_started.py.
    unlisted: tuple[UnrecordedMove, ...] = ()
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
    listing, look = (
        lists(nova, query, cursor, now),
        InstanceLookup.due(nova, query.project_id, query.instance_id, cursor),
    )
    room = max(1, get_config().concurrency - len(listing) - len(look.calls))
    turn = followed[:room]
    answers, copying, seen = await gather_groups(
        listing, [partial(build.fetch_progress, nova, one) for one in turn], look.calls
    )
    listed, complete = [one for answer in answers for one in answer.records], all(one.complete for one in answers)
    beyond: list[Migration] | None = []
    if cursor is None and not complete and query.project_id is None:
        # A page leaves these calls to its first poll.
        beyond = await open_ones(nova, query, ask=figures)
        listed = _once([*listed, *(beyond or ())])
    heard = dict(zip(turn, copying, strict=True))
    others = await admin_started.find_admin_started(
        nova, query.project_id, seen, listed, cursor, heard, figures=figures
    )
    migrations = build.merge_progress([*listed, *others.migrations], copying)
    if cursor is None:
        migrations = _first_page(migrations, query.limit)
    found = await build.gather(
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
    waiting = {row.migration.uuid for row in rows if cursor and is_deferred(row, cursor, heard)}
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


async def _is_unfinished(nova: Nova, rows: list[Row], found: Decoration) -> bool:
    """Return whether names or reasons are missing that the next request will add.

    If nothing new was read, or the cache did not store it, the next request would only repeat the same calls.
    """
    missing = found.unnamed | found.unexplained
    if not any(row.migration.instance_id in missing or row.migration.uuid in missing for row in rows):
        return False
    return bool(await stored_instances(nova, found.named) or await failure_query.remembered(nova, found.explained))


def _has_silent(cursor: Cursor, rows: list[Row]) -> bool:
    """Return whether a migration counts as in progress but did not change within the time that the poll covers."""
    return not {short_name(row.migration.uuid) for row in rows}.issuperset(cursor.moving)


def _first_page(migrations: list[Migration], limit: int) -> list[Migration]:
    """All that need somebody or are under way, and as many of the others as the reader's pages have."""
    sections = build.sections_of(migrations)
    past = [one.uuid for one in migrations if sections[one.uuid] is Section.HISTORY]
    beyond = set(past[limit:])
    return [one for one in migrations if one.uuid not in beyond]


def is_deferred(row: Row, cursor: Cursor, heard: Collection[str]) -> bool:
    """Whether its figures are shown already, while it was not its turn to be asked for newer ones."""
    one = row.migration
    unasked = build.is_copying(one) and one.figures is None and one.instance_id not in heard
    return unasked and (one.instance_id in cursor.followed or row.heard_at > 0)


def next_cursor(
    cursor: Cursor | None,
    rows: list[Row],
    unheard: list[str],
    others: AdminStarted = admin_started.NOTHING,
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
    copying = [row.migration.instance_id for row in by_poll_priority(rows, unheard)]
    known = {*copying, *(row.migration.instance_id for row in rows if row.phase.over)}
    followed = dict.fromkeys([*(one for one in later if one not in known), *copying, *unheard])
    listed = {short_name(row.migration.uuid) for row in rows}
    moving = [short_name(row.migration.uuid) for row in rows if row.phase.moving and not row.foreign]
    return replace(
        base,
        followed=tuple(followed),
        moving=(*moving, *(one for one in (cursor.moving if cursor else ()) if one not in listed)),
        seen=frozenset(
            digest_of(row)
            for row in rows
            if row.migration.uuid not in waiting and repeats_next_time(row.migration, base)
        ),
        foreign=others.instances,
        looked=int(others.looked.timestamp()) if others.looked else cursor.looked if cursor else 0,
        deep=cursor.deep if cursor and cursor.deep and not deep else int(now.timestamp()),
    )


def by_poll_priority(rows: Iterable[Row], unheard: Collection[str]) -> list[Row]:
    """Those that copy: first who were not asked for this time, of these who were acted on, then the oldest figures."""
    return sorted(
        (row for row in rows if build.is_copying(row.migration) and row.phase.moving),
        key=lambda row: (
            row.migration.figures is not None or row.migration.instance_id in unheard,
            row.asked is None,
            row.heard_at,
        ),
    )


def repeats_next_time(migration: Migration, cursor: Cursor) -> bool:
    """With the figures of a followed instance, or because the next list looks back so far."""
    changed = migration.changed_at
    return build.is_copying(migration) or (changed is not None and changed >= cursor.since)


def digest_of(row: Row) -> bytes:
    """Of all that the row says: two with the same one tell nothing new."""
    state = (row.gone, row.stale, row.left_at_source, row.quiet_since)
    return digest((row.migration, row.name, row.asked, row.why, row.pace, state))
