# SPDX-License-Identifier: Apache-2.0
"""Search for instances, and the names of their projects."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest

from migration_panel.api.base import Listing
from migration_panel.api.concurrency import gather
from migration_panel.api.keystone import Keystone
from migration_panel.api.models import Server
from migration_panel.api.neutron import Neutron
from migration_panel.api.nova import Nova
from migration_panel.cache import Shelf
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, NotFound, TolerableError
from migration_panel.identifiers import normalize_uuid

# Two groups at least: "10" alone is likelier part of a name.
ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{0,3}){1,3}|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){1,7}")
WHOLE_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]+")
# Fewer digits fit many IDs by chance.
PART_OF_ID = re.compile(r"(?=(.*[0-9a-fA-F]){4})[0-9a-fA-F-]{4,35}")
# Nova has no filter for part of an ID.  Maximum number of pages of IDs, and of hits, that are read one after another.
PAGES = 5


@dataclass(frozen=True)
class Found:
    """Sorted by name."""

    servers: tuple[Server, ...] = ()
    # Whether there may be more that fit.
    cut: bool = False
    # How many IDs were looked through, if there are more that were not.
    looked_through: int | None = None
    # Whether the text is an address but floating addresses could not be searched.
    without_floating: bool = False


def search(nova: Nova, text: str, *, all_projects: bool, network: Callable[[], Neutron] | None = None) -> Found:
    """A whole ID or address means the one that has it; else the text may be part of any.

    Without ``network``, floating addresses are not searched.  No call starts later than TIMEOUT seconds after the first
    call; the result says what was not read.
    """
    end = time.monotonic() + get_config().timeout
    identity = normalize_uuid(text)
    if identity:
        return Found(tuple(_own(nova, _known(nova, [identity], end)[0], all_projects)))
    limit = get_config().search_limit
    listing = partial(_listed, nova, end, all_projects=all_projects, limit=limit)
    calls: dict[str, Callable[[], Any]] = {"named": partial(listing, name=text)}
    if ADDRESS.fullmatch(text):
        calls["addressed"] = partial(listing, address=text)
    if network and WHOLE_ADDRESS.fullmatch(text):
        calls["floating"] = partial(_floating, network, text)
    if PART_OF_ID.fullmatch(text):
        calls["ids"] = partial(_ids, nova, all_projects, end)
    answers = dict(zip(calls, async_to_sync(gather)(calls.values()), strict=True))
    named, addressed = answers["named"], answers.get("addressed", Listing([]))
    ids, floating = answers.get("ids", Listing([])), answers.get("floating", Listing([]))
    fitting = [one for one in ids.records if text.lower() in one]
    having = [server for server in addressed.records if _has(server, text)]
    whole = [server for server in having if text in server.addresses]
    known = {server.id: server for server in (whole or [*named.records, *having])}
    behind = [one for one in floating.records if one not in known]
    others = [one for one in fitting[:limit] if one not in known]
    if behind:
        # The address is that of one instance, whatever else has it in its name.
        known = {server.id: server for server in whole}
        others = []
    more, all_read = _known(nova, [*behind, *others], end)
    found = known | {server.id: server for server in _own(nova, more, all_projects)}
    return Found(
        tuple(sorted(found.values(), key=lambda server: (server.name or "", server.id))),
        cut=not (named.complete and addressed.complete and all_read) or len(fitting) > limit or len(found) >= limit,
        looked_through=None if ids.complete else len(ids.records),
        without_floating=not floating.complete,
    )


def _listed(nova: Nova, end: float, *, limit: int, **search: Any) -> Listing[Server]:
    """Return the first ``limit`` hits, from several pages where ``[api]max_limit`` is lower."""
    found: list[Server] = []
    for _page in range(PAGES):
        page = nova.servers(limit=limit - len(found), marker=found[-1].id if found else None, **search)
        found += page.records
        if not page.more or not page.records:
            return Listing(found)
        if len(found) >= limit or time.monotonic() > end:
            break
    return Listing(found, complete=False)


def _known(nova: Nova, ids: list[str], end: float) -> tuple[list[Server], bool]:
    """Return the instances with these IDs, and whether there was time for all of them."""
    answers = async_to_sync(gather)([partial(_server, nova, one, end) for one in ids])
    return [one for one in answers if isinstance(one, Server)], False not in answers


def _server(nova: Nova, identity: str, end: float) -> Server | bool | None:
    """Return an instance; None if it does not exist, False if there is no time left."""
    if time.monotonic() > end:
        return False
    try:
        return nova.server(identity)
    except NotFound:
        return None


def _own(nova: Nova, servers: list[Server], all_projects: bool) -> list[Server]:
    """Nova gives an administrator those of other projects by their ID."""
    return [one for one in servers if all_projects or one.project_id == nova.access.project_id]


def _ids(nova: Nova, all_projects: bool, end: float) -> Listing[str]:
    ids: list[str] = []
    for _page in range(PAGES):
        page = nova.server_ids(all_projects=all_projects, marker=ids[-1] if ids else None)
        ids += page.records
        if not page.more or not page.records:
            return Listing(ids)
        if time.monotonic() > end:
            break
    return Listing(ids, complete=False)


def _floating(network: Callable[[], Neutron], address: str) -> Listing[str]:
    """Return the instances behind a floating address.

    Empty in a cloud without routers; incomplete if Neutron does not answer: the other searches still count.
    """
    try:
        return Listing(network().instances_behind(address))
    except NotFound:
        return Listing([])
    except TolerableError:
        return Listing([], complete=False)


def _has(server: Server, text: str) -> bool:
    """Nova may have taken the dots for any character."""
    return any(text in address for address in server.addresses)


def find(nova: Nova, text: str, *, all_projects: bool) -> list[Server]:
    """Sorted by name.  A whole ID or address means the one that has it; else it may be part of any."""
    return list(search(nova, text, all_projects=all_projects).servers)


def project_names(request: HttpRequest, projects: Iterable[str | None]) -> dict[str, str]:
    """By ID; one whose name the reader may not know is missing.  One call for each that is not remembered."""
    wanted = {one for one in projects if one}
    if not wanted:
        return {}
    try:
        identity = Keystone.of(request)
    except MigrationPanelError:
        return {}
    shelf = Shelf("projects", (identity.access.cache_scope,))
    known = {one: name for one, name in shelf.get(wanted).items() if isinstance(name, str)}
    missing = sorted(wanted - known.keys())
    names = async_to_sync(gather)([partial(_name, identity, one) for one in missing])
    # What is not told is remembered too, as an empty text.
    told = dict(zip(missing, names, strict=True))
    shelf.put(told, get_config().name_ttl)
    return {one: name for one, name in (known | told).items() if name}


def _name(identity: Keystone, project_id: str) -> str:
    try:
        return identity.project_name(project_id)
    except MigrationPanelError:
        return ""
