# SPDX-License-Identifier: Apache-2.0
"""The demo cloud's instances: booted, migrated and brought to their states, through Nova's API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from devcloud.layout import CloudError, Options, Ports
from devcloud.locks import Report
from devcloud.rest import Rest
from devcloud.seed.cast import ACTORS, MOVES, Actor, Move
from devcloud.seed.past import run_move
from devcloud.seed.resources import IMAGE, NETWORK

_AT_ONCE = 8
_PATIENCE = 120
_PAUSE = 1  # s, between requests for a server: each costs Nova a tenth of the time of a boot
_STATUSES = {"os-stop": "SHUTOFF", "pause": "PAUSED", "suspend": "SUSPENDED", "lock": "ACTIVE"}
_BAD_HOST, _BAD_REASON = "compute-06", "bad fan"
# The owners may not name a host, so an admin boots the instances for them, with a role for this time only.
_LENT_TO_ADMIN = ("web-shop", "research")


def demo(ports: Ports, options: Options, report: Report) -> None:
    """Fill a cloud that already has users, flavors, an image and a network."""
    admin = Rest(ports.url("keystone"))
    _lend_roles(admin, Rest.put)
    scene = _Scene(ports, admin)
    _at_once(scene.boot, ACTORS)
    report("  instances booted")
    _set_service(admin, _BAD_HOST, status="disabled", disabled_reason=_BAD_REASON)
    for host in options.down:  # nothing may migrate there
        _set_service(admin, host, status="disabled")
    _at_once(scene.replay, MOVES)
    _at_once(scene.settle, ACTORS)
    report("  migrations run")
    _lend_roles(admin, Rest.delete)
    for host in options.down:
        _set_service(admin, host, status="enabled")


def _at_once(do: Callable, items: Iterable) -> None:
    pool = ThreadPoolExecutor(max_workers=_AT_ONCE)
    try:
        list(pool.map(do, items))
    finally:
        # No wait: after an interrupt, the services are stopped next, and so are the workers that still wait for them.
        pool.shutdown(wait=False, cancel_futures=True)


def _lend_roles(admin: Rest, change: Callable) -> None:
    user = admin.token["user"]["id"]
    role = next(role["id"] for role in admin.token["roles"] if role["name"] == "admin")
    for project in admin.get("identity", "/projects")["projects"]:
        if project["name"] in _LENT_TO_ADMIN:
            change(admin, "identity", f"/projects/{project['id']}/users/{user}/roles/{role}")


def _set_service(admin: Rest, host: str, **fields: str) -> None:
    query = urlencode({"host": host, "binary": "nova-compute"})
    (service,) = admin.get("compute", f"/os-services?{query}")["services"]
    admin.put("compute", f"/os-services/{service['id']}", fields)


class _Scene:
    """Sessions for each project, and the IDs of what was created."""

    def __init__(self, ports: Ports, admin: Rest) -> None:
        self._ports = ports
        self._projects = {actor.project for actor in ACTORS}
        self._rests = {project: Rest(ports.url("keystone"), project=project) for project in self._projects}
        self._flavors = {each["name"]: each["id"] for each in admin.get("compute", "/flavors")["flavors"]}
        (self._image,) = (i["id"] for i in admin.get("image", "/v2/images")["images"] if i["name"] == IMAGE)
        (self._network,) = (n["id"] for n in admin.get("network", f"/v2.0/networks?name={NETWORK}")["networks"])
        groups = {(actor.project, actor.group) for actor in ACTORS if actor.group}
        self._groups = {group: self._make_group(*group) for group in groups}
        self._ids: dict[str, str] = {}

    def _make_group(self, project: str, name: str) -> str:
        body = {"server_group": {"name": name, "policy": "anti-affinity"}}
        return self._rests[project].post("compute", "/os-server-groups", body)["server_group"]["id"]

    def boot(self, actor: Actor) -> None:
        """Boot an instance on its host, with its knobs."""
        server = {
            "name": actor.name,
            "flavorRef": self._flavors[actor.flavor],
            "imageRef": self._image,
            "networks": [{"uuid": self._network}],
            "host": actor.host,
            "metadata": actor.metadata,
        }
        if actor.zone:
            server["availability_zone"] = actor.zone
        body = {"server": server}
        if actor.group:
            body["os:scheduler_hints"] = {"group": self._groups[actor.project, actor.group]}
        rest = self._rests[actor.project]
        self._ids[actor.name] = rest.post("compute", "/servers", body)["server"]["id"]
        self._wait(actor, "ACTIVE")

    def replay(self, move: Move) -> None:
        """Run a past migration, as the user who appears in the history."""
        (actor,) = (actor for actor in ACTORS if actor.name == move.name)
        user = Rest(self._ports.url("keystone"), move.user, actor.project)
        run_move(user, self._ids[actor.name], actor, move)

    def settle(self, actor: Actor) -> None:
        """Bring an instance to its state, unless its past migrations have done so."""
        if actor.state and actor.name not in {move.name for move in MOVES}:
            reason = {"locked_reason": "holds the escrow keys"} if actor.state == "lock" else None
            path = f"/servers/{self._ids[actor.name]}/action"
            self._rests[actor.project].post("compute", path, {actor.state: reason})
            self._wait(actor, _STATUSES[actor.state])

    def _wait(self, actor: Actor, status: str) -> None:
        path = f"/servers/{self._ids[actor.name]}"
        end = time.monotonic() + _PATIENCE
        while (server := self._rests[actor.project].get("compute", path)["server"])["status"] != status:
            if server["status"] == "ERROR" or time.monotonic() > end:
                raise CloudError(f"{actor.name} is {server['status']} instead of {status}: {server.get('fault')}")
            time.sleep(_PAUSE)
