# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova for instances, their actions and server groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from novaclient.api_versions import APIVersion

from migration_panel.api.base import MAX_PAGES, Listing, NovaAPI, Page, read_pages
from migration_panel.api.host_models import ServerGroup
from migration_panel.api.models import InstanceAction, Server
from migration_panel.api.redact import redact_action

EVENT_DETAILS = APIVersion("2.84")

# Nova matches names as regular expressions of its database.
REGEX_SPECIAL = re.compile(r"([\\.^$*+?()\[\]{}|])")

GROUPS_PER_PAGE = 1000
# Maximum number of pages that are read.  Nova looks up the members of all groups of a page in each cell.
MAX_GROUP_PAGES = 5


class ServerCalls(NovaAPI):
    """Instances, their actions and server groups."""

    def server(self, instance_id: str) -> Server:
        """Return an instance.  Raise NotFound if the instance does not exist, or if it is hidden from the user."""
        [server] = self._list(lambda nova: [nova.servers.get(instance_id)], Server.from_api)
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
        """Return a page of the instances whose name, or one of whose fixed addresses, contains the text."""
        search: dict[str, Any] = {"all_tenants": 1} if all_projects else {}
        if name is not None:
            search["name"] = escape_regex(name)
        if address is not None:
            # Not escaped: a Neutron that filters by part of an address compares the text as it is.
            search["ip6" if ":" in address else "ip"] = address
        query = search | {"limit": limit, "marker": marker}
        return self._get_page("/servers/detail", "servers", query, Server.from_api)

    def servers_in(self, statuses: Sequence[str], *, pages: int = MAX_PAGES) -> Listing[Server]:
        """Return the project's instances in one of these statuses; with several statuses, also many others.

        Nova looks for any of their states together with any of their tasks.
        """
        query = [("status", status) for status in statuses]
        return read_pages(
            lambda marker: self._get_page("/servers/detail", "servers", [*query, ("marker", marker)], Server.from_api),
            pages=pages,
        )

    def server_ids(self, *, all_projects: bool, marker: str | None = None) -> Page[str]:
        """Return the IDs after ``marker``: a thousand unless Nova's operator has set ``[api]max_limit``."""
        query = {"all_tenants": 1 if all_projects else None, "limit": 1000, "marker": marker}
        return self._get_page("/servers", "servers", query, lambda data: str(data["id"]))

    def server_group(self, group_id: str) -> ServerGroup:
        """Return a server group."""
        [group] = self._list(lambda nova: [nova.server_groups.get(group_id)], ServerGroup.from_api)
        return group

    def server_groups(self) -> Listing[ServerGroup]:
        """Return the server groups of all projects: one call for each page, and a last call that finds no group.

        For users who are not administrators, Nova returns only the groups of their own project.
        """
        groups: list[ServerGroup] = []
        for _ in range(MAX_GROUP_PAGES):
            # By offset and without links (nova/api/openstack/compute/server_groups.py, index).
            query = {"all_projects": "True", "limit": GROUPS_PER_PAGE, "offset": len(groups)}
            page = self._get_page("/os-server-groups", "server_groups", query, ServerGroup.from_api)
            if not page.records:
                return Listing(groups)
            groups += page.records
        return Listing(groups, complete=False)

    def actions(self, instance_id: str) -> list[InstanceAction]:
        """Return the actions on an instance, newest first, without their events."""
        return self._list(lambda nova: nova.instance_action.list(instance_id), InstanceAction.from_api)

    def action(self, instance_id: str, request_id: str) -> InstanceAction:
        """Return an action on an instance with its events; texts that may name hosts only if the user sees hosts."""
        [action] = self._list(lambda nova: [nova.instance_action.get(instance_id, request_id)], InstanceAction.from_api)
        return action if self.access.sees_hosts else redact_action(action)

    @property
    def has_event_details(self) -> bool:
        """Return whether events have the text of an error, for users who may read it."""
        return bool(self._version >= EVENT_DETAILS)


def escape_regex(text: str) -> str:
    """Return the text as a pattern that matches only this text."""
    return REGEX_SPECIAL.sub(r"\\\1", text)
