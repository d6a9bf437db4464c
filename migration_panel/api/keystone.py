# SPDX-License-Identifier: Apache-2.0
"""The call to Keystone: the name of a project."""

from migration_panel.api.rest import ServiceAPI
from migration_panel.api.translate import translate_errors


class Keystone(ServiceAPI):
    """One user's Keystone."""

    service = "identity"

    def project_name(self, project_id: str) -> str:
        """Return the name of a project.  Raise MigrationPanelError."""
        version = "" if self.access.endpoint.endswith("/v3") else "/v3"
        with translate_errors(self.access.sees_hosts):
            return str(self._get(f"{version}/projects/{project_id}", {})["project"]["name"])
