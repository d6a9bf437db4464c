# SPDX-License-Identifier: Apache-2.0
"""The four types side by side, each with what speaks against it for this instance."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from migration_panel.kinds import KINDS, Kind
from migration_panel.launch.case import allowed, case_of
from migration_panel.launch.preflight import ERROR, findings
from migration_panel.launch.words import KINDS as WORDS
from migration_panel.launch.words import KindWords, doubt_words, finding_words
from migration_panel.nova.records import Server
from migration_panel.scope import Scope
from migration_panel.units import MIB, size_words


@dataclass(frozen=True)
class Card:
    kind: Kind
    words: KindWords
    url: str
    current: bool
    # Why Nova would refuse it, and what may; both empty for one that suits.
    obstacles: tuple[str, ...]
    doubts: tuple[str, ...]


def cards(
    request: HttpRequest, server: Server, scope: Scope, current: Kind | None = None, destination: str = ""
) -> list[Card]:
    """None vanishes: what cannot be taken says why."""
    return [_card(request, server, scope, kind, kind == current, destination) for kind in KINDS.values()]


def _card(request: HttpRequest, server: Server, scope: Scope, kind: Kind, current: bool, destination: str) -> Card:
    found = findings(case_of(request, kind, server, hosts=None))
    obstacles = tuple(finding_words(one, kind) for one in found if one.level == ERROR)
    doubts = tuple(doubt_words(one, kind) for one in found if one.level != ERROR)
    if not allowed(request, kind.rule, server.project_id):
        obstacles = (_("Your role does not allow it."),)
    # A chosen destination goes along, so that it is there again after a look at another type.
    chosen = f"?{urlencode({'destination': destination})}" if destination else ""
    url = scope.url("migrate", server.id, kind.slug) + chosen
    return Card(kind, WORDS[kind.slug], url, current, obstacles, doubts)


def facts(server: Server) -> list[str]:
    """Where the instance is and how big, as far as the reader may know."""
    told = [server.status]
    if server.host:
        told.append(_("on %(host)s") % {"host": server.host})
    if server.vcpus is not None:
        told.append(_("%(count)d vCPU") % {"count": server.vcpus})
    if server.memory_mib is not None:
        told.append(_("%(size)s of memory") % {"size": size_words(server.memory_mib * MIB)})
    if server.volume_backed:
        told.append(_("disk on a volume"))
    elif server.disk_gib is not None:
        told.append(_("%(size)d GiB of disk") % {"size": server.disk_gib})
    if server.zone:
        told.append(_("zone %(zone)s") % {"zone": server.zone})
    return told
