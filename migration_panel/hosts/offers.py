# SPDX-License-Identifier: Apache-2.0
"""What may be done about a host now, as buttons."""

from __future__ import annotations

from django.http import HttpRequest

from migration_panel.hosts.listing_rows import HostRow
from migration_panel.hosts.rights import may
from migration_panel.scope import ADMIN

NAMES: dict[str, object] = {}
RULES: dict[str, tuple[str, ...]] = {}


def fitting(row: HostRow) -> tuple[str, ...]:
    """What Nova would take now, whoever asks for it."""
    return ()


def offers(request: HttpRequest, row: HostRow) -> list[tuple[str, object, str]]:
    """Slug, name and address of each that the reader's policy allows."""
    return [(slug, NAMES[slug], ADMIN.url(slug, row.name)) for slug in fitting(row) if may(request, *RULES[slug])]
