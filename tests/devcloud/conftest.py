# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable, Iterator

import pytest

from devcloud import Cloud
from devcloud.rest import Rest
from tests.devcloud.late_start import KEYSTONE_DELAY, LateStart
from tests.support.embedded_cloud import PLACES, free_ports
from tests.support.guest import Guest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests with two cells and two regions last: their cloud starts once and idles for no other test."""
    items.sort(key=lambda item: "late_start_of_places" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The cloud with its demo data, started once."""
    with Cloud(free_ports(), tmp_path_factory.mktemp("cloud"), report=print) as running:
        yield running


@pytest.fixture(scope="session")
def admin(cloud: Cloud) -> Rest:
    return Rest(cloud.auth_url)


@pytest.fixture(scope="session")
def demo(cloud: Cloud) -> Rest:
    """The admin in project demo, where the guests of these tests are."""
    return Rest(cloud.auth_url, project="demo")


@pytest.fixture(scope="session")
def late_start_of_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LateStart]:
    """The cloud with two cells and two regions, whose Keystone starts late."""
    state = tmp_path_factory.mktemp("places")
    with Cloud(free_ports(), state, **PLACES, keystone_delay=KEYSTONE_DELAY, report=print) as running:
        yield LateStart.of(running)


@pytest.fixture(scope="session")
def places(late_start_of_places: LateStart) -> Cloud:
    return late_start_of_places.cloud


@pytest.fixture
def boot(demo: Rest) -> Iterator[Callable[..., Guest]]:
    """Boot a guest: ``boot("compute-01", sim_seconds="3")``; it is deleted after the test.

    Tests of what Neutron does for a migration boot it with ``with_network=True``.
    """
    guests: list[Guest] = []

    def booted(host: str, flavor: str = "m1.tiny", *, with_network: bool = False, **knobs: str) -> Guest:
        metadata = {"sim_interval": "0.3"} | knobs
        guests.append(Guest.boot(demo, host, flavor, metadata, with_network=with_network))
        return guests[-1]

    yield booted
    for guest in guests:
        guest.delete()
