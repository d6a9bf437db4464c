# SPDX-License-Identifier: Apache-2.0
"""The list of all server groups: the list of instances does not say which group an instance is in."""

from __future__ import annotations

from migration_panel.nova.caller import Caller, Listing
from migration_panel.nova.group_records import ServerGroup

PAGE = 1000
# Pages that are read at most.  Nova looks up the members of all groups of a page in each cell.
MOST_PAGES = 5


class Groups(Caller):
    def server_groups(self) -> Listing[ServerGroup]:
        """Return the server groups of all projects: one call for each page, and one that finds no more.

        Nova returns the groups of the user's own project only, if it does not take the user for an administrator.
        """
        found: list[ServerGroup] = []
        for _ in range(MOST_PAGES):
            # By offset and without links (nova/api/openstack/compute/server_groups.py, index).
            query = {"all_projects": "True", "limit": PAGE, "offset": len(found)}
            page = self._page("/os-server-groups", "server_groups", query, ServerGroup.from_api)
            if not page.records:
                return Listing(found)
            found += page.records
        return Listing(found, complete=False)
