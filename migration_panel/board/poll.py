# SPDX-License-Identifier: Apache-2.0
"""One poll of the board: the rows that changed since a cursor.  See first_page.py for a request without a cursor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, ClassVar

from migration_panel import clock
from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather_groups
from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.board.admin_started import NOTHING, AdminStarted, AdminStartedSearch, instance_lookup
from migration_panel.board.build import RowBuilder, fetch_progress, merge_progress
from migration_panel.board.cursor import Cursor, digest, short_name
from migration_panel.board.lists import Query
from migration_panel.board.overview import RecentResults
from migration_panel.board.rows import Row
from migration_panel.board.status import instance_ids, is_copying
from migration_panel.board.unrecorded import MOVING_STATUSES, WAITING, UnrecordedMove
from migration_panel.conf import get_config

# How much Nova's clock may be behind Horizon's.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Feed:
    """The answer to a poller, newest first; after a cursor, only the rows that changed."""

    rows: tuple[Row, ...]
    # None if there is nothing at all: the next poll then requests the first page again.
    cursor: Cursor | None
    # Migrations that an administrator started, without a record; not in every answer, see admin_started.py.
    unrecorded: tuple[UnrecordedMove, ...] = ()
    # Whether the poller has to start again without a cursor, because the answer is not complete.
    partial: bool = False
    # Migrations that finished in the last day; only without a cursor.
    results: RecentResults | None = None

    @property
    def moving(self) -> bool:
        """Return whether anything seen so far is in progress, even if it is not in this answer."""
        cursor = self.cursor
        seen = cursor and (cursor.moving or cursor.admin_started.intersection(cursor.followed))
        return bool(seen or any(move.moving for move in self.unrecorded))


@dataclass
class BoardPoll:
    """One request of the board: fetch, merge, decorate, compare.

    The lists and the progress of followed instances are requested at once, so that a poll takes as long as its slowest
    call.  A second wait is needed only for what the first wait revealed.
    """

    # Nova combines the states and tasks of all statuses in one request, so these are requested one by one.
    lookups: ClassVar[Sequence[frozenset[str]]] = (MOVING_STATUSES, WAITING)
    is_first: ClassVar[bool] = False

    nova: Nova
    query: Query
    cursor: Cursor
    # Whether to fetch progress, and failure reasons that the cache does not have.
    complete: bool = True
    now: datetime = field(default_factory=lambda: clock.now())

    # What was fetched.
    listed: list[Migration] = field(default_factory=list)
    list_complete: bool = True
    # Live migrations by instance ID; None where Nova did not answer.
    progress: dict[str, list[Migration] | None] = field(default_factory=dict)
    # Followed instances whose progress a later poll requests, and how many more calls run at once.
    postponed: tuple[str, ...] = ()
    free_calls: int = 0
    admin_started: AdminStarted = NOTHING
    # What the steps make of it.
    migrations: list[Migration] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    # UUIDs of migrations whose rows are not sent this time.
    deferred: frozenset[str] = frozenset()
    # Whether the next request will add names or reasons that are missing now.
    unfinished: bool = False
    results: RecentResults | None = None

    async def run(self) -> Feed:
        """Return the answer to the poller.  Raise MigrationPanelError if Nova does not list the migrations."""
        await self.fetch()
        self.merge()
        await self.decorate()
        unrecorded = self.admin_started.unrecorded
        return Feed(self.changes(), self.next_cursor(), unrecorded, self.must_restart(), self.results)

    async def fetch(self) -> None:
        """Fetch lists, progress of this turn and instance statuses at once, then what the answers revealed.

        Of more live migrations than can be requested at once, some have to wait for a later poll.
        """
        lists, lookup = self.list_calls(), self.lookup_calls()
        free = max(1, get_config().concurrency - len(lists) - len(lookup))
        followed, self.postponed = self.cursor.followed[:free], self.cursor.followed[free:]
        self.free_calls = free - len(followed)
        answers, progress, servers = await gather_groups(
            lists, [partial(fetch_progress, self.nova, instance) for instance in followed], lookup
        )
        self.listed = [migration for answer in answers for migration in answer.records]
        self.list_complete = all(answer.complete for answer in answers)
        self.progress = dict(zip(followed, progress, strict=True))
        await self.fetch_more(servers)

    def list_calls(self) -> list[Callable[[], Listing[Migration]]]:
        """Return the calls that list migrations: the changes since the cursor."""
        since = self.cursor.deep_since if self.is_deep else self.cursor.since
        return [partial(self._list, changed_since=since)]

    def lookup_calls(self) -> list[Callable[[], Listing[Server] | None]]:
        """Return the calls that look up the instances of a project; a few polls a minute make them."""
        age = datetime.now(timezone.utc).timestamp() - self.cursor.looked
        if self.query.project_id is None or age < get_config().idle_poll_ms / 1000:
            return []
        return instance_lookup(self.nova, self.query.instance_id, self.lookups)

    async def fetch_more(self, servers: list[Listing[Server] | None]) -> None:
        """Find migrations that an administrator started.  ``servers``: answers to ``lookup_calls``."""
        if self.query.project_id is not None:
            self.admin_started = await AdminStartedSearch(
                self.nova,
                self.query.project_id,
                servers,
                self.listed,
                self.progress,
                before=self.cursor.admin_started,
                first_page=self.is_first,
                with_progress=self.complete,
            ).run()

    def merge(self) -> None:
        """Make one list of migrations from the list, the progress and the migrations of administrators."""
        self.migrations = merge_progress([*self.listed, *self.admin_started.migrations], self.progress.values())

    async def decorate(self) -> None:
        """Build the rows, and find those that this answer leaves out."""
        builder = RowBuilder(
            self.nova,
            self.migrations,
            complete=self.complete,
            progress_requested={*self.cursor.followed, *instance_ids(self.admin_started.migrations)},
            max_progress=self.max_progress,
            admin_started=self.admin_started.instances.difference(instance_ids(self.listed)),
            # In a project, Nova lists only migrations that a user of the project requested.
            all_listed=self.query.project_id is None,
        )
        self.rows = await builder.build()
        self.deferred = frozenset(row.migration.uuid for row in self.rows if self.is_deferred(row, builder.unnamed))
        self.unfinished = await builder.next_request_adds_more(self._sent())

    @property
    def max_progress(self) -> int | None:
        """Return how many instances that were not followed can have their progress fetched; None for all."""
        return self.free_calls

    def is_deferred(self, row: Row, unnamed: frozenset[str]) -> bool:
        """Return whether the poller has the row already, and a later poll has its progress or its name."""
        migration, changed = row.migration, row.migration.changed_at
        if migration.instance_id in unnamed and changed is not None and changed < self.cursor.since:
            return True
        followed = migration.instance_id in self.cursor.followed or row.sampled_at > 0
        requested = migration.figures is not None or migration.instance_id in self.progress
        return is_copying(migration) and followed and not requested

    def changes(self) -> tuple[Row, ...]:
        """Return the rows that differ from what the poller has seen."""
        return tuple(row for row in self._sent() if row_digest(row) not in self.cursor.seen)

    def next_cursor(self) -> Cursor | None:
        """Return what the next poll sends; None if there is nothing at all."""
        newest = self.newest_change()
        if newest is None:
            return None
        unanswered = [instance for instance, migrations in self.progress.items() if migrations is None]
        cursor = cursor_after(newest, self.rows, unanswered, self.deferred)
        looked = self.admin_started.looked
        return replace(
            cursor,
            followed=(*self._still_postponed(cursor), *cursor.followed),
            moving=(*cursor.moving, *self._unchanged()),
            admin_started=self.admin_started.instances,
            looked=int(looked.timestamp()) if looked else self.cursor.looked,
            deep=self.cursor.deep if self.cursor.deep and not self.is_deep else cursor.deep,
        )

    def newest_change(self) -> datetime | None:
        """Return the time of the newest change that the poller has seen."""
        if self.unfinished:
            # The next poll has to return the same rows again.
            return self.cursor.newest
        return max([self.cursor.newest, *change_times(self.rows)])

    def must_restart(self) -> bool:
        """Return whether changes may be missing: the list was cut, or a migration in progress has an old record."""
        return not self.list_complete or (self.is_deep and bool(self._unchanged()))

    @property
    def is_deep(self) -> bool:
        """Return whether this poll looks back further."""
        return self.cursor.is_deep(self.now)

    def _list(self, **filters: Any) -> Listing[Migration]:
        return self.nova.migration_list(instance_id=self.query.instance_id, project_id=self.query.project_id, **filters)

    def _sent(self) -> list[Row]:
        return [row for row in self.rows if row.migration.uuid not in self.deferred]

    def _still_postponed(self, cursor: Cursor) -> list[str]:
        """Return the postponed instances, without those that the cursor has and those whose migration is finished."""
        known = {*cursor.followed, *(row.migration.instance_id for row in self.rows if row.phase.over)}
        return [instance for instance in self.postponed if instance not in known]

    def _unchanged(self) -> list[bytes]:
        """Return the names of migrations that count as in progress and are not in this answer."""
        listed = {short_name(row.migration.uuid) for row in self.rows}
        return [name for name in self.cursor.moving if name not in listed]


def page_cursor(rows: Sequence[Row]) -> Cursor:
    """Return the cursor of a page whose rows come from other lists: its polls report what changes from now on."""
    return cursor_after(max([datetime.now(timezone.utc) - SKEW, *change_times(rows)]), rows)


def cursor_after(
    newest: datetime,
    rows: Sequence[Row],
    unanswered: Sequence[str] = (),
    deferred: frozenset[str] = frozenset(),
) -> Cursor:
    """Return the cursor of a poller that has these rows.

    ``newest``: time of the newest change; ``unanswered``: instances whose progress Nova did not return; ``deferred``:
    UUIDs of migrations whose rows were not sent.
    """
    cursor = Cursor(newest.replace(microsecond=0), deep=int(clock.now().timestamp()))
    copying = [row.migration.instance_id for row in by_poll_priority(rows, unanswered)]
    sent = [row for row in rows if row.migration.uuid not in deferred]
    return replace(
        cursor,
        followed=tuple(dict.fromkeys([*copying, *unanswered])),
        moving=_names_in_progress(rows),
        seen=frozenset(row_digest(row) for row in sent if repeats_next_time(row.migration, cursor)),
    )


def by_poll_priority(rows: Iterable[Row], unanswered: Collection[str]) -> list[Row]:
    """Return the rows of live migrations: first those not requested this time, with an action, with old samples."""
    return sorted(
        (row for row in rows if is_copying(row.migration) and row.phase.moving),
        key=lambda row: (
            row.migration.figures is not None or row.migration.instance_id in unanswered,
            row.pending is None,
            row.sampled_at,
        ),
    )


def repeats_next_time(migration: Migration, cursor: Cursor) -> bool:
    """Return whether the next poll reads the migration again: it is followed, or the next list looks back so far."""
    changed = migration.changed_at
    return is_copying(migration) or (changed is not None and changed >= cursor.since)


def row_digest(row: Row) -> bytes:
    """Return a hash of all that the row shows."""
    state = (row.gone, row.stale, row.left_at_source, row.quiet_since)
    return digest((row.migration, row.name, row.pending, row.reason, row.rate, state))


def _names_in_progress(rows: Iterable[Row]) -> tuple[bytes, ...]:
    return tuple(short_name(row.migration.uuid) for row in rows if row.phase.moving and not row.admin_started)


def change_times(rows: Iterable[Row]) -> list[datetime]:
    """Return the times of the last changes."""
    return [row.migration.changed_at for row in rows if row.migration.changed_at]
