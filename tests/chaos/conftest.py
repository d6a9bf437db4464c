# SPDX-License-Identifier: Apache-2.0
"""Horizon with two workers over the embedded cloud, with relays between them that inject faults."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

import pytest
from novaclient import client as novaclient
from novaclient.exceptions import ClientException
from novaclient.v2.servers import Server
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from benchmarks.stage import Stage, Visitor, stage
from devcloud.layout import PROJECT
from devcloud.rest import Rest
from tests.browser import chromium
from tests.support import fault_report, fault_table
from tests.support.browser_steps import PAGE_TIMEOUT
from tests.support.drain_steps import DRAIN_TIMEOUT, drain_url, headline, start_run
from tests.support.embedded_cloud import eventually, nova_client
from tests.support.fault_steps import BOARD, LONGEST, killed_service, log_in, stopped_process
from tests.support.mixed_instances import Fleet, Guest
from tests.support.two_horizons import Cluster, cluster

RESULTS = PROJECT / ".cache" / "chaos.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write", type=Path, help="the document to write")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(what, expected): a line of the table that `make chaos` prints")
    config.pluginmanager.register(fault_table.Faults(), "faults")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.pluginmanager.get_plugin("faults")
    if not found.any_ran:
        return
    found.combine(RESULTS, datetime.now(timezone.utc).strftime("%Y-%m-%d"))
    terminalreporter.section("faults")
    terminalreporter.write_line(fault_table.text(found))
    if path := config.getoption("--write", None):
        path.write_text(fault_report.document(found))


@pytest.fixture(scope="session")
def on() -> Iterator[Stage]:
    """Cloud, relays and Horizon, started once for all tests."""
    with stage() as running:
        yield running


@pytest.fixture(scope="session")
def pair() -> Iterator[Cluster]:
    """Two Horizons over a cloud of their own, whose hosts are empty."""
    with cluster() as running:
        yield running


@pytest.fixture(scope="session")
def nova(on: Stage) -> novaclient.Client:
    """A novaclient that does not use the relays, so that no fault affects it."""
    return on.nova()


@pytest.fixture
def visitor(on: Stage) -> Visitor:
    return on.visitor()


@pytest.fixture
def boot(nova: novaclient.Client) -> Iterator[Callable[..., Server]]:
    """``boot(sim_seconds="5")``: a small running instance on compute-01, deleted at the end."""
    made: list[Server] = []

    def one(host: str = "compute-01", **knobs: str) -> Server:
        server = nova.servers.create(
            f"chaos-{uuid4().hex[:8]}",
            nova.glance.list()[0],
            nova.flavors.find(name="m1.tiny"),
            nics="none",
            host=host,
            meta={"sim_storage": "shared", "sim_interval": "1"} | knobs,
        )
        made.append(server)
        return eventually(lambda: server.get() or (server.status == "ACTIVE" and server))

    yield one
    for server in made:
        eventually(lambda server=server: _deleted(nova, server))


def _deleted(nova: novaclient.Client, server: Server) -> bool:
    for migration in nova.server_migrations.list(server.id):
        # A migration that the end of Nova interrupted stays in the list for a while, but cannot be aborted.
        with suppress(ClientException):
            nova.server_migrations.live_migration_abort(server.id, migration.id)
    nova.servers.delete(server.id)
    return True


@pytest.fixture
def fleet(pair: Cluster) -> Iterator[Fleet]:
    """Instances on one host of the two Horizons' cloud, deleted at the end."""
    fleet = Fleet(nova_client(pair.cloud.auth_url))
    yield fleet
    fleet.delete()
    delete_allocations(Rest(pair.cloud.auth_url))


def delete_allocations(admin: Rest) -> None:
    """Delete what Placement keeps for migrations that a fault interrupted: the hosts are empty now.

    Nova deletes the records of these migrations with their instances. The next drain of the host would find the
    allocations, and rightly not call the host empty.
    """
    for provider in admin.get("placement", "/resource_providers")["resource_providers"]:
        path = f"/resource_providers/{provider['uuid']}/allocations"
        for consumer in admin.get("placement", path)["allocations"]:
            admin.delete("placement", f"/allocations/{consumer}")


@pytest.fixture
def draining(pair: Cluster, fleet: Fleet, opened: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """``draining(host, guests, "2 of 6 instances migrated")``: the page of a drain at that headline.

    Enable the host at the end.
    """
    hosts: list[str] = []

    def begun(host: str, guests: list[Guest], so_far: str) -> Page:
        hosts.append(host)
        fleet.boot(host, guests)
        page = opened(pair.url, "admin", drain_url(host))
        start_run(page, "Drain host")
        page.evaluate("window.notReloaded = true")
        expect(headline(page)).to_contain_text(re.compile(so_far), timeout=DRAIN_TIMEOUT)
        return page

    yield begun
    for host in hosts:
        [service] = fleet.nova.services.list(host=host, binary="nova-compute")
        fleet.nova.services.enable(service.id)


@pytest.fixture
def moves(nova: novaclient.Client) -> Callable[[Server], list]:
    """Return all migrations of an instance in Nova's records: the requests that Nova accepted."""
    return lambda server: nova.migrations.list(instance_uuid=server.id)


@pytest.fixture
def frozen(on: Stage) -> Callable[[str], AbstractContextManager[None]]:
    return lambda service: stopped_process(on.cloud, service)


@pytest.fixture
def stopped(on: Stage) -> Callable[[str], AbstractContextManager[None]]:
    return lambda service: killed_service(on.cloud, service)


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    expect.set_options(timeout=PAGE_TIMEOUT)
    with sync_playwright() as playwright:
        started = chromium.launch(playwright.chromium)
        request.config.pluginmanager.get_plugin("faults").chromium = started.version
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """``opened(url, "admin", path)``: the page of a user who is logged in.

    An exception in its scripts fails the test, and so does an answer that was waited for too long.
    """
    thrown: list[str] = []
    late: list[str] = []
    contexts = []

    def page_of(url: str, user: str, path: str, longest: float = LONGEST) -> Page:
        """``longest``: maximum duration of an answer, s."""

        def watch(request: Request) -> None:
            seconds = request.timing["responseEnd"] / 1000
            if seconds > longest:
                late.append(f"{request.url}: {seconds:.1f} s")

        context = browser.new_context(base_url=url)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.on("requestfinished", watch)
        page.goto(f"/auth/login/?next={path}")
        log_in(page, user)
        page.wait_for_url(f"**{path}")
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert thrown == []
    assert late == []


@pytest.fixture
def board(on: Stage, opened: Callable[..., Page]) -> Callable[..., Page]:
    """``board("helpdesk", path)``; the admin's board unless another is named."""
    return lambda user="admin", path=BOARD: opened(on.horizon.url, user, path)
