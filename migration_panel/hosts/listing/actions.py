# SPDX-License-Identifier: Apache-2.0
"""The actions on a compute host, as buttons."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from migration_panel.api.drivers import can_cold_migrate, can_evacuate, can_live_migrate
from migration_panel.api.host_models import disabled_by_nova
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.listing.rows import HostRow, State
from migration_panel.policy import EVACUATE, LIST_MIGRATIONS, MIGRATE_LIVE, UPDATE_SERVICE, may
from migration_panel.scope import ADMIN

LABELS = {
    "drain": _("Drain host"),
    "run": _("View progress"),
    "return": _("Return instances"),
    "evacuate": _("Evacuate instances"),
}
RULES = {
    "drain": (UPDATE_SERVICE, MIGRATE_LIVE),
    "run": (LIST_MIGRATIONS,),
    "return": (UPDATE_SERVICE, MIGRATE_LIVE),
    "evacuate": (EVACUATE,),
}


class HostAction(NamedTuple):
    slug: str
    label: Promise
    address: str


def possible_actions(row: HostRow) -> tuple[str, ...]:
    """Return the slugs of the actions that Nova would accept now, whatever the user may do."""
    drain_started = row.disabled and DrainRequest.parse(row.reason) is not None
    if row.state in (State.DOWN, State.FORCED_DOWN):
        run = ("run",) if drain_started else ()
        evacuate = ("evacuate",) if can_evacuate_from(row) else ()
        return (*run, *evacuate)
    if row.state is not State.UP:
        return ()
    if drain_started:
        return ("run", "return")
    if not can_migrate_from(row) or (row.disabled and disabled_by_nova(row.reason)):
        return ()
    return ("drain", "return") if row.disabled else ("drain",)


def can_migrate_from(row: HostRow) -> bool:
    """Return whether Nova's driver on the host can migrate instances; True if the type is unknown."""
    return all(can_live_migrate(type_) or can_cold_migrate(type_) for type_ in row.types)


def can_evacuate_from(row: HostRow) -> bool:
    """Return whether Nova's driver on the host can evacuate instances; True if the type is unknown."""
    return all(can_evacuate(type_) for type_ in row.types)


def allowed_actions(request: HttpRequest) -> frozenset[str]:
    """Return the slugs that policy allows to the user.  No rule depends on the host, so call this once per page."""
    return frozenset(slug for slug, rules in RULES.items() if may(request, *rules))


def host_actions(allowed: Collection[str], row: HostRow) -> list[HostAction]:
    """Return the actions that are possible on the host and allowed to the user."""
    try:
        return [
            HostAction(slug, LABELS[slug], ADMIN.url(slug, row.name))
            for slug in possible_actions(row)
            if slug in allowed
        ]
    except NoReverseMatch:
        # The routes accept the names that Nova accepts for a host.
        return []
