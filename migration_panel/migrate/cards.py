# SPDX-License-Identifier: Apache-2.0
"""The four types side by side, each with its errors and warnings for one instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from migration_panel.api.models import Server
from migration_panel.formatting import MIB, format_size
from migration_panel.instance_states import state_label
from migration_panel.migrate.recommend import recommend
from migration_panel.migrate.text import KIND_TEXTS, RECOMMENDED, KindText
from migration_panel.migration_types import KINDS, LIVE, Kind
from migration_panel.policy import allowed
from migration_panel.preflight.assess import findings
from migration_panel.preflight.finding import ERROR, WARNING
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.query import build_case
from migration_panel.preflight.text import problem_text, short_text
from migration_panel.scope import Scope


@dataclass(frozen=True)
class Card:
    """One type for one instance."""

    kind: Kind
    texts: KindText
    url: str
    current: bool
    # Why Nova would refuse the migration, and what may go wrong.
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    # Why this type suits best; empty for the other types.
    recommended: str = ""


def cards(
    request: HttpRequest,
    server: Server,
    scope: Scope,
    current: Kind | None = None,
    carried: Mapping[str, str] = MappingProxyType({}),
    known: PreflightInput | None = None,
) -> list[Card]:
    """Return a card for each type; a type with errors shows them.

    ``known``: what was read for the current type.  ``carried``: fields of the form, which the links contain, so that
    they are still set after a look at another type.
    """
    known = known or build_case(request, LIVE, server, hosts=None)
    query = query_string(**carried)
    all_cards = [_card(request, known, scope, kind, kind == current, query) for kind in KINDS.values()]
    best = recommend(
        server.vm_state,
        local_disk=known.has_local_disk,
        possible={card.kind.slug: not card.errors for card in all_cards},
    )
    return [
        replace(card, recommended=str(RECOMMENDED[best.reason])) if best and card.kind == best.kind else card
        for card in all_cards
    ]


def query_string(**texts: str) -> str:
    """Return the query of an address with the texts that are not empty; empty without these texts."""
    given = {name: text for name, text in texts.items() if text}
    return f"?{urlencode(given)}" if given else ""


def _card(request: HttpRequest, known: PreflightInput, scope: Scope, kind: Kind, current: bool, query: str) -> Card:
    server = known.server
    found = findings(replace(known, kind=kind, destination=""))
    errors = tuple(problem_text(finding, kind) for finding in found if finding.level == ERROR)
    warnings = tuple(short_text(finding, kind) for finding in found if finding.level == WARNING)
    if not allowed(request, kind.rule, server.project_id):
        errors = (_("Your role does not permit this action."),)
    url = scope.url("migrate", server.id, kind.slug) + query
    return Card(kind, KIND_TEXTS[kind.slug], url, current, errors, warnings)


def server_facts(server: Server) -> list[str]:
    """Return the status, host, size and zone of an instance, as far as Nova shows them to the user."""
    parts = [state_label(server.status)]
    if server.host:
        parts.append(pgettext("instance fact", "on %(host)s") % {"host": server.host})
    if server.vcpus is not None:
        parts.append(_("%(count)d vCPU") % {"count": server.vcpus})
    if server.memory_mib is not None:
        parts.append(_("%(size)s of memory") % {"size": format_size(server.memory_mib * MIB)})
    if server.volume_backed:
        parts.append(pgettext("instance fact", "disk on a volume"))
        if server.local_gib:
            parts.append(_("%(size)d GiB of ephemeral disk and swap") % {"size": server.local_gib})
    elif server.disk_gib is not None:
        parts.append(_("%(size)d GiB of disk") % {"size": server.disk_gib})
    if server.zone:
        parts.append(pgettext("instance fact", "zone %(zone)s") % {"zone": server.zone})
    return parts
