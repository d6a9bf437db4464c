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

# At least two groups: a single number is more probably part of a name.
ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{0,3}){1,3}|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){1,7}")
WHOLE_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]+")
# At least four digits: fewer digits match many IDs by chance.
PART_OF_ID = re.compile(r"(?=(.*[0-9a-fA-F]){4})[0-9a-fA-F-]{4,35}")
# Nova has no filter for part of an ID.  Maximum number of pages of IDs, and of hits, that are read one after another.
PAGES = 5


@dataclass(frozen=True)
class SearchResult:
    """The instances that were found, by name."""

    servers: tuple[Server, ...] = ()
    # Whether there may be further hits.
    cut: bool = False
    # Number of IDs that were searched, if there are further IDs.
    ids_searched: int | None = None
    # Whether the text is an address, but Neutron did not return the floating addresses.
    without_floating: bool = False


def search(nova: Nova, text: str, *, all_projects: bool, network: Callable[[], Neutron] | None = None) -> SearchResult:
    """Return the instances with a text in their name, ID or address.  A whole ID or address must match exactly.

    Without ``network``, floating addresses are not searched.  No call starts later than TIMEOUT seconds after the first
    call; the result says what was not read.
    """
    end = time.monotonic() + get_config().timeout
    instance_id = normalize_uuid(text)
    if instance_id:
        servers, _all_read = _read_servers(nova, [instance_id], end)
        return SearchResult(tuple(_in_scope(nova, servers, all_projects)))
    answers = _run_calls(nova, text, end, all_projects=all_projects, network=network)
    named, addressed, ids, floating = (
        answers.get(name, Listing([])) for name in ("named", "addressed", "ids", "floating")
    )
    limit = get_config().search_limit
    matching_ids = [instance_id for instance_id in ids.records if text.lower() in instance_id]
    with_address = [server for server in addressed.records if _has_address(server, text)]
    exact = [server for server in with_address if text in server.addresses]
    found = {server.id: server for server in (exact or [*named.records, *with_address])}
    to_read = [instance_id for instance_id in floating.records if instance_id not in found]
    if to_read:
        # The address belongs to one instance: names and IDs that contain the same text do not count.
        found = {server.id: server for server in exact}
    else:
        to_read = [instance_id for instance_id in matching_ids[:limit] if instance_id not in found]
    servers, all_read = _read_servers(nova, to_read, end)
    found |= {server.id: server for server in _in_scope(nova, servers, all_projects)}
    return SearchResult(
        tuple(sorted(found.values(), key=lambda server: (server.name or "", server.id))),
        cut=not (named.complete and addressed.complete and all_read)
        or len(matching_ids) > limit
        or len(found) >= limit,
        ids_searched=None if ids.complete else len(ids.records),
        without_floating=not floating.complete,
    )


def _run_calls(
    nova: Nova, text: str, end: float, *, all_projects: bool, network: Callable[[], Neutron] | None
) -> dict[str, Any]:
    """Return by name the answers of the searches that suit the text: all run at once."""
    listing = partial(_list_servers, nova, end, all_projects=all_projects, limit=get_config().search_limit)
    calls: dict[str, Callable[[], Any]] = {"named": partial(listing, name=text)}
    if ADDRESS.fullmatch(text):
        calls["addressed"] = partial(listing, address=text)
    if network and WHOLE_ADDRESS.fullmatch(text):
        calls["floating"] = partial(_instances_with_floating, network, text)
    if PART_OF_ID.fullmatch(text):
        calls["ids"] = partial(_list_ids, nova, all_projects, end)
    return dict(zip(calls, async_to_sync(gather)(calls.values()), strict=True))


def _list_servers(nova: Nova, end: float, *, limit: int, **filters: Any) -> Listing[Server]:
    """Return the first ``limit`` hits, from several pages if ``[api]max_limit`` is lower."""
    servers: list[Server] = []
    for _page in range(PAGES):
        page = nova.servers(limit=limit - len(servers), marker=servers[-1].id if servers else None, **filters)
        servers += page.records
        if not page.more or not page.records:
            return Listing(servers)
        if len(servers) >= limit or time.monotonic() > end:
            break
    return Listing(servers, complete=False)


def _read_servers(nova: Nova, ids: list[str], end: float) -> tuple[list[Server], bool]:
    """Return the instances with these IDs, and whether there was time for all of them."""
    answers = async_to_sync(gather)([partial(_read_server, nova, instance_id, end) for instance_id in ids])
    return [answer for answer in answers if isinstance(answer, Server)], False not in answers


def _read_server(nova: Nova, instance_id: str, end: float) -> Server | bool | None:
    """Return an instance; None if it does not exist, False if there is no time left."""
    if time.monotonic() > end:
        return False
    try:
        return nova.server(instance_id)
    except NotFound:
        return None


def _in_scope(nova: Nova, servers: list[Server], all_projects: bool) -> list[Server]:
    """Return the instances of the user's project: Nova returns an instance of any project to an administrator."""
    return [server for server in servers if all_projects or server.project_id == nova.access.project_id]


def _list_ids(nova: Nova, all_projects: bool, end: float) -> Listing[str]:
    ids: list[str] = []
    for _page in range(PAGES):
        page = nova.server_ids(all_projects=all_projects, marker=ids[-1] if ids else None)
        ids += page.records
        if not page.more or not page.records:
            return Listing(ids)
        if time.monotonic() > end:
            break
    return Listing(ids, complete=False)


def _instances_with_floating(network: Callable[[], Neutron], address: str) -> Listing[str]:
    """Return the IDs of the instances behind a floating address.

    Empty in a cloud without routers; incomplete if Neutron does not answer: the other searches still count.
    """
    try:
        return Listing(network().instances_behind(address))
    except NotFound:
        return Listing([])
    except TolerableError:
        return Listing([], complete=False)


def _has_address(server: Server, text: str) -> bool:
    """Return whether an address contains the text: in Nova's filter, a dot may match any character."""
    return any(text in address for address in server.addresses)


def find(nova: Nova, text: str, *, all_projects: bool) -> list[Server]:
    """Return the instances with a text in their name, ID or fixed address, by name."""
    return list(search(nova, text, all_projects=all_projects).servers)


def project_names(request: HttpRequest, projects: Iterable[str | None]) -> dict[str, str]:
    """Return names by project ID, without the projects that the user may not read.

    One call for each project that is not in the cache.
    """
    ids = {project_id for project_id in projects if project_id}
    if not ids:
        return {}
    try:
        identity = Keystone.of(request)
    except MigrationPanelError:
        return {}
    shelf = Shelf("projects", (identity.access.cache_scope,))
    cached = {project_id: name for project_id, name in shelf.get(ids).items() if isinstance(name, str)}
    missing = sorted(ids - cached.keys())
    names = async_to_sync(gather)([partial(_project_name, identity, project_id) for project_id in missing])
    # A name that Keystone does not return is cached as an empty text.
    read = dict(zip(missing, names, strict=True))
    shelf.put(read, get_config().name_ttl)
    return {project_id: name for project_id, name in (cached | read).items() if name}


def _project_name(identity: Keystone, project_id: str) -> str:
    try:
        return identity.project_name(project_id)
    except MigrationPanelError:
        return ""
