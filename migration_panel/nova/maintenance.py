# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova that emptying a host takes: one method, one HTTP call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from novaclient.api_versions import APIVersion

from migration_panel.nova.caller import Listing, Page
from migration_panel.nova.client import Nova
from migration_panel.nova.records import Migration, Server

# At 2.56 Nova began to take the name of a host for cold migrations: older than any that the panel speaks to.
COLD_HOST = APIVersion("2.56")


@dataclass(frozen=True)
class Service:
    """A nova-compute service, as it is enabled and disabled."""

    id: str
    host: str
    zone: str | None = None
    up: bool = True
    enabled: bool = True
    disabled_reason: str | None = None
    # Whether Nova cannot reach the database of the service's cell: only the name of the service is known then.
    cell_down: bool = False

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> Service:
        return cls(
            # Missing in a cell that is down.
            id=str(data.get("id") or ""),
            host=str(data["host"]),
            zone=data.get("zone"),
            up=data.get("state") == "up",
            enabled=data.get("status") == "enabled",
            disabled_reason=data.get("disabled_reason"),
            cell_down=data.get("status") == "UNKNOWN" or "state" not in data,
        )


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
