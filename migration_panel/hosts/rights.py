# SPDX-License-Identifier: Apache-2.0
"""Who is offered what of the hosts: for display, Nova decides."""

from __future__ import annotations

from django.http import HttpRequest

from migration_panel.launch.case.reading import LIST_HOSTS, LIST_HYPERVISORS
from migration_panel.launch.case.reading import LIST_MIGRATIONS as LIST_MIGRATIONS
from migration_panel.policy import allowed
from migration_panel.scope import Scope

UPDATE_SERVICE = "os_compute_api:os-services:update"
MIGRATE_LIVE = "os_compute_api:os-migrate-server:migrate_live"
EVACUATE = "os_compute_api:os-evacuate"


def may(request: HttpRequest, *rules: str) -> bool:
    return all(allowed(request, rule) for rule in rules)


def may_list(request: HttpRequest) -> bool:
    return may(request, LIST_HOSTS, LIST_HYPERVISORS)


def hosts_url(request: HttpRequest, scope: Scope) -> str | None:
    """Address of the page of all hosts, for those who may see it; the Project dashboard has none."""
    return scope.url("hosts") if scope.all_projects and may_list(request) else None
