# SPDX-License-Identifier: Apache-2.0
"""The calls to Nova that an evacuation takes: one method, one HTTP call."""

from novaclient.api_versions import APIVersion

from migration_panel.nova.maintenance import Maintenance


class Evacuations(Maintenance):
    # From 2.95 on an instance is left shut off, whatever it was before.
    newest = APIVersion("2.94")

    def evacuate(self, instance_id: str, host: str | None) -> None:
        """Never sends ``force``, so that the scheduler checks a named host like any other."""
        self._act(lambda nova: nova.servers.evacuate(instance_id, host))
