# SPDX-License-Identifier: Apache-2.0
"""The one call to Neutron."""

from migration_panel.nova.faults import translated
from migration_panel.nova.rest import Rest


class Network(Rest):
    service = "network"

    def port_kinds(self, instance_id: str) -> tuple[str, ...]:
        """The vnic_type of each port of an instance: normal, direct, vdpa and so on."""
        query = {"device_id": instance_id, "fields": ["id", "binding:vnic_type"]}
        with translated(self.access.sees_hosts):
            ports = self._get("/v2.0/ports", query)["ports"]
            return tuple(str(port.get("binding:vnic_type") or "normal") for port in ports)
