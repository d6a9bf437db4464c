# SPDX-License-Identifier: Apache-2.0
"""Lists are read to the end that Nova's links tell, and no page further."""

from datetime import timedelta

import pytest

from migration_panel.api.hosts import Maintenance
from migration_panel.hosts.drain.query import MAX_LOOKUPS, back_to, drain_in, look_up, read_host, residents
from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import REST, FakeHost
from tests.support.host_records import HOST, ORDER, START, uuid_of
from tests.support.nova_answers import LISTED, SERVER, fault
from tests.support.user_requests import access

SERVERS = f"{COMPUTE}/servers/detail"
MIGRATIONS = f"{COMPUTE}/os-migrations"


@pytest.fixture
def nova(fake_cloud):
    nova = Maintenance(access(fake_cloud))
    fake_cloud.forget()
    return nova


@pytest.mark.parametrize(
    ("instances", "page", "calls"),
    [(0, 1000, 1), (100, 1000, 1), (999, 1000, 1), (1000, 1000, 2), (1, 2, 1), (2, 2, 2), (5, 2, 3)],
)
def test_instances_of_a_host(fake_cloud, nova, instances, page, calls):
    """Nova links to a next page from every full one, and an operator may have made pages small."""
    FakeHost(fake_cloud, instances).page = page
    found = residents(nova, HOST)
    assert [one.name for one in found] == [f"vm-{number:03d}" for number in range(instances)]
    assert len(fake_cloud.made("GET", SERVERS)) == calls


def moved(number):
    """One that began so many hours before the drain."""
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
    found = back_to(nova, HOST, nova.migrations_at(HOST, limit=500), START)
    assert [one.id for one in found] == [1000 - number for number in range(min(migrations, page * calls))]
    assert len(fake_cloud.made("GET", MIGRATIONS)) == calls


async def test_a_look_at_a_hundred_instances_is_four_calls(fake_cloud, nova):
    host = FakeHost(fake_cloud, 100)
    host.migrations = [moved(0) | {"id": number, "uuid": uuid_of(f"m-{number}")} for number in range(400)]
    reading = await read_host(nova, HOST, START)
    assert (len(reading.servers), len(reading.migrations)) == (100, 400)
    assert len(fake_cloud.calls) == 4


@pytest.fixture
def left_open(fake_cloud):
    """``left_open(3)``: so many have left the host, which Nova's records will never tell."""
    host = FakeHost(fake_cloud)

    def leave(number):
        for one in range(number):
            gone = moved(-1) | {"id": one + 1, "uuid": uuid_of(f"move-{one}"), "instance_uuid": uuid_of(f"vm-{one}")}
            host.migrations.append(gone | {"status": "running", "source_compute": HOST, "dest_compute": "compute-02"})
            there = SERVER | REST | {"id": uuid_of(f"vm-{one}"), "OS-EXT-SRV-ATTR:host": "compute-02"}
            fake_cloud.on("GET", f"{COMPUTE}/servers/{uuid_of(f'vm-{one}')}", json={"server": there})

    return leave


@pytest.mark.parametrize(("number", "sought"), [(1, 1), (3, 3), (MAX_LOOKUPS + 2, MAX_LOOKUPS)])
async def test_what_left_without_a_note_is_looked_for(fake_cloud, nova, left_open, number, sought):
    left_open(number)
    run = drain_in(await read_host(nova, HOST, START), ORDER)
    assert [step.outcome.value for step in run.steps].count("moved") == sought
    assert len(fake_cloud.calls) == 4 + sought


async def test_it_may_have_been_deleted(fake_cloud, nova, left_open):
    left_open(2)
    gone = fault("itemNotFound", 404, "Instance could not be found.")
    fake_cloud.on("GET", f"{COMPUTE}/servers/{uuid_of('vm-0')}", json=gone, status=404)
    [step] = drain_in(await read_host(nova, HOST, START), ORDER).steps
    assert (step.outcome.value, step.instance_id) == ("moved", uuid_of("vm-1"))


async def test_nobody_is_looked_for_before_a_drain(fake_cloud, nova, left_open):
    left_open(2)
    await read_host(nova, HOST)
    assert len(fake_cloud.calls) == 4


@pytest.mark.parametrize("roles", [("admin",), ("Admin", "member")])
async def test_deleted_instance_is_known_as_deleted(fake_cloud, left_open, roles):
    left_open(0)
    nova = Maintenance(access(fake_cloud, roles=roles))
    assert await look_up(nova, [uuid_of("vm-0")]) == {uuid_of("vm-0"): None}


async def test_instance_hidden_from_the_role_does_not_count_as_deleted(fake_cloud, left_open):
    """Nova answers 404 for an instance in another project."""
    left_open(0)
    nova = Maintenance(access(fake_cloud, roles=("migration_support",)))
    assert await look_up(nova, [uuid_of("vm-0")]) == {}


@pytest.mark.parametrize("status", [403, 409, 500, 503])
async def test_instance_that_cannot_be_read_breaks_no_page(fake_cloud, nova, left_open, status):
    left_open(2)
    fake_cloud.on("GET", f"{COMPUTE}/servers/{uuid_of('vm-0')}", json=fault("x", status, "No."), status=status)
    run = drain_in(await read_host(nova, HOST, START), ORDER)
    assert [step.outcome.value for step in run.steps] == ["moved"]
