# SPDX-License-Identifier: Apache-2.0
"""The list of all server groups: the list of instances does not show the group of an instance."""

from __future__ import annotations

from migration_panel.nova.caller import Caller, Listing
from migration_panel.nova.group_records import ServerGroup

PAGE = 1000
# Maximum number of pages that are read.  Nova looks up the members of all groups of a page in each cell.
MOST_PAGES = 5


class Groups(Caller):
    def server_groups(self) -> Listing[ServerGroup]:
        """Return the server groups of all projects: one call for each page, and a last call that finds no group.

        For users who are not administrators, Nova returns only the groups of their own project.
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
