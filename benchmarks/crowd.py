# SPDX-License-Identifier: Apache-2.0
"""Many instances that can be set moving and do not arrive by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from novaclient import client as novaclient
from novaclient.exceptions import ClientException

from tests.real_cloud import eventually

HOST = "compute-01"
PATIENCE = 900


@contextmanager
def crowd(nova: novaclient.Client, number: int, *, prefix: str = "crowd", **knobs: str) -> Iterator[list[str]]:
    """The IDs of so many new, running instances on one host; deleted afterwards."""
    name = f"{prefix}-{number}"
    nova.servers.create(
        name,
        nova.glance.list()[0],
        nova.flavors.find(name="m1.tiny"),
        nics="none",
        host=HOST,
        min_count=number,
        max_count=number,
        meta={"sim_storage": "shared", "sim_interval": "30"} | knobs,
    )

    def all_active() -> list[str]:
        found = nova.servers.list(search_opts={"name": f"^{name}"}, limit=1000)
        return [one.id for one in found if one.status == "ACTIVE"] if len(found) == number else []

    ids = eventually(lambda: len(ready := all_active()) == number and ready, PATIENCE)
    try:
        yield ids
    finally:
        for one in ids:
            nova.servers.delete(one)
        eventually(lambda: not nova.servers.list(search_opts={"name": f"^{name}"}), PATIENCE)


@contextmanager
def moving(nova: novaclient.Client, instances: list[str]) -> Iterator[None]:
    """They copy their memory meanwhile, without end; aborted afterwards."""
    for one in instances:
        nova.servers.live_migrate(one, None, False)
    eventually(lambda: _count(nova, "running", instances) == len(instances), PATIENCE)
    try:
        yield
    finally:
        for one in instances:
            for migration in nova.server_migrations.list(one):
                # It may have come to its end by itself.
                with suppress(ClientException):
                    nova.server_migrations.live_migration_abort(one, migration.id)
        eventually(lambda: _count(nova, "running", instances) == 0, PATIENCE)


def _count(nova: novaclient.Client, status: str, instances: list[str]) -> int:
    wanted = set(instances)
    return sum(1 for one in nova.migrations.list(status=status, limit=1000) if one.instance_uuid in wanted)
