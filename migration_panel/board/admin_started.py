# SPDX-License-Identifier: Apache-2.0
"""Migrations in a project that no user of the project requested.  Nova lists them to administrators only.

The status of the project's instances shows them.  Nova also shows the record of a live migration that is copying.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from itertools import repeat

from asgiref.sync import sync_to_async

from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather
from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.board.build import fetch_progress
from migration_panel.board.cache import InstanceSummary, store_instances
from migration_panel.board.status import Phase, instance_ids, phase_of
from migration_panel.board.unrecorded import LOOKED_FOR, UnrecordedMove
from migration_panel.cache import Shelf
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, NotFound, TolerableError


@dataclass(frozen=True)
class AdminStarted:
    """What a poll of a project found."""

    # Instances that an administrator is migrating, including those of earlier polls that were not looked up again.
    instances: frozenset[str] = frozenset()
    # Migrations whose record Nova does not show.
    unrecorded: tuple[UnrecordedMove, ...] = ()
    # Records of live migrations, and records of the project's own migrations that were missing in the list.
    migrations: tuple[Migration, ...] = ()
    # When the instances were looked up; None if they were not, or if the next poll has to look them up again.
    looked: datetime | None = None


NOTHING = AdminStarted()


def instance_lookup(
    nova: Nova, instance_id: str | None, statuses: Iterable[Collection[str]]
) -> list[Callable[[], Listing[Server] | None]]:
    """Return the calls that look up the project's instances, or one instance: one call for each set of statuses."""
    if instance_id:
        return [partial(_or_none, partial(_server, nova, instance_id))]
    return [partial(_or_none, partial(nova.servers_in, sorted(together))) for together in statuses]


@dataclass
class AdminStartedSearch:
    """Find the migrations of a project that an administrator started, from the status of the project's instances."""

    nova: Nova
    project_id: str
    # Answers to ``instance_lookup``; empty if this poll does not look up the instances.
    answers: list[Listing[Server] | None]
    # The project's own migrations.
    listed: list[Migration]
    # Live migrations by the ID of the instances that this poll followed; None where Nova did not answer.
    progress: Mapping[str, list[Migration] | None]
    # Instances that an administrator was migrating at the last poll.
    before: frozenset[str] = frozenset()
    # Whether to return the project's own migrations that are missing in the list.
    first_page: bool = False
    # Whether to fetch the records of live migrations.
    with_progress: bool = True
    # Instances in progress, by ID.
    servers: dict[str, Server] = field(default_factory=dict)

    async def run(self) -> AdminStarted:
        """Return what was found.  An instance that is no longer in progress is looked up once more."""
        await self._read_answers()
        covered = self._covered()
        uncovered = [server for server in self.servers.values() if server.id not in covered]
        own = await self._own_migrations(uncovered)
        started = [server for server in uncovered if not own.get(server.id)]
        copying = await self._live_migrations(started)
        recorded = covered | instance_ids([*_joined(self.progress.values()), *copying])
        left = self._no_longer_in_progress(recorded)
        servers = [*started, *await self._look_up(left)]
        moves = _moves(servers, recorded)
        return AdminStarted(
            self._still_in_progress(servers, moves, covered, left),
            moves,
            (*copying, *(_joined(own.values()) if self.first_page else ())),
            # Without progress, the first poll looks again.
            datetime.now(timezone.utc) if self.answers and (self.with_progress or not started) else None,
        )

    async def _read_answers(self) -> None:
        """Read the instances in progress, and store what the board shows of them.  Nova returns others too."""
        servers = [server for answer in self.answers if answer for server in answer.records]
        self.servers = {server.id: server for server in servers if server.status in LOOKED_FOR}
        now = self.nova.now()
        summaries = map(InstanceSummary.of, self.servers.values(), repeat(now))
        await store_instances(self.nova, zip(self.servers, summaries, strict=True))

    def _covered(self) -> set[str]:
        """Return the instances with an open migration in the list."""
        return instance_ids(migration for migration in self.listed if not phase_of(migration.status).over)

    async def _own_migrations(self, servers: list[Server]) -> dict[str, list[Migration]]:
        """Return the project's own open migrations by the instance.

        Instances without a migration of the project are stored: an administrator started their migration.
        """
        shelf = Shelf("admin-started", (self.nova.access.cache_scope,))
        stored = await sync_to_async(shelf.get)(map(_item, servers))
        unknown = [server for server in servers if _item(server) not in stored]
        answers = await gather([partial(_own_migrations, self.nova, self.project_id, server.id) for server in unknown])
        found = list(zip(unknown, answers, strict=True))
        others = dict.fromkeys((_item(server) for server, migrations in found if not migrations), True)
        await sync_to_async(shelf.put)(others, get_config().name_ttl)
        return dict(zip(map(_id, unknown), answers, strict=True))

    async def _live_migrations(self, started: Iterable[Server]) -> list[Migration]:
        """Return the records of live migrations that this poll did not follow."""
        if not self.with_progress:
            return []
        live = [server.id for server in started if server.status == "MIGRATING" and server.id not in self.progress]
        return _joined(await gather([partial(fetch_progress, self.nova, instance) for instance in live]))

    def _no_longer_in_progress(self, recorded: Collection[str]) -> set[str]:
        """Return instances of the last poll without a record and, as far as Nova answered, not in progress."""
        complete = bool(self.answers) and all(answer is not None and answer.complete for answer in self.answers)
        missing = self.before.difference(self.servers) if complete else set[str]()
        ended = {instance for instance, migrations in self.progress.items() if migrations == []}
        return {instance for instance in self.before if instance in ended | missing and instance not in recorded}

    async def _look_up(self, left: set[str]) -> list[Server]:
        """Return these instances, if they exist: the migration may have ended, or still be in progress."""
        unseen = sorted(left.difference(self.servers))
        answers = await gather([partial(_or_none, partial(_server, self.nova, instance)) for instance in unseen])
        return [server for answer in answers if answer for server in answer.records]

    def _still_in_progress(
        self, servers: list[Server], moves: tuple[UnrecordedMove, ...], covered: Collection[str], left: set[str]
    ) -> frozenset[str]:
        """Return the instances for the next poll: without deleted instances and those whose migration ended."""
        known = {server.id for server in servers} | self.before.difference(covered)
        over = {move.server.id for move in moves if move.over}
        return frozenset(known - over - left.difference(move.server.id for move in moves))


def _own_migrations(nova: Nova, project_id: str, instance_id: str) -> list[Migration]:
    """Return the open migrations of an instance that a user of the project requested."""
    try:
        records = nova.migration_list(instance_id=instance_id, project_id=project_id).records
    except TolerableError:
        return []
    return [record for record in records if phase_of(record.status).moving or phase_of(record.status) is Phase.CONFIRM]


def _moves(servers: Iterable[Server], recorded: Collection[str]) -> tuple[UnrecordedMove, ...]:
    return tuple(UnrecordedMove(server) for server in servers if server.id not in recorded)


def _item(server: Server) -> str:
    """Return the name of an entry of the cache.  The next change of the instance needs another entry."""
    return f"{server.id}:{server.updated}"


def _id(server: Server) -> str:
    return server.id


def _joined(answers: Iterable[list[Migration] | None]) -> list[Migration]:
    return [migration for answer in answers for migration in answer or ()]


def _server(nova: Nova, instance_id: str) -> Listing[Server]:
    return Listing([nova.server(instance_id)])


def _or_none(call: Callable[[], Listing[Server]]) -> Listing[Server] | None:
    """Return the answer; None after an error.  If the session expired, the list of migrations raises the error."""
    try:
        return call()
    except NotFound:
        return Listing([])
    except MigrationPanelError:
        return None
