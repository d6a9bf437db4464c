# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova for instances, their migrations and server groups: one method, one HTTP call for each page."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from novaclient.api_versions import APIVersion

from migration_panel.api.base import MAX_PAGES, Listing, NovaAPI, Page
from migration_panel.api.host_models import ServerGroup
from migration_panel.api.models import InstanceAction, Migration, Server
from migration_panel.api.redact import redact_action
from migration_panel.api.translate import NO_ASKER, NO_END_OF_TIME, UNREADABLE, UNREADABLE_ANSWER
from migration_panel.api.validate import validated
from migration_panel.exceptions import ServiceUnavailable
from migration_panel.migration_types import Kind

LOG = logging.getLogger(__name__)

ASKER_FILTERS = APIVersion("2.80")
CHANGED_BEFORE = APIVersion("2.66")
ABORT_QUEUED = APIVersion("2.65")
EVENT_DETAILS = APIVersion("2.84")
# The first microversion that release 27 supports and release 26 does not.
RELEASE_27 = APIVersion("2.94")

# Nova matches names as regular expressions of its database.
REGEX_SPECIAL = re.compile(r"([\\.^$*+?()\[\]{}|])")

GROUPS_PER_PAGE = 1000
# Maximum number of pages that are read.  Nova looks up the members of all groups of a page in each cell.
MOST_GROUP_PAGES = 5


class Nova(NovaAPI):
    """Instances and their migrations."""

    def migrations(
        self,
        *,
        limit: int | None = None,
        marker: str | None = None,
        status: str | None = None,
        type: str | None = None,
        host: str | None = None,
        instance_id: str | None = None,
        project_id: str | None = None,
        user_id: str | None = None,
        changed_since: datetime | None = None,
        changed_before: datetime | None = None,
    ) -> list[Migration]:
        """Newest first, of every type and status that is asked for, after ``marker``.

        ``project_id`` and ``user_id``: of the user who requested the migration (2.80); ``host``: source or destination.
        At most one page.
        """
        query = self._migration_query(
            limit=limit,
            marker=marker,
            status=status,
            type=type,
            host=host,
            instance_id=instance_id,
            project_id=project_id,
            user_id=user_id,
            changed_since=changed_since,
            changed_before=changed_before,
        )
        return self._migrations_page(query).records

    def migration_list(self, *, most: int | None = None, pages: int = MAX_PAGES, **filters: Any) -> Listing[Migration]:
        """Return the whole list or its newest ``most`` records, in at most ``pages`` calls.

        The list is complete if Nova has no further records.
        """
        query = self._migration_query(limit=most, **filters)
        found: list[Migration] = []
        for _ in range(pages):
            page = self._migrations_page(query)
            found += page.records
            if not page.more or page.marker in (None, query["marker"]):
                return Listing(found, complete=not page.more)
            if most is not None and len(found) >= most:
                break
            query = query | {"marker": page.marker}
        return Listing(found, complete=False)

    def _migration_query(
        self,
        *,
        limit: int | None = None,
        marker: str | None = None,
        status: str | None = None,
        type: str | None = None,
        host: str | None = None,
        instance_id: str | None = None,
        project_id: str | None = None,
        user_id: str | None = None,
        changed_since: datetime | None = None,
        changed_before: datetime | None = None,
    ) -> dict[str, Any]:
        """Return the filters as Nova names them."""
        query: dict[str, Any] = {
            "limit": limit,
            "marker": marker,
            "status": status,
            "migration_type": type,
            "host": host,
            "instance_uuid": instance_id,
            "changes-since": format_time(changed_since),
        }
        if changed_before:
            self._require(CHANGED_BEFORE, NO_END_OF_TIME)
            query["changes-before"] = format_time(changed_before)
        if project_id is not None or user_id is not None:
            self._require(ASKER_FILTERS, NO_ASKER)
            query |= {"project_id": project_id, "user_id": user_id}
        return {name: value or None for name, value in query.items()}

    def live_migrations(self, instance_id: str) -> list[Migration]:
        """Those of an instance that are queued, preparing or running, with their figures."""
        return drop_unreadable(self._read(lambda nova: nova.server_migrations.list(instance_id), migration_or_none))

    def server(self, instance_id: str) -> Server:
        [server] = self._read(lambda nova: [nova.servers.get(instance_id)], Server.from_api)
        return server

    def servers(
        self,
        *,
        all_projects: bool,
        limit: int,
        name: str | None = None,
        address: str | None = None,
        marker: str | None = None,
    ) -> Page[Server]:
        """Those whose name, or one of whose fixed addresses, contains the text."""
        search: dict[str, Any] = {"all_tenants": 1} if all_projects else {}
        if name is not None:
            search["name"] = escape_regex(name)
        if address is not None:
            # Not escaped: a Neutron that filters by part of the address takes it as it stands.
            search["ip6" if ":" in address else "ip"] = address
        query = search | {"limit": limit, "marker": marker}
        return self._page("/servers/detail", "servers", query, Server.from_api)

    def servers_in(self, statuses: Sequence[str], *, pages: int = MAX_PAGES) -> Listing[Server]:
        """The project's own in one of these statuses, and of several statuses at once many others.

        Nova looks for any of their states together with any of their tasks.
        """
        query = [("status", one) for one in statuses]
        found: list[Server] = []
        marker: str | None = None
        for _ in range(pages):
            page = self._page("/servers/detail", "servers", [*query, ("marker", marker)], Server.from_api)
            found += page.records
            if not page.more or not page.records or page.marker in (None, marker):
                return Listing(found, complete=not (page.more and page.records))
            marker = page.marker
        return Listing(found, complete=False)

    def server_ids(self, *, all_projects: bool, marker: str | None = None) -> Page[str]:
        """Those after ``marker``, a thousand unless Nova's operator has set ``[api]max_limit``."""
        query = {"all_tenants": 1 if all_projects else None, "limit": 1000, "marker": marker}
        return self._page("/servers", "servers", query, lambda data: str(data["id"]))

    def server_group(self, group_id: str) -> ServerGroup:
        [group] = self._read(lambda nova: [nova.server_groups.get(group_id)], ServerGroup.from_api)
        return group

    def migrate(self, instance_id: str) -> None:
        self._act(lambda nova: nova.servers.migrate(instance_id))

    def live_migrate(self, instance_id: str, *, host: str | None, block: bool) -> None:
        """Never sends ``force``, so that the scheduler checks a named host like any other."""
        self._act(lambda nova: nova.servers.live_migrate(instance_id, host, block))

    def start_migration(self, kind: Kind, instance_id: str, destination: str = "") -> None:
        """Request a migration of a type.  Without a destination, Nova's scheduler chooses the host."""
        if kind.live:
            self.live_migrate(instance_id, host=destination or None, block=kind.block)
        else:
            self.migrate(instance_id)

    def actions(self, instance_id: str) -> list[InstanceAction]:
        """Newest first, without their events."""
        return self._read(lambda nova: nova.instance_action.list(instance_id), InstanceAction.from_api)

    def action(self, instance_id: str, request_id: str) -> InstanceAction:
        [action] = self._read(lambda nova: [nova.instance_action.get(instance_id, request_id)], InstanceAction.from_api)
        return action if self.access.sees_hosts else redact_action(action)

    def reset_to_active(self, migration: Migration) -> None:
        """Mends the record of an instance that runs although Nova has it in error."""
        self._act(lambda nova: nova.servers.reset_state(migration.instance_id, "active"))

    @property
    def has_event_details(self) -> bool:
        """Whether events carry the text of an error, for those who may read it."""
        return self._client.api_version >= EVENT_DETAILS

    @property
    def host_follows(self) -> bool:
        """Return whether an instance's host is right even if the last step of its live migration failed."""
        return self._client.api_version >= RELEASE_27

    @property
    def can_abort_queued(self) -> bool:
        """Whether a migration can be aborted before it copies."""
        return self._client.api_version >= ABORT_QUEUED

    def abort(self, migration: Migration) -> None:
        self._act(lambda nova: nova.server_migrations.live_migration_abort(migration.instance_id, migration.id))

    def force_complete(self, migration: Migration) -> None:
        self._act(lambda nova: nova.server_migrations.live_migrate_force_complete(migration.instance_id, migration.id))

    def confirm(self, migration: Migration) -> None:
        self.confirm_move(migration.instance_id)

    def confirm_move(self, instance_id: str) -> None:
        self._act(lambda nova: nova.servers.confirm_resize(instance_id))

    def revert(self, migration: Migration) -> None:
        self.revert_move(migration.instance_id)

    def revert_move(self, instance_id: str) -> None:
        self._act(lambda nova: nova.servers.revert_resize(instance_id))

    def _migrations_page(self, query: dict[str, Any]) -> Page[Migration]:
        page = self._page("/os-migrations", "migrations", query, migration_or_none)
        return Page(drop_unreadable(page.records), page.more, page.marker)


def drop_unreadable(found: list[Migration | None]) -> list[Migration]:
    """One record that makes no sense must not hide all the others."""
    readable = [one for one in found if one is not None]
    if found and not readable:
        raise ServiceUnavailable(UNREADABLE_ANSWER)
    return readable


def migration_or_none(data: dict[str, Any]) -> Migration | None:
    try:
        return validated(Migration.from_api(data))
    except UNREADABLE:
        LOG.warning("Nova told of a migration that cannot be read: %.500r", data)
        return None


def format_time(moment: datetime | None) -> str | None:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def escape_regex(text: str) -> str:
    return REGEX_SPECIAL.sub(r"\\\1", text)


class Groups(NovaAPI):
    def server_groups(self) -> Listing[ServerGroup]:
        """Return the server groups of all projects: one call for each page, and a last call that finds no group.

        For users who are not administrators, Nova returns only the groups of their own project.
        """
        found: list[ServerGroup] = []
        for _ in range(MOST_GROUP_PAGES):
            # By offset and without links (nova/api/openstack/compute/server_groups.py, index).
            query = {"all_projects": "True", "limit": GROUPS_PER_PAGE, "offset": len(found)}
            page = self._page("/os-server-groups", "server_groups", query, ServerGroup.from_api)
            if not page.records:
                return Listing(found)
            found += page.records
        return Listing(found, complete=False)
