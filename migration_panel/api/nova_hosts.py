# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova for compute hosts: services, hypervisors and evacuations."""

from __future__ import annotations

from novaclient.api_versions import APIVersion

from migration_panel.api.base import Listing, NovaAPI, Page, read_pages
from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.api.models import Server

# The last microversion that returns the capacities of hypervisors and their CPUs.
CAPACITIES = APIVersion("2.87")
# The last microversion that starts an evacuated instance again; later versions leave it shut off.
STARTS_EVACUATED = APIVersion("2.94")

# Instances in one page; Nova's ``[api]max_limit`` may be lower.
PAGE = 1000


class HostCalls(NovaAPI):
    """Compute hosts and what is on them."""

    def compute_hosts(self, host: str | None = None) -> list[ComputeHost]:
        """Return all compute hosts, or those named ``host``."""
        return self._list(lambda nova: nova.services.list(host=host, binary="nova-compute"), ComputeHost.from_api)

    def all_hypervisors(self) -> Listing[Hypervisor]:
        """Return the hypervisors of all cells: one call for each page of ``[api]max_limit``, a thousand by default."""
        return read_pages(self._hypervisors_page)

    def _hypervisors_page(self, marker: str | None) -> Page[Hypervisor]:
        query = {"marker": marker}
        return self._get_page("/os-hypervisors/detail", "hypervisors", query, Hypervisor.from_api, newest=CAPACITIES)

    def hypervisors_like(self, text: str) -> list[Hypervisor]:
        """Return the hypervisors whose names contain the text.  Raise NotFound if no name does."""
        return self._list(
            lambda nova: nova.hypervisors.search(text, detailed=True), Hypervisor.from_api, newest=CAPACITIES
        )

    def disable(self, host: ComputeHost, reason: str) -> None:
        """Exclude the host from scheduling.  ``reason``: 1 to 255 characters."""
        self._post(lambda nova: nova.services.disable_log_reason(host.service_id, reason))

    def disable_silently(self, host: ComputeHost) -> None:
        """Exclude the host from scheduling without a reason."""
        self._post(lambda nova: nova.services.disable(host.service_id))

    def enable(self, host: ComputeHost) -> None:
        """Include the host in scheduling.  Nova deletes the reason."""
        self._post(lambda nova: nova.services.enable(host.service_id))

    def servers_on(self, host: str, *, limit: int = PAGE, marker: str | None = None) -> Page[Server]:
        """Return a page of the instances of all projects that Nova lists for a host.

        Nova compares the whole name (db/main/api.py, exact_match_filter_names).  It silently ignores the filter
        ``host`` for a role that may not use it: compare the host of each record.
        """
        query = {"all_tenants": 1, "host": host, "limit": limit, "marker": marker}
        return self._get_page("/servers/detail", "servers", query, Server.from_api)

    def all_servers_on(self, host: str) -> Listing[Server]:
        """Return all instances as ``servers_on`` does: one call for each page."""
        return read_pages(lambda marker: self.servers_on(host, marker=marker))

    def evacuate(self, instance_id: str, host: str | None) -> None:
        """Evacuate an instance.  Never send ``force``: the scheduler then checks a named host like any other."""
        self._post(lambda nova: nova.servers.evacuate(instance_id, host), newest=STARTS_EVACUATED)
