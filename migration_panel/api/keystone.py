# SPDX-License-Identifier: Apache-2.0
"""The one call to Keystone."""

from migration_panel.api.rest import ServiceAPI
from migration_panel.api.translate import translate_errors


class Keystone(ServiceAPI):
    service = "identity"

    def project_name(self, project_id: str) -> str:
        version = "" if self.access.endpoint.endswith("/v3") else "/v3"
        with translate_errors(self.access.sees_hosts):
            return str(self._get(f"{version}/projects/{project_id}", {})["project"]["name"])
