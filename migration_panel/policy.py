# SPDX-License-Identifier: Apache-2.0
"""What Nova's policy, as Horizon has it, lets somebody do: for display only, Nova decides."""

from __future__ import annotations

from django.http import HttpRequest
from openstack_dashboard import policy


def allowed(request: HttpRequest, rule: str, project_id: str | None = None) -> bool:
    """Whether it may be done to something of a project; of the user's own without one."""
    return policy.check((("compute", rule),), request, {"project_id": project_id or request.user.tenant_id})
