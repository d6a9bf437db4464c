# SPDX-License-Identifier: Apache-2.0
"""What a user may do by Nova's policy, as Horizon's policy engine knows it.  For display only: Nova decides.

Horizon's own check allows every unknown rule.  Here an unknown rule is refused, unless FALLBACKS names rules that every
supported Horizon knows.
"""

from __future__ import annotations

import logging
from collections.abc import Container
from types import MappingProxyType

from django.http import HttpRequest
from horizon.utils import settings as horizon_settings
from openstack_auth import policy as engine
from openstack_dashboard import policy

from migration_panel.http import user_of
from migration_panel.scope import Scope

LOG = logging.getLogger(__name__)

SERVICE = "compute"

# Rules that only Horizon 27.0 and newer have in their policy files -> the rules that all decide on an older Horizon.
# Every Horizon from 25.3 on knows these rules with the same default.
FALLBACKS = MappingProxyType(
    {
        "os_compute_api:os-migrations:index:all_projects": (
            "os_compute_api:os-migrations:index",
            "os_compute_api:servers:detail:get_all_tenants",
        ),
        "os_compute_api:os-migrations:index:host": ("os_compute_api:os-extended-server-attributes",),
        "os_compute_api:os-migrate-server:migrate_live:host": (
            "os_compute_api:os-migrate-server:migrate_live",
            "os_compute_api:os-migrate-server:migrate:host",
        ),
    }
)

# Attribute of a request that stores its policy results.
ANSWERS = "_migration_panel_policy"

LIST_HOSTS = "os_compute_api:os-services:list"
LIST_HYPERVISORS = "os_compute_api:os-hypervisors:list-detail"
LIST_MIGRATIONS = "os_compute_api:os-migrations:index:all_projects"
SHOW_GROUP = "os_compute_api:os-server-groups:show"
OVERRIDE_LOCK = "os_compute_api:os-lock-server:unlock:unlock_override"
UPDATE_SERVICE = "os_compute_api:os-services:update"
MIGRATE_LIVE = "os_compute_api:os-migrate-server:migrate_live"
LIST_ALL_GROUPS = "os_compute_api:os-server-groups:index:all_projects"
EVACUATE = "os_compute_api:os-evacuate"


def allowed(request: HttpRequest, rule: str, project_id: str | None = None) -> bool:
    """Return whether the rule allows the user an action in a project; by default in the user's own project.

    False if Horizon's policy engine cannot decide: it knows neither the rule nor its fallback, it has no readable
    policy files, or ``POLICY_CHECK_FUNCTION`` is None.  Each result is stored on the request: all rows of a
    list need the same results, and the engine looks for changed policy files at each check.
    """
    project = project_id or user_of(request).tenant_id
    answers: dict[tuple[str, str | None], bool] = request.__dict__.setdefault(ANSWERS, {})
    if (rule, project) not in answers:
        answers[rule, project] = _decide(request, rule, {"project_id": project})
    return answers[rule, project]


def _decide(request: HttpRequest, rule: str, target: dict[str, str | None]) -> bool:
    try:
        known = _known_rules()
        rules = (rule,) if rule in known else FALLBACKS.get(rule, (rule,))
        decidable = all(name in known for name in rules)
        return decidable and bool(policy.check(tuple((SERVICE, name) for name in rules), request, target))
    except (OSError, ValueError) as error:
        # oslo.policy reads its files again whenever they have changed.
        LOG.warning("Horizon's policy files for %s cannot be read: %s", SERVICE, error)
        return False


def _known_rules() -> Container[str]:
    """Return the names of the rules in Horizon's policy files; empty if Horizon checks no policy."""
    if horizon_settings.import_setting("POLICY_CHECK_FUNCTION") is None:
        return frozenset()
    enforcer = engine._get_enforcer().get(SERVICE)
    rules: Container[str] = enforcer.rules if enforcer else ()
    return rules


def may(request: HttpRequest, *rules: str) -> bool:
    """Return whether all rules allow the user an action in the user's own project."""
    return all(allowed(request, rule) for rule in rules)


def may_list(request: HttpRequest) -> bool:
    """Return whether the user may see the page of all hosts."""
    return may(request, LIST_HOSTS, LIST_HYPERVISORS)


def hosts_url(request: HttpRequest, scope: Scope) -> str | None:
    """Return the address of the page of all hosts; None if the user may not see it, or in the Project dashboard."""
    return scope.url("hosts") if scope.all_projects and may_list(request) else None
