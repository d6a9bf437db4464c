# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova about its hosts: one method, one HTTP call."""

from novaclient.api_versions import APIVersion

from migration_panel.nova.caller import Caller, Listing
from migration_panel.nova.host_records import ComputeHost, Hypervisor

# Nova's own default ([api]max_limit): more than its operator allows are not returned.
PAGE = 1000


class Hosts(Caller):
    # 2.88 drops capacities and the CPU.
    newest = APIVersion("2.87")

    def compute_hosts(self) -> list[ComputeHost]:
        return self._read(lambda nova: nova.services.list(binary="nova-compute"), ComputeHost.from_api)

    def all_hypervisors(self) -> Listing[Hypervisor]:
        """Return the hypervisors of all cells: one call for each page of ``[api]max_limit``, a thousand by default."""
        return self._list_all("/os-hypervisors/detail", "hypervisors", {}, Hypervisor.from_api)

    def hypervisors_named(self, name: str) -> list[Hypervisor]:
        """Return the hypervisors whose own name contains ``name``; raises NotFound where there are none."""
        return self._read(lambda nova: nova.hypervisors.search(name, detailed=True), Hypervisor.from_api)
