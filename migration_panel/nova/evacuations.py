# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova that an evacuation takes: one method, one HTTP call for each page of a list."""

from typing import Any

from novaclient.api_versions import APIVersion

from migration_panel.nova.caller import Listing
from migration_panel.nova.client import _migration_or_none, _readable
from migration_panel.nova.maintenance import Maintenance
from migration_panel.nova.records import Migration, Server

# Records in one page; Nova's ``[api]max_limit`` may be lower.
PAGE = 1000
# Maximum number of pages of evacuations that are read, newest records first.
PAGES = 5


class Evacuations(Maintenance):
    # From 2.95 on an instance is left shut off, whatever it was before.
    newest = APIVersion("2.94")

    def evacuate(self, instance_id: str, host: str | None) -> None:
        """Never sends ``force``, so that the scheduler checks a named host like any other."""
        self._act(lambda nova: nova.servers.evacuate(instance_id, host))

    def all_servers_on(self, host: str) -> Listing[Server]:
        """Return the instances of all projects that Nova lists for a host.

        Nova silently ignores the filter ``host`` for a role that may not use it: compare the host of each record.
        """
        query = {"all_tenants": 1, "host": host, "limit": PAGE}
        return self._list_all("/servers/detail", "servers", query, Server.from_api)

    def evacuations_at(self, host: str) -> Listing[Migration]:
        """Return the evacuations that a host is the source or the destination of, newest first."""
        return self._evacuations(host=host)

    def evacuations_done(self) -> Listing[Migration]:
        """Return the evacuations whose source has not been restarted since, newest first."""
        return self._evacuations(status="done")

    def _evacuations(self, **filters: Any) -> Listing[Migration]:
        query = {"migration_type": "evacuation", "limit": PAGE, **filters}
        listing = self._list_all("/os-migrations", "migrations", query, _migration_or_none, pages=PAGES)
        return Listing(_readable(listing.records), listing.complete)
