# SPDX-License-Identifier: Apache-2.0
"""Names of projects: Nova knows their IDs only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from asgiref.sync import async_to_sync
from django.http import HttpRequest

from migration_panel.api.concurrency import at_once
from migration_panel.api.keystone import Identity
from migration_panel.cache import Shelf
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError


def project_names(request: HttpRequest, projects: Iterable[str | None]) -> dict[str, str]:
    """By ID; one whose name the reader may not know is missing.  One call for each that is not remembered."""
    wanted = {one for one in projects if one}
    if not wanted:
        return {}
    try:
        identity = Identity.of(request)
    except MigrationPanelError:
        return {}
    shelf = Shelf("projects", (identity.access.view,))
    known = {one: name for one, name in shelf.get(wanted).items() if isinstance(name, str)}
    missing = sorted(wanted - known.keys())
    names = async_to_sync(at_once)([partial(_name, identity, one) for one in missing])
    # What is not told is remembered too, as an empty text.
    told = dict(zip(missing, names, strict=True))
    shelf.put(told, get_config().name_ttl)
    return {one: name for one, name in (known | told).items() if name}


def _name(identity: Identity, project_id: str) -> str:
    try:
        return identity.project_name(project_id)
    except MigrationPanelError:
        return ""
