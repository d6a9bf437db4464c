# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova about its hosts: one method, one HTTP call."""

from novaclient.api_versions import APIVersion

from migration_panel.nova.caller import Caller, Listing
from migration_panel.nova.host_records import ComputeHost, Hypervisor


class Hosts(Caller):
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
