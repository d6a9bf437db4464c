# SPDX-License-Identifier: Apache-2.0
"""The four types side by side, each with what speaks against it for this instance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from migration_panel.api.models import Server
from migration_panel.formatting import MIB, format_size
from migration_panel.migrate.recommend import recommend
from migration_panel.migrate.text import KINDS as WORDS
from migration_panel.migrate.text import RECOMMENDED, KindText
from migration_panel.migration_types import KINDS, LIVE, Kind
from migration_panel.policy import allowed
from migration_panel.preflight.assess import findings
from migration_panel.preflight.finding import ERROR, WARNING
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.query import case_of
from migration_panel.preflight.text import problem_text, short_text
from migration_panel.scope import Scope


@dataclass(frozen=True)
class Card:
    kind: Kind
    words: KindText
    url: str
    current: bool
    # Why Nova would refuse it, and what may; both empty for one that suits.
    obstacles: tuple[str, ...]
    doubts: tuple[str, ...]
    # Why it suits best; empty for the other types.
    recommended: str = ""


def cards(
    request: HttpRequest,
    server: Server,
    scope: Scope,
    current: Kind | None = None,
    destination: str = "",
    failed: str = "",
    known: PreflightInput | None = None,
) -> list[Card]:
    """None vanishes: what cannot be taken says why.  ``known`` is what has been gathered for the current type."""
    known = known or case_of(request, LIVE, server, hosts=None)
    # They go along, so that they are there again after a look at another type.
    along = carried(destination=destination, failed=failed)
    found = [_card(request, known, scope, kind, kind == current, along) for kind in KINDS.values()]
    best = recommend(
        server.vm_state,
        local_disk=known.has_local_disk,
        open_to={card.kind.slug: not card.obstacles for card in found},
    )
    return [
        replace(card, recommended=str(RECOMMENDED[best.why])) if best and card.kind == best.kind else card
        for card in found
    ]


def carried(**texts: str) -> str:
    """The end of an address that brings them along; empty if there are none."""
    given = {name: text for name, text in texts.items() if text}
    return f"?{urlencode(given)}" if given else ""


def _card(request: HttpRequest, known: PreflightInput, scope: Scope, kind: Kind, current: bool, along: str) -> Card:
    server = known.server
    found = findings(replace(known, kind=kind, destination=""))
    obstacles = tuple(problem_text(one, kind) for one in found if one.level == ERROR)
    doubts = tuple(short_text(one, kind) for one in found if one.level == WARNING)
    if not allowed(request, kind.rule, server.project_id):
        obstacles = (_("Your role does not allow it."),)
    url = scope.url("migrate", server.id, kind.slug) + along
    return Card(kind, WORDS[kind.slug], url, current, obstacles, doubts)


def facts(server: Server) -> list[str]:
    """Where the instance is and how big, as far as the reader may know."""
    told = [server.status]
    if server.host:
        told.append(_("on %(host)s") % {"host": server.host})
    if server.vcpus is not None:
        told.append(_("%(count)d vCPU") % {"count": server.vcpus})
    if server.memory_mib is not None:
        told.append(_("%(size)s of memory") % {"size": format_size(server.memory_mib * MIB)})
    if server.volume_backed:
        told.append(_("disk on a volume"))
        if server.local_gib:
            told.append(_("%(size)d GiB of ephemeral disk and swap") % {"size": server.local_gib})
    elif server.disk_gib is not None:
        told.append(_("%(size)d GiB of disk") % {"size": server.disk_gib})
    if server.zone:
        told.append(_("zone %(zone)s") % {"zone": server.zone})
    return told
