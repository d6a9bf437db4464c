# SPDX-License-Identifier: Apache-2.0
"""What room the rest of the cloud has for a host's instances: from Placement and the list of hypervisors."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.http import HttpRequest

from migration_panel.errors import NotAllowed, NotFound, Refused, Unavailable
from migration_panel.hosts.runs.room import Guest, Room, homeless
from migration_panel.launch.case.ask import ask_for
from migration_panel.nova.fanout import at_once
from migration_panel.nova.hosts import Hosts
from migration_panel.nova.placement import Placement
from migration_panel.nova.placement_records import Ask, Rooms
from migration_panel.nova.records import Server


async def without_room(
    request: HttpRequest, servers: Iterable[Server], *, leaving: str, only: str = ""
) -> frozenset[str] | None:
    """IDs of those that the others have no room for; None if nobody knows.

    One call per flavor and one for the hypervisors, at once.  ``only``: the one host to go to.
    """
    asks = {server.id: ask_for(server) for server in servers}
    if None in asks.values():
        return None
    kinds = {repr(ask): ask for ask in asks.values() if ask}
    try:
        placement, hosts = Placement.of(request), Hosts.of(request)
        hypervisors, *answers = await at_once(
            [hosts.hypervisors, *(partial(placement.candidates, ask) for ask in kinds.values())]
        )
    except (NotAllowed, NotFound, Refused, Unavailable):
        return None
    names = {one.id: one.host for one in hypervisors if one.host and one.up and one.enabled}
    usable = {key: host for key, host in names.items() if host != leaving and only in ("", host)}
    rooms = dict(zip(kinds, answers, strict=True))
    return homeless(
        [_guest(one, ask, rooms[repr(ask)], usable) for one, ask in asks.items() if ask], _rooms(answers, usable)
    )


def _guest(instance_id: str, ask: Ask, rooms: Rooms, usable: dict[str, str]) -> Guest:
    return Guest(instance_id, ask.needs, frozenset(rooms.amounts.keys() & usable.keys()))


def _rooms(answers: Iterable[Rooms], usable: dict[str, str]) -> list[Room]:
    """By node: a host may have several."""
    found: dict[str, Any] = {}
    for rooms in answers:
        for key, amounts in rooms.amounts.items():
            if key in usable:
                found.setdefault(key, {}).update({name: amount.free for name, amount in amounts.items()})
    return [Room(key, free) for key, free in found.items()]
