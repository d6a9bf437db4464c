# SPDX-License-Identifier: Apache-2.0
"""What may be done about a host now, as buttons."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.translation import gettext_lazy as _

from migration_panel.api.drivers import can_cold_migrate, can_evacuate, can_live_migrate
from migration_panel.api.host_models import disabled_by_nova
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.hosts.listing.rows import HostRow, State
from migration_panel.policy import EVACUATE, LIST_MIGRATIONS, MIGRATE_LIVE, UPDATE_SERVICE, may
from migration_panel.scope import ADMIN

NAMES = {"drain": _("Drain"), "run": _("Run"), "return": _("Return"), "evacuate": _("Evacuate")}
RULES = {
    "drain": (UPDATE_SERVICE, MIGRATE_LIVE),
    "run": (LIST_MIGRATIONS,),
    "return": (UPDATE_SERVICE, MIGRATE_LIVE),
    "evacuate": (EVACUATE,),
}


def possible_actions(row: HostRow) -> tuple[str, ...]:
    """What Nova would take now, whoever asks for it."""
    under_way = row.disabled and DrainRequest.parse(row.reason) is not None
    if row.state in (State.DOWN, State.FORCED_DOWN):
        run, evacuate = ("run",) if under_way else (), ("evacuate",) if evacuates(row) else ()
        return (*run, *evacuate)
    if row.state is not State.UP:
        return ()
    if under_way:
        return ("run", "return")
    if not migrates(row) or (row.disabled and disabled_by_nova(row.reason)):
        return ()
    return ("drain", "return") if row.disabled else ("drain",)


def migrates(row: HostRow) -> bool:
    """Return whether Nova's driver on the host can migrate instances; True if the type is unknown."""
    return all(can_live_migrate(one) or can_cold_migrate(one) for one in row.types)


def evacuates(row: HostRow) -> bool:
    """Return whether Nova's driver on the host can evacuate instances; True if the type is unknown."""
    return all(map(can_evacuate, row.types))


def allowed_to(request: HttpRequest) -> frozenset[str]:
    """What the reader's policy allows: asked once, however many hosts there are."""
    return frozenset(slug for slug, rules in RULES.items() if may(request, *rules))


def host_actions(allowed: frozenset[str], row: HostRow) -> list[tuple[str, object, str]]:
    """Slug, name and address of each that fits and is allowed."""
    try:
        return [(slug, NAMES[slug], ADMIN.url(slug, row.name)) for slug in possible_actions(row) if slug in allowed]
    except NoReverseMatch:
        # Nova itself takes no such name of a host.
        return []
