# SPDX-License-Identifier: Apache-2.0
"""The calls to Neutron: ports and floating IP addresses."""

from migration_panel.api.rest import ServiceAPI
from migration_panel.api.translate import translate_errors


class Neutron(ServiceAPI):
    """One user's Neutron."""

    service = "network"

    def port_kinds(self, instance_id: str) -> tuple[str, ...]:
        """Return the vnic_type of each port of an instance: normal, direct, vdpa and so on."""
        query = {"device_id": instance_id, "fields": ["id", "binding:vnic_type"]}
        with translate_errors(self.access.sees_hosts):
            ports = self._get("/v2.0/ports", query)["ports"]
            return tuple(str(port.get("binding:vnic_type") or "normal") for port in ports)

    def instances_behind(self, floating_ip: str) -> list[str]:
        """Return the ID of the instance behind a floating IP address, in a list; empty if there is no instance.

        Raise NotFound in a cloud whose Neutron has no routers.
        """
        with translate_errors(self.access.sees_hosts):
            addresses = self._get("/v2.0/floatingips", {"floating_ip_address": floating_ip})["floatingips"]
            ports = [str(address["port_id"]) for address in addresses if address.get("port_id")]
            if not ports:
                return []
            owned = self._get("/v2.0/ports", {"id": ports, "fields": ["id", "device_id", "device_owner"]})["ports"]
            # Behind a load balancer there is no instance.
            return [str(port["device_id"]) for port in owned if str(port.get("device_owner")).startswith("compute:")]
