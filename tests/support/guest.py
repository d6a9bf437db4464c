# SPDX-License-Identifier: Apache-2.0
"""An instance of the embedded cloud, and Nova's records of its migrations."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from devcloud import Cloud
from devcloud.rest import Rest
from tests.support.embedded_cloud import eventually

FIGURES = tuple(f"{kind}_{name}" for kind in ("memory", "disk") for name in ("total", "processed", "remaining"))


class Guest:
    def __init__(self, rest: Rest, server_id: str) -> None:
        self._rest = rest
        self.id = server_id
        self.path = f"/servers/{server_id}"

    @classmethod
    def boot(cls, rest: Rest, host: str, flavor: str, metadata: dict[str, str], *, with_network: bool = False) -> Guest:
        """Boot an instance, by default without a network: a port costs Nova and Neutron twice the time of the rest."""

        def id_of(service: str, path: str, kind: str, name: str) -> str:
            return next(each["id"] for each in rest.get(service, path)[kind] if each["name"] == name)

        server = {
            "name": "guest",
            "flavorRef": id_of("compute", "/flavors", "flavors", flavor),
            "imageRef": id_of("image", "/v2/images", "images", "debian-12"),
            "networks": "none",
            "host": host,
            "metadata": metadata,
        }
        if with_network:
            server["networks"] = [{"uuid": id_of("network", "/v2.0/networks", "networks", "internal")}]
        guest = cls(rest, rest.post("compute", "/servers", {"server": server})["server"]["id"])
        guest.becomes("ACTIVE")
        return guest

    def delete(self) -> None:
        self._rest.delete("compute", self.path)

    @property
    def server(self) -> dict[str, Any]:
        return self._rest.get("compute", self.path)["server"]

    @property
    def host(self) -> str:
        return self.server["OS-EXT-SRV-ATTR:host"]

    @property
    def port(self) -> dict[str, Any]:
        (port,) = self._rest.get("network", f"/v2.0/ports?device_id={self.id}")["ports"]
        return port

    @property
    def record(self) -> dict[str, Any] | None:
        """Return the latest migration record; None without a migration."""
        migrations = self._rest.get("compute", f"/os-migrations?instance_uuid={self.id}")["migrations"]
        return migrations[0] if migrations else None

    @property
    def status(self) -> str | None:
        return (self.record or {}).get("status")

    def running(self) -> dict[str, Any]:
        """Return the progress of the migration; empty if no migration is in progress."""
        listed = self._rest.get("compute", f"{self.path}/migrations")["migrations"]
        return listed[0] if listed else {}

    def act(self, action: str, body: object = None) -> None:
        self._rest.post("compute", f"{self.path}/action", {action: body})

    def migrate_live(self, to: str | None = None, block: bool | str = True) -> None:
        self.act("os-migrateLive", {"host": to, "block_migration": block})

    def abort(self) -> None:
        self._rest.delete("compute", f"{self.path}/migrations/{self.record['id']}")

    def force_complete(self) -> None:
        self._rest.post("compute", f"{self.path}/migrations/{self.record['id']}/action", {"force_complete": None})

    def becomes(self, status: str) -> None:
        """Wait until the server has a status and no task."""

        def has_become() -> bool:
            time.sleep(0.2)  # Nova needs much processor time to show a server
            server = self.server
            return (server["status"], server["OS-EXT-STS:task_state"]) == (status, None)

        eventually(has_become)

    def hold(self, status: str) -> None:
        """Hold the migration in a status from now on; the guest must have `sim_hold` from the start."""
        self._rest.post("compute", f"{self.path}/metadata", {"metadata": {"sim_hold": status}})

    def release(self) -> None:
        """Let the migration continue."""
        self._rest.delete("compute", f"{self.path}/metadata/sim_hold")

    def reaches(self, status: str) -> None:
        """Wait until the migration has a status."""
        eventually(lambda: self.status == status)

    def shows_figures(self) -> dict[str, Any]:
        """Wait until Nova shows the memory of the live migration, and return the progress."""
        return eventually(lambda: (now := self.running()).get("memory_total_bytes") and now)

    @contextmanager
    def recorded(self, cloud: Cloud) -> Iterator[tuple[list[str], list[tuple]]]:
        """Record the statuses and figures that Nova stores for the guest's migrations, without repeats.

        A trigger of the database records every change, however busy the machine is.
        """
        values = ", ".join(f"NEW.{column}" for column in FIGURES)
        with cloud.nova_database() as database:
            database.execute(f"CREATE TABLE guest_history (status, {', '.join(FIGURES)})")
            for event in "INSERT", "UPDATE":
                insert = f"INSERT INTO guest_history VALUES (NEW.status, {values})"  # noqa: S608 - from above
                condition = f"NEW.instance_uuid = '{self.id}'"
                database.execute(
                    f"CREATE TRIGGER guest_{event} AFTER {event} ON migrations WHEN {condition} BEGIN {insert}; END"
                )
        statuses: list[str] = []
        figures: list[tuple] = []
        try:
            yield statuses, figures
        finally:
            with cloud.nova_database() as database:
                for status, *amounts in database.execute("SELECT * FROM guest_history ORDER BY rowid"):
                    _add(statuses, status)
                    _add(figures, tuple(amounts))
                for event in "INSERT", "UPDATE":
                    database.execute(f"DROP TRIGGER guest_{event}")
                database.execute("DROP TABLE guest_history")

    def events(self, action: str) -> dict[str, str | None]:
        """Return the details of the latest request of an action: event -> details."""
        actions = self._rest.get("compute", f"{self.path}/os-instance-actions")["instanceActions"]
        request = next(each["request_id"] for each in actions if each["action"] == action)
        shown = self._rest.get("compute", f"{self.path}/os-instance-actions/{request}")["instanceAction"]
        return {event["event"]: event["details"] for event in shown["events"]}


def _add(seen: list, value: object) -> None:
    if value and (not seen or seen[-1] != value):
        seen.append(value)
