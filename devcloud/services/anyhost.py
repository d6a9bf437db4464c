# SPDX-License-Identifier: Apache-2.0
"""Neutron mechanism driver that binds every port on every host at once."""

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api


class AnyHostDriver(api.MechanismDriver):
    connectivity = portbindings.CONNECTIVITY_L2

    def initialize(self):
        pass

    def bind_port(self, context):
        segment = context.segments_to_bind[0]
        context.set_binding(
            segment[api.ID],
            portbindings.VIF_TYPE_OVS,
            {portbindings.CAP_PORT_FILTER: True},
            status=constants.PORT_STATUS_ACTIVE,
        )

    def update_port_postcommit(self, context):
        # After a live migration, Neutron waits until the agent of the new host reports that the port is up.
        if context.status == constants.PORT_STATUS_DOWN and context.vif_type == portbindings.VIF_TYPE_OVS:
            plugin = directory.get_plugin()
            plugin.update_port_status(context.plugin_context, context.current["id"], constants.PORT_STATUS_ACTIVE)

    def filter_hosts_with_segment_access(self, context, segments, candidate_hosts, agent_getter):
        return set(candidate_hosts)
