# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova for migrations: lists, starts, and actions on a migration in progress."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from novaclient.api_versions import APIVersion

from migration_panel.api.base import MAX_PAGES, Listing, NovaAPI, Page, read_pages
from migration_panel.api.models import Migration
from migration_panel.api.translate import NO_ASKER, NO_END_OF_TIME
from migration_panel.migration_types import Kind

if TYPE_CHECKING:
    # In typing itself from Python 3.11 on only.
    from typing_extensions import Unpack

COLD_HOST = APIVersion("2.56")
ABORT_QUEUED = APIVersion("2.65")
CHANGED_BEFORE = APIVersion("2.66")
REQUESTER_FILTERS = APIVersion("2.80")
# The first microversion that release 27 supports and release 26 does not.
RELEASE_27 = APIVersion("2.94")

# Evacuations in one page; Nova's ``[api]max_limit`` may be lower.  Maximum number of pages, newest records first.
PAGE = 1000
EVACUATION_PAGES = 5


class MigrationFilters(TypedDict, total=False):
    """Which migrations to list.

    ``host``: source or destination; ``project_id`` and ``user_id``: of the user who requested the migration (2.80);
    ``changed_before`` needs 2.66.
    """

    limit: int | None
    marker: str | None
    status: str | None
    type: str | None
    host: str | None
    instance_id: str | None
    project_id: str | None
    user_id: str | None
    changed_since: datetime | None
    changed_before: datetime | None


class MigrationCalls(NovaAPI):
    """Migrations of all types, evacuations too."""

    def migrations_page(self, **filters: Unpack[MigrationFilters]) -> Page[Migration]:
        """Return a page of migrations, newest first."""
        query = self._migration_query(filters)
        return self._get_page("/os-migrations", "migrations", query, Migration.from_api, skip_unreadable=True)

    def migrations(self, **filters: Unpack[MigrationFilters]) -> list[Migration]:
        """Return the migrations of one page, newest first."""
        question = ("migrations", *sorted(filters.items()))
        return self._share(question, lambda: self.migrations_page(**filters).records)

    def migration_list(
        self, *, most: int | None = None, pages: int = MAX_PAGES, **filters: Unpack[MigrationFilters]
    ) -> Listing[Migration]:
        """Return the whole list or its newest ``most`` records, in at most ``pages`` calls."""
        question = ("migration list", most, pages, *sorted(filters.items()))
        return self._share(question, partial(self._migration_list, filters | {"limit": most}, most, pages))

    def _migration_list(self, filters: MigrationFilters, most: int | None, pages: int) -> Listing[Migration]:
        return read_pages(
            lambda marker: self.migrations_page(**filters | {"marker": marker}),
            pages=pages,
            most=most,
            marker=filters.get("marker"),
        )

    def evacuations_at(self, host: str) -> Listing[Migration]:
        """Return the evacuations that a host is the source or the destination of, newest first."""
        return self._migration_list({"type": "evacuation", "host": host, "limit": PAGE}, None, EVACUATION_PAGES)

    def evacuations_done(self) -> Listing[Migration]:
        """Return the evacuations whose source has not been restarted since, newest first."""
        return self._migration_list({"type": "evacuation", "status": "done", "limit": PAGE}, None, EVACUATION_PAGES)

    def live_migrations(self, instance_id: str) -> list[Migration]:
        """Return the live migrations of an instance that are queued, preparing or running, with their progress."""
        return self._share(("live", instance_id), partial(self._live_migrations, instance_id))

    def _live_migrations(self, instance_id: str) -> list[Migration]:
        return self._list(
            lambda nova: nova.server_migrations.list(instance_id), Migration.from_api, skip_unreadable=True
        )

    def _migration_query(self, filters: MigrationFilters) -> dict[str, Any]:
        """Return the filters as Nova names them.  Raise TooOld for a filter that Nova does not support."""
        query: dict[str, Any] = {
            "limit": filters.get("limit"),
            "marker": filters.get("marker"),
            "status": filters.get("status"),
            "migration_type": filters.get("type"),
            "host": filters.get("host"),
            "instance_uuid": filters.get("instance_id"),
            "changes-since": format_time(filters.get("changed_since")),
        }
        if changed_before := filters.get("changed_before"):
            self._require_microversion(CHANGED_BEFORE, NO_END_OF_TIME)
            query["changes-before"] = format_time(changed_before)
        requester = {name: filters.get(name) for name in ("project_id", "user_id")}
        if any(value is not None for value in requester.values()):
            self._require_microversion(REQUESTER_FILTERS, NO_ASKER)
            query |= requester
        return {name: value or None for name, value in query.items()}

    def start_migration(self, kind: Kind, instance_id: str, destination: str = "") -> str:
        """Request a migration of one of the four types.  Return Nova's ID of the request, if the answer has an ID.

        Without ``destination``, the scheduler chooses the host.
        """
        if kind.live:
            return self.live_migrate(instance_id, host=destination or None, block=kind.block)
        return self.migrate(instance_id)

    def migrate(self, instance_id: str, *, host: str | None = None) -> str:
        """Request a cold migration; without ``host``, the scheduler chooses.  Return Nova's ID of the request."""
        if host:
            self._require_microversion(COLD_HOST, "It takes no host for cold migrations before 2.56.")
        return self._post(lambda nova: nova.servers.migrate(instance_id, host))

    def live_migrate(self, instance_id: str, *, host: str | None, block: bool | Literal["auto"]) -> str:
        """Request a live migration; without ``host``, the scheduler chooses.  Return Nova's ID of the request.

        ``block``: whether to copy the local disk; with "auto", Nova's driver finds out whether there is a local disk.
        Never send ``force``: the scheduler then checks a named host like any other.
        """
        return self._post(lambda nova: nova.servers.live_migrate(instance_id, host, block))

    @property
    def host_follows(self) -> bool:
        """Return whether an instance's host is right even if the last step of its live migration failed."""
        return bool(self._version >= RELEASE_27)

    @property
    def can_abort_queued(self) -> bool:
        """Return whether a migration can be aborted before it copies."""
        return bool(self._version >= ABORT_QUEUED)

    def abort(self, migration: Migration) -> None:
        """Request the abort of a live migration."""
        self._post(lambda nova: nova.server_migrations.live_migration_abort(migration.instance_id, migration.id))

    def force_complete(self, migration: Migration) -> None:
        """Request that a live migration completes by pausing the instance or by post-copy, as Nova is configured."""
        self._post(lambda nova: nova.server_migrations.live_migrate_force_complete(migration.instance_id, migration.id))

    def confirm(self, migration: Migration) -> None:
        """Confirm a cold migration or resize."""
        self.confirm_move(migration.instance_id)

    def confirm_move(self, instance_id: str) -> None:
        """Confirm the cold migration or resize of an instance."""
        self._post(lambda nova: nova.servers.confirm_resize(instance_id))

    def revert(self, migration: Migration) -> None:
        """Revert a cold migration or resize."""
        self.revert_move(migration.instance_id)

    def revert_move(self, instance_id: str) -> None:
        """Revert the cold migration or resize of an instance."""
        self._post(lambda nova: nova.servers.revert_resize(instance_id))

    def reset_to_active(self, migration: Migration) -> None:
        """Set an instance to Active that runs although Nova has set it to Error."""
        self._post(lambda nova: nova.servers.reset_state(migration.instance_id, "active"))


def format_time(moment: datetime | None) -> str | None:
    """Return a time as Nova's filters need it: in UTC, to the second."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
