# SPDX-License-Identifier: Apache-2.0
"""The setup of all benchmarks: a cloud, relays that record calls, Horizon in front of them, and visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from keystoneauth1.adapter import Adapter
from novaclient import client as novaclient

from devcloud import Cloud
from devcloud.dashboard.server import Horizon
from devcloud.layout import Ports
from tests.support.embedded_cloud import PASSWORD, free_ports, nova_client
from tests.support.recording_relay import Relays

# Longer than anything that is measured here.
PATIENCE = 600


class Visitor:
    """A user who is logged in to Horizon, with neither the rendering nor the scripts of a browser."""

    def __init__(self, horizon: str, user: str = "admin") -> None:
        self.horizon = horizon
        self.session = requests.Session()
        # A worker closes a connection that was idle for two seconds, perhaps at the moment when it is used again.
        self.session.headers["Connection"] = "close"
        form = "/auth/login/"
        self.get(form)
        answer = self.post(form, {"username": user, "password": PASSWORD, "region": "default"})
        if answer.status_code != 302:
            raise RuntimeError(f"{user} cannot log in: {answer.status_code}")

    def get(self, path: str, **query: str) -> requests.Response:
        """Send a request as a script of the page does.  Raise for any status from 400 on."""
        headers = {"X-Requested-With": "XMLHttpRequest"} if query else {}
        answer = self.session.get(self.horizon + path, params=query, headers=headers, timeout=PATIENCE)
        answer.raise_for_status()
        return answer

    def post(self, path: str, fields: dict[str, str], accept: str = "*/*") -> requests.Response:
        """Submit a form, and do not follow the redirect."""
        fields = fields | {"csrfmiddlewaretoken": self.session.cookies["csrftoken"]}
        headers = {"Referer": self.horizon + path, "Accept": accept}
        answer = self.session.post(
            self.horizon + path, fields, headers=headers, timeout=PATIENCE, allow_redirects=False
        )
        answer.raise_for_status()
        return answer


@dataclass(frozen=True)
class Stage:
    cloud: Cloud
    relays: Relays
    horizon: Horizon
    state: Path

    def visitor(self, user: str = "admin") -> Visitor:
        return Visitor(self.horizon.url, user)

    def nova(self, user: str = "admin", project: str | None = None) -> novaclient.Client:
        """Return a client that bypasses the relays: its calls do not count."""
        return nova_client(self.cloud.auth_url, user, project)

    def wiki(self) -> str:
        """Return the ID of an instance of the demo data that is at rest."""
        [one] = self.nova().servers.list(search_opts={"all_tenants": 1, "name": "^wiki$"})
        return one.id

    def placement(self) -> Adapter:
        """Return Placement's API at the microversion that Nova uses."""
        return Adapter(self.nova().client.session, service_type="placement", default_microversion="1.36")

    def workers(self) -> list[int]:
        """Return the process IDs of Horizon's workers: the children of gunicorn's master."""
        master = (self.state / "horizon" / "horizon.pid").read_text().strip()
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [int(child) for child in children]


@contextmanager
def stage(
    *, live_migrations: int = 1, computes: int = 6, data: str = "demo", report: Callable[[str], None] = print
) -> Iterator[Stage]:
    """Start everything on free ports of the loopback address, and stop it afterwards."""
    with (
        TemporaryDirectory() as folder,
        Cloud(free_ports(), Path(folder) / "cloud", computes, data, live_migrations, report) as cloud,
        Relays(cloud.ports, Ports.from_base(free_ports())) as relays,
    ):
        state = Path(folder) / "horizon"
        horizon = Horizon(free_ports(), state, relays.url)
        horizon.prepare()
        horizon.start()
        try:
            if not horizon.first_login("admin", PASSWORD):
                raise RuntimeError("the admin cannot log in")
            yield Stage(cloud, relays, horizon, Path(folder))
        finally:
            horizon.stop()
