# SPDX-License-Identifier: Apache-2.0
"""Names of projects: Nova knows their IDs only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.http import HttpRequest

from migration_panel.conf import get_config
from migration_panel.errors import MigrationPanelError
from migration_panel.nova.fanout import at_once
from migration_panel.nova.identity import Identity


def project_names(request: HttpRequest, projects: Iterable[str | None]) -> dict[str, str]:
    """By ID; one whose name the reader may not know is missing.  One call for each that is not remembered."""
    wanted = {one for one in projects if one}
    if not wanted:
        return {}
    try:
        identity = Identity.of(request)
    except MigrationPanelError:
        return {}
    keys = {f"migration_panel:project:{identity.access.view}:{one}": one for one in wanted}
    known = cache.get_many(list(keys))
    missing = sorted(keys.keys() - known.keys())
    names = async_to_sync(at_once)([partial(_name, identity, keys[key]) for key in missing])
    # What is not told is remembered too, as an empty text.
    told = dict(zip(missing, names, strict=True))
    cache.set_many(told, get_config().name_ttl)
    return {keys[key]: name for key, name in (known | told).items() if name}


def _name(identity: Identity, project_id: str) -> str:
    try:
        return identity.project_name(project_id)
    except MigrationPanelError:
        return ""
