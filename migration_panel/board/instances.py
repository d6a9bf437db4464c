# SPDX-License-Identifier: Apache-2.0
"""Names of instances: migration records hold IDs only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import partial

from asgiref.sync import sync_to_async
from django.core.cache import cache

from migration_panel.conf import get_config
from migration_panel.errors import NotAllowed, NotFound, Refused, Unavailable
from migration_panel.nova.client import Nova


@dataclass(frozen=True)
class Known:
    """What the board says of an instance; all None once it is deleted."""

    name: str | None = None
    memory_mib: int | None = None
    project_id: str | None = None
    paused: bool = False


async def remembered(nova: Nova, instances: Iterable[str]) -> dict[str, Known]:
    """From the cache, where each view of the cloud (project and roles) has its own names."""
    keys = {_key(nova, instance): instance for instance in set(instances)}
    found = await sync_to_async(cache.get_many)(list(keys))
    return {keys[key]: Known(*value) for key, value in found.items()}


async def remember(nova: Nova, known: dict[str, Known]) -> None:
    values = {_key(nova, instance): astuple(fact) for instance, fact in known.items()}
    if values:
        await sync_to_async(cache.set_many)(values, get_config().name_ttl)


def ask(nova: Nova, instance: str) -> Known | None:
    """None if Nova cannot say just now; that is not remembered."""
    try:
        server = nova.server(instance)
    except NotFound:
        return Known()
    except (NotAllowed, Refused, Unavailable):
        return None
    return Known(server.name, server.memory_mib, server.project_id, server.vm_state == "paused")


def asking(nova: Nova, instances: Iterable[str]) -> list[partial]:
    return [partial(ask, nova, instance) for instance in instances]


def _key(nova: Nova, instance: str) -> str:
    return f"migration_panel:instance:2:{nova.access.view}:{instance}"
