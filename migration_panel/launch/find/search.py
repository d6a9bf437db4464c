# SPDX-License-Identifier: Apache-2.0
"""Finds instances by what a caller says: part of a name or of an ID, a fixed or a floating IP address."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync

from migration_panel.conf import get_config
from migration_panel.errors import MigrationPanelError, NotFound, SignedOut
from migration_panel.nova.client import Nova
from migration_panel.nova.fanout import at_once
from migration_panel.nova.network import Network
from migration_panel.nova.records import Server
from migration_panel.uuids import as_uuid

# Two groups at least: "10" alone is likelier part of a name.
ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{0,3}){1,3}|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){1,7}")
WHOLE_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]+")
# Fewer digits fit many IDs by chance.
PART_OF_ID = re.compile(r"(?=(.*[0-9a-fA-F]){4})[0-9a-fA-F-]{4,35}")
# Nova has no filter for part of an ID: so many pages of bare IDs are read, one after the other.
PAGES = 5


@dataclass(frozen=True)
class Found:
    """Sorted by name."""

    servers: tuple[Server, ...] = ()
    # Whether there may be more that fit.
    cut: bool = False
    # How many IDs were looked through, if there are more that were not.
    looked_through: int | None = None


def search(nova: Nova, text: str, *, all_projects: bool, network: Callable[[], Network] | None = None) -> Found:
    """A whole ID or address means the one that has it; else the text may be part of any.

    Without ``network``, floating addresses are not looked for.
    """
    identity = as_uuid(text)
    if identity:
        return Found(tuple(_own(nova, _known(nova, [identity]), all_projects)))
    limit = get_config().search_limit
    listing = partial(nova.servers, all_projects=all_projects, limit=limit)
    calls: dict[str, Callable[[], Any]] = {"named": partial(listing, name=text)}
    if ADDRESS.fullmatch(text):
        calls["addressed"] = partial(listing, address=text)
    if network and WHOLE_ADDRESS.fullmatch(text):
        calls["floating"] = partial(_floating, network, text)
    if PART_OF_ID.fullmatch(text):
        calls["ids"] = partial(_ids, nova, all_projects)
    answers = dict(zip(calls, async_to_sync(at_once)(calls.values()), strict=True))
    ids, all_of_them = answers.get("ids", ([], True))
    fitting = [one for one in ids if text.lower() in one]
    found = _put_together(nova, text, answers, fitting[:limit], all_projects)
    cut = len(answers["named"]) >= limit or len(fitting) > limit or len(found) >= limit
    return Found(tuple(found), cut=cut, looked_through=None if all_of_them else len(ids))


def _put_together(
    nova: Nova, text: str, answers: dict[str, Any], fitting: list[str], all_projects: bool
) -> list[Server]:
    having = [server for server in answers.get("addressed", []) if _has(server, text)]
    whole = [server for server in having if text in server.addresses]
    known = {server.id: server for server in (whole or [*answers["named"], *having])}
    behind = [one for one in answers.get("floating", []) if one not in known]
    others = [one for one in fitting if one not in known]
    if behind:
        # The address is that of one instance, whatever else has it in its name.
        known = {server.id: server for server in whole}
        others = []
    more = _own(nova, _known(nova, [*behind, *others]), all_projects)
    found = known | {server.id: server for server in more}
    return sorted(found.values(), key=lambda server: (server.name or "", server.id))


def _known(nova: Nova, ids: list[str]) -> list[Server]:
    servers = async_to_sync(at_once)([partial(_server, nova, one) for one in ids])
    return [server for server in servers if server]


def _server(nova: Nova, identity: str) -> Server | None:
    try:
        return nova.server(identity)
    except NotFound:
        return None


def _own(nova: Nova, servers: list[Server], all_projects: bool) -> list[Server]:
    """Nova gives an administrator those of other projects by their ID."""
    return [one for one in servers if all_projects or one.project_id == nova.access.project_id]


def _ids(nova: Nova, all_projects: bool) -> tuple[list[str], bool]:
    """And whether these are all."""
    ids: list[str] = []
    for _page in range(PAGES):
        page = nova.server_ids(all_projects=all_projects, marker=ids[-1] if ids else None)
        ids += page.records
        if not page.more:
            return ids, True
    return ids, False


def _floating(network: Callable[[], Network], address: str) -> list[str]:
    """None in a cloud without routers, or where Neutron does not tell: the other ways of finding remain."""
    try:
        return network().instances_behind(address)
    except SignedOut:
        raise
    except MigrationPanelError:
        return []


def _has(server: Server, text: str) -> bool:
    """Nova may have taken the dots for any character."""
    return any(text in address for address in server.addresses)


def find(nova: Nova, text: str, *, all_projects: bool) -> list[Server]:
    """Sorted by name.  A whole ID or address means the one that has it; else it may be part of any."""
    return list(search(nova, text, all_projects=all_projects).servers)
