# SPDX-License-Identifier: Apache-2.0
"""A Nova with the state of one host: its service, instances and migrations."""

from datetime import datetime, timezone
from threading import Lock
from typing import Any

from tests.support.fake_cloud import COMPUTE, PLACEMENT, Call, FakeCloud
from tests.support.host_records import HOST, uuid_of
from tests.support.nova_answers import LISTED, SERVER, SERVICE, fault, hypervisors, provider

SERVICE_ID = SERVICE["id"]
ALLOCATIONS = f"{PLACEMENT}/resource_providers/{provider(HOST)}/allocations"
AT_REST = {"OS-EXT-STS:task_state": None}


class FakeHost:
    """The host and its cloud.  A requested migration stays in its first status until ``finish``."""

    def __init__(self, cloud: FakeCloud, instances: int = 0, *, delay: float = 0) -> None:
        self.cloud = cloud
        self.service = SERVICE | {"host": HOST}
        self.others = [SERVICE | {"id": uuid_of(name), "host": name} for name in ("compute-02", "compute-010")]
        self.servers: dict[str, dict[str, Any]] = {}
        self.migrations: list[dict[str, Any]] = []
        self.held: list[str] = []
        self.page = 1000
        self._lock = Lock()
        for number in range(instances):
            self.add(f"vm-{number:03d}")
        cloud.on("GET", f"{COMPUTE}/os-services", json=self._services)
        cloud.on("PUT", f"{COMPUTE}/os-services/*", json=self._switch)
        cloud.on("GET", f"{COMPUTE}/servers/detail", json=self._listed)
        cloud.on("GET", f"{COMPUTE}/os-migrations", json=self._migrations)
        cloud.on("POST", f"{COMPUTE}/servers/*/action", json=self._action, status=202, delay=delay)
        cloud.on("GET", f"{COMPUTE}/os-hypervisors/detail", json=self._hypervisors)
        cloud.on("GET", ALLOCATIONS, json=self._allocations)

    def add(self, name: str, **changes: Any) -> str:
        """Add an instance, with changes of Nova's record, and return its ID."""
        server = SERVER | AT_REST | {"id": uuid_of(name), "name": name, "OS-EXT-SRV-ATTR:host": HOST} | changes
        self.servers[server["id"]] = server
        self.cloud.on("GET", f"{COMPUTE}/servers/{server['id']}", json=lambda call: {"server": server})
        return server["id"]

    def delete(self, name: str) -> None:
        """Remove an instance from Nova, and its allocations from Placement."""
        del self.servers[uuid_of(name)]
        gone = fault("itemNotFound", 404, "Instance could not be found.")
        self.cloud.on("GET", f"{COMPUTE}/servers/{uuid_of(name)}", json=gone, status=404)

    def fail_cell(self) -> None:
        """Let Nova's query of the cell fail: Nova answers 200 without the instances of the cell."""
        self.cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": []})

    def recover_cell(self) -> None:
        self.cloud.on("GET", f"{COMPUTE}/servers/detail", json=self._listed)

    @property
    def on_host(self) -> list[str]:
        """Return the IDs of the instances on the host."""
        return [server["id"] for server in self.servers.values() if server["OS-EXT-SRV-ATTR:host"] == HOST]

    def finish(self, status: str = "completed") -> None:
        """End all migrations in progress with a status."""
        for migration in self.migrations:
            if migration["status"] in ("queued", "migrating"):
                server = self.servers[migration["instance_uuid"]]
                server |= {"OS-EXT-STS:task_state": None, "updated": f"{datetime.now(timezone.utc):%FT%TZ}"}
                migration |= {"status": status, "updated_at": f"{datetime.now(timezone.utc):%FT%T.000000}"}
                if status == "completed":
                    server["OS-EXT-SRV-ATTR:host"] = migration["dest_compute"]
                    migration["status"] = status if migration["migration_type"] == "live-migration" else "confirmed"

    @property
    def requested(self) -> list[str]:
        """Return the IDs of the instances whose migration was requested, in the order of the requests."""
        return [call.path.split("/")[3] for call in self.cloud.made("POST", f"{COMPUTE}/servers/*/action")]

    def _services(self, call: Call) -> dict[str, Any]:
        host = call.query.get("host")
        return {"services": [each for each in (self.service, *self.others) if host in (None, each["host"])]}

    def _switch(self, call: Call) -> dict[str, Any]:
        reason = call.body.get("disabled_reason")
        self.service |= {"status": call.body["status"], "disabled_reason": reason}
        return {"service": self.service}

    def _hypervisors(self, call: Call) -> dict[str, Any]:
        return hypervisors({"host": HOST, "running_vms": len(self.on_host)}, *(other["host"] for other in self.others))

    def _allocations(self, call: Call) -> dict[str, Any]:
        """Return the allocations in Placement of the instances, independent of Nova's cells, and of ``held``."""
        return {"allocations": {consumer: {"resources": {"VCPU": 2}} for consumer in (*self.on_host, *self.held)}}

    def _listed(self, call: Call) -> dict[str, Any]:
        host = call.query["host"]
        servers = [server for server in self.servers.values() if server["OS-EXT-SRV-ATTR:host"] == host]
        return _page("servers", servers, "id", call, self.page)

    def _migrations(self, call: Call) -> dict[str, Any]:
        status = call.query.get("status")
        migrations = [each for each in reversed(self.migrations) if status in (None, each["status"])]
        return _page("migrations", migrations, "uuid", call, self.page)

    def _action(self, call: Call) -> Any:
        server = self.servers[call.path.split("/")[3]]
        [action] = call.body
        with self._lock:
            live = action == "os-migrateLive"
            task = "migrating" if live else "resize_prep"
            server |= {"OS-EXT-STS:task_state": task, "updated": f"{datetime.now(timezone.utc):%FT%TZ}"}
            source = server["OS-EXT-SRV-ATTR:host"]
            number = len(self.migrations) + 1
            self.migrations.append(
                LISTED
                | {
                    "id": number,
                    "uuid": uuid_of(f"move-{number}"),
                    "instance_uuid": server["id"],
                    "migration_type": "live-migration" if live else "migration",
                    "status": "queued" if live else "migrating",
                    "source_compute": source,
                    "dest_compute": (call.body[action] or {}).get("host") or "compute-02",
                    "created_at": f"{datetime.now(timezone.utc):%FT%T.000000}",
                    "updated_at": None,
                }
            )
        return None

    def refuse(self, name: str, message: str, status: int = 400) -> None:
        """Let Nova refuse every action on an instance."""
        path = f"{COMPUTE}/servers/{uuid_of(name)}/action"
        self.cloud.on("POST", path, json=fault("badRequest", status, message), status=status)


def _page(name: str, records: list[dict[str, Any]], key: str, call: Call, max_size: int) -> dict[str, Any]:
    """Return a page of a list.  Like Nova, add a link to the next page to every full page."""
    marker = call.query.get("marker")
    start = 1 + [record[key] for record in records].index(marker) if marker else 0
    size = min(max_size, int(call.query.get("limit", max_size)))
    page = records[start:][:size]
    links = [{"rel": "next", "href": f"http://nova/v2.1/next?marker={page[-1][key]}"}] if len(page) == size else []
    return {name: page, f"{name}_links": links} if links else {name: page}
