# SPDX-License-Identifier: Apache-2.0
"""Chromium in front of Horizon with its real workers, over a cloud of four empty hosts."""

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import BrowserContext

from devcloud import Cloud
from devcloud.layout import ADDRESS, PROJECT
from devcloud.processes import Children
from tests.browser.conftest import (
    FIRST_START,
    Demo,
    _is_ready,
    browser,
    nova_as,
    page_as,
    pytest_runtest_makereport,
    sessions,
)
from tests.browser.conftest import new_context as impatient_context
from tests.support.drain_steps import DRAIN_TIMEOUT
from tests.support.embedded_cloud import BARE, eventually, free_ports
from tests.support.horizon_workers import Workers
from tests.support.mixed_instances import Fleet

__all__ = ["browser", "impatient_context", "nova_as", "page_as", "pytest_runtest_makereport", "sessions"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "nova_killed: Nova ends in the middle of a drain; make chaos runs these tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--interruptions", type=int, default=1, help="how often a drain is interrupted (1)")
    parser.addoption("--seed", type=int, default=None, help="of the moments of interruption; printed, else by chance")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The cloud, started once; each test empties and fills hosts."""
    state = tmp_path_factory.mktemp("cloud")
    with Cloud(free_ports(), state, **BARE, report=print) as running:
        yield running


@pytest.fixture(scope="session")
def horizon(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Workers]]:
    folder, port = tmp_path_factory.mktemp("horizon"), free_ports()
    environment = os.environ | {
        "KEYSTONE_URL": cloud.auth_url,
        "DEMO_PORT": str(port),
        "DEMO_STATE": str(folder / "state"),
        "PYTHONPATH": str(PROJECT),
    }
    children = Children(folder)
    children.start("demo", [sys.executable, "-m", "devcloud.demo"], environment)
    try:
        eventually(partial(_is_ready, children), within=FIRST_START)
        url = f"http://{ADDRESS}:{port}"
        yield Demo(url, cloud.auth_url), Workers(folder / "state" / "horizon" / "horizon.pid", url)
    finally:
        children.kill_all()


@pytest.fixture(scope="session")
def demo(horizon: tuple[Demo, Workers]) -> Demo:
    return horizon[0]


@pytest.fixture(scope="session")
def workers(horizon: tuple[Demo, Workers]) -> Workers:
    return horizon[1]


@pytest.fixture
def new_context(impatient_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Allow more time for a page: a worker that replaces a killed worker loads Horizon before its first page."""

    def make(*args: object, **options: object) -> BrowserContext:
        context = impatient_context(*args, **options)
        context.set_default_timeout(DRAIN_TIMEOUT)
        return context

    return make


@pytest.fixture
def fleet(nova_as) -> Iterator[Fleet]:
    """Instances on one host, deleted at the end."""
    fleet = Fleet(nova_as("admin"))
    yield fleet
    fleet.delete()
