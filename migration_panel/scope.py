# SPDX-License-Identifier: Apache-2.0
"""Whose migrations a panel shows.  The two panels differ in nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from openstack_auth.user import User

from migration_panel.exceptions import NoProjectSelected


@dataclass(frozen=True)
class Scope:
    """What a dashboard shows of the cloud: all projects, or the user's own project."""

    dashboard: str
    all_projects: bool

    def project_of(self, user: User) -> str | None:
        """Return the ID of the project whose instances are shown; None for all projects.

        Raise NoProjectSelected if the token is scoped to a domain, or is unscoped.
        """
        if self.all_projects:
            return None
        if not user.tenant_id:
            # An empty filter would list all projects.
            raise NoProjectSelected()
        return str(user.tenant_id)

    def url(self, name: str, *args: object) -> str:
        """Return the address of a page of the panel in this dashboard."""
        return reverse(f"horizon:{self.dashboard}:migrations:{name}", args=args)

    def instance_url(self, instance_id: str) -> str:
        """Return the address of Horizon's own page of an instance in this dashboard."""
        return reverse(f"horizon:{self.dashboard}:instances:detail", args=[instance_id])


ADMIN = Scope("admin", all_projects=True)
PROJECT = Scope("project", all_projects=False)
