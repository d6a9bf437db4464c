# SPDX-License-Identifier: Apache-2.0
"""The scenes that need a preparation: migrations in progress, runs of hosts, and services that fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from novaclient.client import Client
from playwright.sync_api import Page

from benchmarks.stage import Stage
from tests.support.drain_steps import drain_url
from tests.support.embedded_cloud import eventually
from tests.support.recording_relay import Choice, Fault
from tests.support.scenes import UNKNOWN, Ids, Scene

HOST = "OS-EXT-SRV-ATTR:host"
DRAINED, EMPTIED, DOWN = "compute-02", "compute-06", "compute-05"
JSON = {"Content-Type": "application/json"}
# Live migrations that end only when they are forced to, and a migration that waits for one of them: name, block.
COPIES = (("billing-db", True), ("reports-db", False), ("shop-db", True), ("cache-1", True))


@dataclass(frozen=True)
class Staged:
    """A scene, with what the cloud needs before; ``prepare`` is called once for all scenes that have it.

    ``fails``: the faults of Nova while the scene is open.
    """

    scene: Scene
    prepare: Callable[[Stage], None] | None = None
    fails: Choice | None = None

    @contextmanager
    def on(self, stage: Stage) -> Iterator[Scene]:
        with stage.relays.failing("nova", self.fails) if self.fails else nullcontext():
            yield self.scene


def migrate(on: Stage) -> None:
    """Start live migrations, and wait for the figures of the migrations that run."""
    nova, ids = on.nova(), Ids(on.nova())
    for name, block in COPIES:
        nova.servers.live_migrate(ids[name], None, block)
    *running, _waiting = COPIES
    for name, _block in running:
        eventually(lambda name=name: _has_figures(nova, ids[name]))


def _has_figures(nova: Client, instance: str) -> bool:
    return any(migration.memory_total_bytes for migration in nova.server_migrations.list(instance))


def drain(on: Stage) -> None:
    fields = {"block": "1", "cold": "1", "reason": "kernel patch"}
    on.visitor().post(drain_url(DRAINED), fields, accept="application/json")


def empty(on: Stage) -> None:
    """Drain a host, of whose instances only the instance is left that migrates at once."""
    nova = on.nova()
    [service] = nova.services.list(host=EMPTIED, binary="nova-compute")
    nova.services.enable(service.id)
    for server in nova.servers.list(search_opts={"all_tenants": True, "host": EMPTIED}):
        if server.name != "print-server":
            server.delete()
    print_server = Ids(nova)["print-server"]
    nova.servers.set_meta(print_server, {"sim_seconds": "2"})
    eventually(lambda: len(nova.servers.list(search_opts={"all_tenants": True, "host": EMPTIED})) == 1)
    on.visitor().post(drain_url(EMPTIED), {"block": "1", "reason": "kernel patch"}, accept="application/json")
    eventually(lambda: getattr(nova.servers.get(print_server), HOST) != EMPTIED)


def evacuate(on: Stage) -> None:
    fields = {"instances": Ids(on.nova())["legacy-crm"], "confirmed": DOWN}
    on.visitor().post(f"/admin/migrations/hosts/{DOWN}/evacuate/", fields)


def submit_several(page: Page) -> None:
    """Send the form, once the migrations of the picture in another theme have ended."""
    button = page.locator("[data-several-send] button[type=submit]:enabled")
    eventually(lambda: button.count() or (page.reload() and button.count()), every=3)
    button.click()


def unavailable(method: str, path: str) -> Fault:
    return Fault(status=503, body=json.dumps({"computeFault": {"code": 503, "message": "Try again later."}}).encode())


def no_migrations(method: str, path: str) -> Fault | None:
    if "/os-migrations" in path:
        return Fault(status=200, body=b'{"migrations": []}', headers=JSON)
    return Fault(status=200, body=b'{"servers": []}', headers=JSON) if "/servers/detail" in path else None


def no_hypervisors(method: str, path: str) -> Fault | None:
    return unavailable(method, path) if "/os-hypervisors" in path else None


STAGED = (
    Staged(Scene("board-empty"), fails=no_migrations),
    Staged(Scene("board-error", status=None), fails=unavailable),
    Staged(Scene("history-error", "history/", status=None), fails=unavailable),
    Staged(Scene("form-error", "{web-03}/live/", status=None), fails=unavailable),
    Staged(Scene("hosts-error", "hosts/", status=None), fails=unavailable),
    Staged(Scene("hosts-without-figures", "hosts/"), fails=no_hypervisors),
    Staged(
        Scene("no-rights", "hosts/", user="viewer", heading="text=You are not authorized", shows="body", status=None)
    ),
    Staged(Scene("unknown-instance", f"{UNKNOWN}/live/", heading="h1, h2", shows="body", status=None)),
    Staged(Scene("board-in-progress", shows="progress"), migrate),
    Staged(Scene("board-in-progress-project", user="helpdesk", shows="progress"), migrate),
    Staged(Scene("migration-in-progress", "{migration of billing-db}/?instance={billing-db}", shows="svg"), migrate),
    Staged(Scene("migration-queued", "{migration of cache-1}/?instance={cache-1}"), migrate),
    Staged(Scene("form-in-progress", "{billing-db}/live-block/"), migrate),
    Staged(Scene("run-in-progress", f"hosts/{DRAINED}/run/", shows="[data-headline]"), drain),
    Staged(Scene("hosts-in-progress", "hosts/"), drain),
    Staged(Scene("drain-in-progress", f"hosts/{DRAINED}/drain/"), drain),
    Staged(Scene("run-empty", f"hosts/{EMPTIED}/run/", shows=".alert-success"), empty),
    Staged(Scene("return-plan", f"hosts/{EMPTIED}/return/"), empty),
    Staged(Scene("evacuate-in-progress", f"hosts/{DOWN}/evacuate/"), evacuate),
    Staged(
        Scene(
            "several-results",
            "several/?instance={web-03}&instance={mail-01}&instance={nightly-batch}&type=live",
            act=submit_several,
            shows=".migration-picks",
        ),
    ),
)
