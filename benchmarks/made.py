# SPDX-License-Identifier: Apache-2.0
"""Years of migrations and hundreds of hosts: records by Nova's own objects, inventories by Placement's API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from itertools import count
from typing import TYPE_CHECKING
from uuid import NAMESPACE_DNS, uuid5

from devcloud.processes import run
from devcloud.running import environment
from devcloud.virtualenv import virtualenv

if TYPE_CHECKING:
    from benchmarks.stage import Stage
    from devcloud import Cloud

MADE = "made-"
_MOST = 10_000  # maximum number of instances in one call
_first_numbers = count(step=_MOST)


def host_name(index: int) -> str:
    return f"{MADE}{index:03d}"


def node_uuid(host: str) -> str:
    """Return the UUID of a host's node and resource provider, which are the same (nova/compute/resource_tracker.py)."""
    return str(uuid5(NAMESPACE_DNS, host))


def instance_name(number: int) -> str:
    return f"{MADE}{number:05d}"


def instance_uuid(number: int) -> str:
    return str(uuid5(NAMESPACE_DNS, instance_name(number)))


@contextmanager
def made_instances(cloud: Cloud, number: int) -> Iterator[list[str]]:
    """Yield the IDs of `number` new instances on the host of the cloud's newest instance; delete them afterwards.

    They have no guests: Nova lists them and accepts requests for them, which then fail.
    """
    # Nova keeps the records of deleted instances, so that each instance needs a number of its own.
    first = next(_first_numbers)
    numbers = range(first, first + number)
    try:
        _write(cloud, "instances", numbers)
        yield [instance_uuid(number) for number in numbers]
    finally:
        with cloud.nova_database() as database:
            database.execute("UPDATE instances SET deleted = id WHERE display_name LIKE ?", (f"{MADE}%",))


def make_migrations(stage: Stage, numbers: range) -> None:
    """Add migrations of the years before 2020.  Raise CloudError with the end of Nova's log."""
    _write(stage.cloud, "migrations", numbers)


def make_hosts(stage: Stage, numbers: range) -> None:
    """Add empty hosts, as large as the first host and with its traits.  They are up while ``keep_up`` is called."""
    _write(stage.cloud, "hosts", numbers)
    placement = stage.placement()
    [first] = placement.get("/resource_providers?name=compute-01").json()["resource_providers"]
    stock = placement.get(f"/resource_providers/{first['uuid']}/inventories").json()["inventories"]
    traits = placement.get(f"/resource_providers/{first['uuid']}/traits").json()["traits"]
    for name in map(host_name, numbers):
        path = f"/resource_providers/{node_uuid(name)}"
        placement.post("/resource_providers", json={"name": name, "uuid": node_uuid(name)})
        given = {"resource_provider_generation": 0, "inventories": stock}
        generation = placement.put(f"{path}/inventories", json=given).json()["resource_provider_generation"]
        placement.put(f"{path}/traits", json={"resource_provider_generation": generation, "traits": traits})


def _write(cloud: Cloud, what: str, numbers: range) -> None:
    state = cloud.state
    command = [virtualenv(print), "-m", "benchmarks.nova_objects", state, what, numbers.start, numbers.stop]
    run(command, state / f"made-{what}.log", environment())
    # MySQL and PostgreSQL do this by themselves after many changes. Without this, SQLite prefers the index on
    # "deleted", whose rows are all equal, and reads every row.
    with cloud.nova_database() as database:
        database.execute("ANALYZE")


def keep_up(stage: Stage) -> None:
    """Write the heartbeats of hosts without a nova-compute."""
    with stage.cloud.nova_database() as database:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
        database.execute("UPDATE services SET last_seen_up = ? WHERE host LIKE ?", (now, f"{MADE}%"))
