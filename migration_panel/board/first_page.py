# SPDX-License-Identifier: Apache-2.0
"""The first page: all that needs attention or is in progress, and as many others as the reader's pages have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from typing import ClassVar

from migration_panel.api.base import Listing
from migration_panel.api.models import Migration, Server
from migration_panel.board.cursor import Cursor
from migration_panel.board.lists import LIST_LIMIT, open_migrations, stored_open_migrations
from migration_panel.board.overview import recent_results
from migration_panel.board.poll import BoardPoll, change_times
from migration_panel.board.rows import Row
from migration_panel.board.status import Section, newest_of_each, section_of
from migration_panel.board.unrecorded import LOOKED_FOR

# Nova's status of a migration that waits for confirmation.
WAITING = "finished"

# The cursor of a poller that has seen nothing.
NOTHING_SEEN = Cursor(datetime.fromtimestamp(0, timezone.utc))


@dataclass
class FirstPage(BoardPoll):
    """The request of a poller without a cursor.

    With ``complete=False``, for a page, it has neither progress nor new failure reasons: the first poll adds them.
    """

    # One request with all statuses is enough: other instances in the answer are dropped.
    lookups: ClassVar[Sequence[frozenset[str]]] = (LOOKED_FOR,)
    is_first: ClassVar[bool] = True

    cursor: Cursor = NOTHING_SEEN
    # Whether the first poll reads the migrations in progress beyond LIST_LIMIT, instead of the page.
    open_missing: bool = False

    def list_calls(self) -> list[Callable[[], Listing[Migration]]]:
        """Return the calls that list the newest migrations, and all that wait for confirmation."""
        newest = partial(self._list, most=LIST_LIMIT)
        if self.query.instance_id or self.query.project_id is not None:
            # In a project, a migration that has waited longer is found through the project's instances.
            return [newest]
        # A migration may wait for its confirmation for a long time.
        return [newest, partial(newest, status=WAITING)]

    async def fetch_more(self, servers: list[Listing[Server] | None]) -> None:
        """Find migrations that an administrator started, and migrations in progress beyond LIST_LIMIT."""
        results = recent_results(self.listed, self.nova.now(), cut=not self.list_complete)
        await super().fetch_more(servers)
        if self.query.project_id is not None:
            # The project's instances show what is missing in the list.
            whole = all(answer is not None and answer.complete for answer in servers)
            self.results = replace(results, has_all_waiting=whole, has_all_open=whole)
        elif self.list_complete:
            self.results = results
        else:
            waiting = sum(migration.status == WAITING for migration in self.listed)
            whole = await self._add_open_migrations()
            self.results = replace(results, has_all_waiting=waiting < LIST_LIMIT, has_all_open=whole)

    async def _add_open_migrations(self) -> bool:
        """Add the migrations in progress beyond LIST_LIMIT.  Return whether these are all."""
        fetch = open_migrations if self.complete else stored_open_migrations
        listing = await fetch(self.nova, self.query)
        self.open_missing = listing is None
        # The lists were read at different moments: the first record of each migration counts.
        found = reversed([*self.listed, *(listing.records if listing else ())])
        self.listed = list({migration.uuid: migration for migration in found}.values())
        return listing is not None and listing.complete

    def merge(self) -> None:
        """Make one list of migrations, without past migrations beyond the size of the reader's pages."""
        super().merge()
        newest = newest_of_each(self.migrations)
        past = [migration for migration in self.migrations if self._section(migration, newest) is Section.HISTORY]
        beyond = {migration.uuid for migration in past[self.query.limit :]}
        self.migrations = [migration for migration in self.migrations if migration.uuid not in beyond]

    def _section(self, migration: Migration, newest: set[str]) -> Section:
        """Return the section by the record alone."""
        return section_of(migration, self.now, newest=migration.uuid in newest)

    @property
    def max_progress(self) -> int | None:
        """Return None: the first poll fetches the progress of all live migrations."""
        return None

    def is_deferred(self, row: Row, unnamed: frozenset[str]) -> bool:
        """Return False: the first answer has all rows."""
        return False

    def newest_change(self) -> datetime | None:
        """Return the time of the newest change; None if there is nothing at all."""
        now = [self.now] if self.admin_started.instances else []
        return max(change_times(self.rows) or now, default=None)

    def must_restart(self) -> bool:
        """Return whether names, reasons or migrations in progress are missing that the next request will add."""
        return self.unfinished or self.open_missing
