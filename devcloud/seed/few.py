# SPDX-License-Identifier: Apache-2.0
"""A few instances in each cell and each region that migrate quickly, and one past live migration of each."""

from __future__ import annotations

import time
from collections.abc import Callable

from devcloud.layout import CELLS, CloudError, Options, Ports
from devcloud.rest import Rest
from devcloud.seed.resources import IMAGE

_PATIENCE = 60
_QUICK = {"sim_seconds": "4", "sim_interval": "1"}
_AT_ONCE = {"sim_seconds": "0"}


def few(ports: Ports, options: Options) -> None:
    """Boot three instances in project demo at each place: two on its first host, and an instance moved to its last.

    A place is a cell of the first region, or the second region; the names of its instances start with it.
    """
    for place, region, hosts in _places(options):
        site = _Site(Rest(ports.url("keystone"), project="demo", region=region))
        site.boot(f"{place}-shared", hosts[0], _QUICK | {"sim_storage": "shared"})
        site.boot(f"{place}-local", hosts[0], _QUICK)
        moved = site.boot(f"{place}-moved", hosts[0], _AT_ONCE | {"sim_storage": "shared"})
        if hosts[0] != hosts[-1]:
            site.move(moved, hosts[-1])
        site.set_metadata(moved, _QUICK | {"sim_storage": "shared"})


def _places(options: Options) -> list[tuple[str, str, list[str]]]:
    first, *others = options.region_names
    halves = options.halves(first)
    cells = [*halves] if options.cells == 2 else [options.hosts]
    places = [(cell, first, hosts) for cell, hosts in zip(CELLS, cells, strict=False)]
    return places + [(region, region, options.hosts_in(region)) for region in others]


class _Site:
    """The admin's session in project demo of one region."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        [self._flavor] = [
            each["id"] for each in rest.get("compute", "/flavors")["flavors"] if each["name"] == "m1.tiny"
        ]
        [self._image] = [each["id"] for each in rest.get("image", "/v2/images")["images"] if each["name"] == IMAGE]

    def boot(self, name: str, host: str, metadata: dict[str, str]) -> str:
        server = {
            "name": name,
            "flavorRef": self._flavor,
            "imageRef": self._image,
            "networks": "none",  # A port would triple the time of a boot.
            "host": host,
            "metadata": metadata,
        }
        made = self._rest.post("compute", "/servers", {"server": server})["server"]["id"]
        self._until(lambda: self._server(made)["status"] == "ACTIVE", f"{name} to become active")
        return made

    def move(self, server: str, host: str) -> None:
        order = {"os-migrateLive": {"host": host, "block_migration": False}}
        self._rest.post("compute", f"/servers/{server}/action", order)
        self._until(lambda: self._server(server)["OS-EXT-SRV-ATTR:host"] == host, f"{server} to reach {host}")
        self._until(lambda: self._server(server)["status"] == "ACTIVE", f"{server} to become active")

    def set_metadata(self, server: str, metadata: dict[str, str]) -> None:
        self._rest.put("compute", f"/servers/{server}/metadata", {"metadata": metadata})

    def _server(self, server: str) -> dict:
        return self._rest.get("compute", f"/servers/{server}")["server"]

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise CloudError(f"waited in vain for {what}")
            time.sleep(0.2)
