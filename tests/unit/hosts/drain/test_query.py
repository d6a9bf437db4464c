# SPDX-License-Identifier: Apache-2.0
"""Lists are read to the last page according to Nova's links, and no page further."""

from datetime import timedelta

import pytest

from migration_panel.api.nova import Nova
from migration_panel.hosts.drain.query import MAX_LOOKUPS, back_to, drain_in, look_up, read_host, residents
from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import AT_REST, FakeHost
from tests.support.host_records import HOST, ORDER, START, uuid_of
from tests.support.nova_answers import LISTED, SERVER, fault
from tests.support.user_requests import access

SERVERS = f"{COMPUTE}/servers/detail"
MIGRATIONS = f"{COMPUTE}/os-migrations"


@pytest.fixture
def nova(fake_cloud):
    nova = Nova(access(fake_cloud))
    fake_cloud.forget()
    return nova


@pytest.mark.parametrize(
    ("instances", "page", "calls"),
    [(0, 1000, 1), (100, 1000, 1), (999, 1000, 1), (1000, 1000, 2), (1, 2, 1), (2, 2, 2), (5, 2, 3)],
)
def test_residents_are_read_to_the_last_page(fake_cloud, nova, instances, page, calls):
    """Nova links to a next page from every full page, and operators can set shorter pages."""
    FakeHost(fake_cloud, instances).page = page
    found = residents(nova, HOST)
    assert [server.name for server in found] == [f"vm-{number:03d}" for number in range(instances)]
    assert len(fake_cloud.made("GET", SERVERS)) == calls


def moved(number):
    """Return a migration that started ``number`` hours before the drain."""
    began = START - timedelta(hours=number)
    names = {"uuid": uuid_of(f"move-{number}"), "instance_uuid": uuid_of(f"vm-{number}")}
    return LISTED | names | {"id": 1000 - number, "created_at": f"{began:%FT%T.000000}"}


@pytest.mark.parametrize(
    ("migrations", "page", "calls"),
    [(0, 500, 1), (400, 500, 1), (20, 10, 3), (24, 10, 3), (60, 10, 3)],
    ids=["none", "one page", "full pages", "to the end", "no further than a day"],
)
def test_migrations_back_to_a_day_before_the_drain(fake_cloud, nova, migrations, page, calls):
    host = FakeHost(fake_cloud)
    host.page = page
    # The fake lists the last first.
    host.migrations = [moved(number) for number in reversed(range(migrations))]
    found = back_to(nova, HOST, nova.migrations_page(host=HOST, limit=500), START)
    assert [migration.id for migration in found] == [1000 - number for number in range(min(migrations, page * calls))]
    assert len(fake_cloud.made("GET", MIGRATIONS)) == calls


async def test_host_with_a_hundred_instances_costs_four_calls(fake_cloud, nova):
    host = FakeHost(fake_cloud, 100)
    host.migrations = [moved(0) | {"id": number, "uuid": uuid_of(f"m-{number}")} for number in range(400)]
    reading = await read_host(nova, HOST, START)
    assert (len(reading.servers), len(reading.migrations)) == (100, 400)
    assert len(fake_cloud.calls) == 4


@pytest.fixture
def left_open(fake_cloud):
    """``left_open(3)``: three instances have left the host, but their records stay open."""
    host = FakeHost(fake_cloud)

    def leave(number):
        for index in range(number):
            gone = moved(-1) | {
                "id": index + 1,
                "uuid": uuid_of(f"move-{index}"),
                "instance_uuid": uuid_of(f"vm-{index}"),
            }
            host.migrations.append(gone | {"status": "running", "source_compute": HOST, "dest_compute": "compute-02"})
            there = SERVER | AT_REST | {"id": uuid_of(f"vm-{index}"), "OS-EXT-SRV-ATTR:host": "compute-02"}
            fake_cloud.on("GET", f"{COMPUTE}/servers/{uuid_of(f'vm-{index}')}", json={"server": there})

    return leave


@pytest.mark.parametrize(("number", "sought"), [(1, 1), (3, 3), (MAX_LOOKUPS + 2, MAX_LOOKUPS)])
async def test_instances_that_left_with_open_records_are_looked_up(fake_cloud, nova, left_open, number, sought):
    left_open(number)
    run = drain_in(await read_host(nova, HOST, START), ORDER)
    assert [step.outcome.value for step in run.steps].count("moved") == sought
    assert len(fake_cloud.calls) == 4 + sought


async def test_instance_that_left_and_was_deleted_has_no_step(fake_cloud, nova, left_open):
    left_open(2)
    gone = fault("itemNotFound", 404, "Instance could not be found.")
    fake_cloud.on("GET", f"{COMPUTE}/servers/{uuid_of('vm-0')}", json=gone, status=404)
    [step] = drain_in(await read_host(nova, HOST, START), ORDER).steps
    assert (step.outcome.value, step.instance_id) == ("moved", uuid_of("vm-1"))


async def test_host_without_a_drain_needs_no_lookups(fake_cloud, nova, left_open):
    left_open(2)
    await read_host(nova, HOST)
    assert len(fake_cloud.calls) == 4


@pytest.mark.parametrize("roles", [("admin",), ("Admin", "member")])
async def test_deleted_instance_is_known_as_deleted(fake_cloud, left_open, roles):
    left_open(0)
    nova = Nova(access(fake_cloud, roles=roles))
    assert await look_up(nova, [uuid_of("vm-0")]) == {uuid_of("vm-0"): None}


async def test_instance_hidden_from_the_role_does_not_count_as_deleted(fake_cloud, left_open):
    """Nova answers 404 for an instance in another project."""
    left_open(0)
    nova = Nova(access(fake_cloud, roles=("migration_support",)))
    assert await look_up(nova, [uuid_of("vm-0")]) == {}


@pytest.mark.parametrize("status", [403, 409, 500, 503])
async def test_instance_that_cannot_be_read_breaks_no_page(fake_cloud, nova, left_open, status):
    left_open(2)
    fake_cloud.on("GET", f"{COMPUTE}/servers/{uuid_of('vm-0')}", json=fault("x", status, "No."), status=status)
    run = drain_in(await read_host(nova, HOST, START), ORDER)
    assert [step.outcome.value for step in run.steps] == ["moved"]
