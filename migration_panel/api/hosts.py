# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova for compute hosts: their services, what is on them, what moves instances away from them."""

from __future__ import annotations

from typing import Any

from novaclient.api_versions import APIVersion

from migration_panel.api.base import Listing, NovaAPI, Page
from migration_panel.api.host_models import ComputeHost, Hypervisor, Service
from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova, drop_unreadable, migration_or_none

# At 2.56 Nova began to take the name of a host for cold migrations: older than any that the panel speaks to.
COLD_HOST = APIVersion("2.56")

# Records in one page; Nova's ``[api]max_limit`` may be lower.
PAGE = 1000
# Maximum number of pages of evacuations that are read, newest records first.
PAGES = 5


class Hosts(NovaAPI):
    # 2.88 drops capacities and the CPU.
    newest = APIVersion("2.87")

    def compute_hosts(self) -> list[ComputeHost]:
        return self._read(lambda nova: nova.services.list(binary="nova-compute"), ComputeHost.from_api)

    def all_hypervisors(self) -> Listing[Hypervisor]:
        """Return the hypervisors of all cells: one call for each page of ``[api]max_limit``, a thousand by default."""
        return self._list_all("/os-hypervisors/detail", "hypervisors", {}, Hypervisor.from_api)

    def hypervisors_like(self, text: str) -> list[Hypervisor]:
        """Return the hypervisors whose names contain the text.  Raise NotFound if there are none."""
        return self._read(lambda nova: nova.hypervisors.search(text, detailed=True), Hypervisor.from_api)


class Maintenance(Nova):
    """A host's service, what is on the host, and what moves it."""

    def compute_services(self, host: str | None = None) -> list[Service]:
        return self._read(lambda nova: nova.services.list(host=host, binary="nova-compute"), Service.from_api)

    def disable(self, service: Service, reason: str) -> None:
        """``reason`` has 255 characters at most, and one at least."""
        self._act(lambda nova: nova.services.disable_log_reason(service.id, reason))

    def disable_silently(self, service: Service) -> None:
        self._act(lambda nova: nova.services.disable(service.id))

    def enable(self, service: Service) -> None:
        """Nova forgets the reason with it."""
        self._act(lambda nova: nova.services.enable(service.id))

    def servers_on(self, host: str, *, limit: int, marker: str | None = None) -> Page[Server]:
        """A page of them, of all projects.  Nova compares the whole name (exact_match_filter_names, db/main/api.py)."""
        query = {"all_tenants": 1, "host": host, "limit": limit, "marker": marker}
        return self._page("/servers/detail", "servers", query, Server.from_api)

    def all_servers_on(self, host: str) -> Listing[Server]:
        """Return all instances on a host, of all projects: one call for each thousand."""
        query = {"all_tenants": 1, "host": host, "limit": 1000}
        return self._list_all("/servers/detail", "servers", query, Server.from_api)

    def migrations_at(
        self, host: str, *, limit: int, status: str | None = None, type: str | None = None, marker: str | None = None
    ) -> Page[Migration]:
        """A page of those that leave it or come to it, newest first."""
        query = {"host": host, "status": status, "migration_type": type, "limit": limit, "marker": marker}
        return self._migrations_page(query)

    def move_live(self, instance_id: str, *, host: str | None, block: bool) -> None:
        """With ``block``, Nova's driver finds out whether there is a local disk to copy; without, none is copied."""
        self._act(lambda nova: nova.servers.live_migrate(instance_id, host, "auto" if block else False))

    def move_cold(self, instance_id: str, *, host: str | None) -> None:
        self._require(COLD_HOST, "It takes no host for cold migrations before 2.56.")
        self._act(lambda nova: nova.servers.migrate(instance_id, host))


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
        listing = self._list_all("/os-migrations", "migrations", query, migration_or_none, pages=PAGES)
        return Listing(drop_unreadable(listing.records), listing.complete)
