# SPDX-License-Identifier: Apache-2.0
"""Whose migrations a panel shows: the only thing in which the two panels differ."""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class Scope:
    """One dashboard's view of the cloud: all projects, or the user's own."""

    dashboard: str
    all_projects: bool

    def url(self, name: str, *args: object) -> str:
        """Address of one of the panel's own pages in this dashboard."""
        return reverse(f"horizon:{self.dashboard}:migrations:{name}", args=args)

    def instance_url(self, instance_id: str) -> str:
        """Address of Horizon's own page of an instance in this dashboard."""
        return reverse(f"horizon:{self.dashboard}:instances:detail", args=[instance_id])


ADMIN = Scope("admin", all_projects=True)
PROJECT = Scope("project", all_projects=False)
