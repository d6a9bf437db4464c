# SPDX-License-Identifier: Apache-2.0
"""Lists are read to the end that Nova's links tell, and no page further."""

from datetime import timedelta

import pytest

from migration_panel.hosts.steering.reading import back_to, read_host, residents
from migration_panel.nova.maintenance import Maintenance
from tests.answers import LISTED
from tests.fake_cloud import COMPUTE
from tests.unit.asking import access
from tests.unit.hosts.cases import HOST, START, uuid_of
from tests.unit.hosts.fake_host import FakeHost

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
    assert (len(reading.here), len(reading.migrations)) == (100, 400)
    assert len(fake_cloud.calls) == 4
