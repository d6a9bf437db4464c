# SPDX-License-Identifier: Apache-2.0
"""Many instances that can migrate and do not arrive by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from novaclient import client as novaclient
from novaclient.exceptions import ClientException

from benchmarks.stage import Stage
from tests.support.embedded_cloud import eventually

HOST = "compute-01"
PATIENCE = 900
# Time between two reads of hundreds of instances, s: the embedded Nova is one process, and a list costs it a second.
PAUSE = 3.0
# Small enough that hundreds of instances fit on one host.
FLAVOR = {"name": "benchmark", "ram": 64, "vcpus": 1, "disk": 0}
VCPU_RATIO = 32.0


def make_room(stage: Stage) -> None:
    """Raise the quota of the admin's project and the resources of each host for hundreds of instances."""
    nova, placement = stage.nova(), stage.placement()
    nova.flavors.create(**FLAVOR)
    nova.quotas.update(nova.client.get_project_id(), instances=-1, cores=-1, ram=-1)
    for provider in placement.get("/resource_providers").json()["resource_providers"]:
        path = f"/resource_providers/{provider['uuid']}/inventories/VCPU"
        placement.put(path, json=placement.get(path).json() | {"allocation_ratio": VCPU_RATIO})


@contextmanager
def crowd(nova: novaclient.Client, number: int, *, prefix: str = "crowd", **knobs: str) -> Iterator[list[str]]:
    """Yield the IDs of new, running instances on one host, and delete the instances afterwards."""
    name = f"{prefix}-{number}"
    nova.servers.create(
        name,
        nova.glance.list()[0],
        nova.flavors.find(name=FLAVOR["name"]),
        nics="none",
        host=HOST,
        min_count=number,
        max_count=number,
        meta={"sim_storage": "shared", "sim_interval": "30"} | knobs,
    )

    def all_active() -> list[str]:
        found = nova.servers.list(search_opts={"name": f"^{name}"}, limit=1000)
        return [one.id for one in found if one.status == "ACTIVE"] if len(found) == number else []

    ids = eventually(lambda: len(ready := all_active()) == number and ready, PATIENCE, every=PAUSE)
    try:
        yield ids
    finally:
        for one in ids:
            nova.servers.delete(one)
        eventually(lambda: not nova.servers.list(search_opts={"name": f"^{name}"}), PATIENCE, every=PAUSE)


@contextmanager
def moving(nova: novaclient.Client, instances: list[str]) -> Iterator[None]:
    """Let the instances copy their memory without end, and abort the migrations afterwards."""
    for one in instances:
        nova.servers.live_migrate(one, None, False)
    eventually(lambda: _count(nova, "running", instances) == len(instances), PATIENCE, every=PAUSE)
    try:
        yield
    finally:
        for one in instances:
            for migration in nova.server_migrations.list(one):
                # The migration may have finished by itself.
                with suppress(ClientException):
                    nova.server_migrations.live_migration_abort(one, migration.id)
        eventually(lambda: _count(nova, "running", instances) == 0, PATIENCE, every=PAUSE)


def _count(nova: novaclient.Client, status: str, instances: list[str]) -> int:
    wanted = set(instances)
    return sum(1 for one in nova.migrations.list(status=status, limit=1000) if one.instance_uuid in wanted)
