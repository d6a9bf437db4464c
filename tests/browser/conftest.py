# SPDX-License-Identifier: Apache-2.0
"""Chromium in front of the real demo, as a user has it after ``make demo``."""

import os
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from novaclient import client as novaclient
from novaclient.exceptions import ClientException
from novaclient.v2.servers import Server
from playwright.sync_api import Browser, BrowserContext, Error, Page, StorageState, expect, sync_playwright

from devcloud.layout import ADDRESS, PROJECT, Ports
from devcloud.processes import Children
from tests.browser import chromium
from tests.support.browser_steps import PAGE_TIMEOUT, log_in
from tests.support.embedded_cloud import eventually, free_ports, nova_client
from tests.support.looks import Wardrobe

RESULTS = PROJECT / "test-results"
DESKTOP = (1280, 900)
FIRST_START = 600  # s: it may have to install OpenStack
# A trace records each frame and each change of a page.  This slows every test down, and only a failure keeps it.
TRACED = bool(os.environ.get("PLAYWRIGHT_TRACE"))

failed = pytest.StashKey[bool]()


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    url: str
    keystone_url: str


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[failed] = item.stash.get(failed, False) or report.failed
    return report


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, started once for all tests, which therefore share its instances."""
    folder = tmp_path_factory.mktemp("demo")
    cloud_port = free_ports()
    horizon_port = free_ports()
    environment = os.environ | {
        "CLOUD_PORT": str(cloud_port),
        "DEMO_PORT": str(horizon_port),
        "DEMO_STATE": str(folder / "state"),
        "PYTHONPATH": str(PROJECT),
    }
    children = Children(folder)
    children.start("demo", [sys.executable, "-m", "devcloud.demo"], environment)
    try:
        eventually(partial(_is_ready, children), within=FIRST_START)
        yield Demo(f"http://{ADDRESS}:{horizon_port}", Ports.from_base(cloud_port).url("keystone"))
    finally:
        children.kill_all()


def _is_ready(children: Children) -> bool:
    children.require_running("demo")
    return any(line.startswith("Ready:") for line in children.log("demo").read_text().splitlines())


@pytest.fixture(scope="session")
def nova_as(demo: Demo) -> Callable[..., novaclient.Client]:
    """A novaclient beside the browser: ``nova_as("helpdesk")`` or ``nova_as("admin", "demo")``."""
    return partial(nova_client, demo.keystone_url)


@pytest.fixture
def boot(nova_as: Callable[..., novaclient.Client]) -> Iterator[Callable[..., Server]]:
    """An instance of the test: ``boot("shared", sim_seconds="60")``.  A migration in progress at the end is aborted."""
    booted: list[tuple[novaclient.Client, Server]] = []

    def active(nova: novaclient.Client, server: Server) -> Server | None:
        found = nova.servers.get(server.id)
        return found if found.status == "ACTIVE" else None

    def make(
        storage: str, *, project: str = "admin", host: str = "compute-01", name: str = "", **metadata: str
    ) -> Server:
        nova = nova_as("admin", project)
        server = nova.servers.create(
            name or f"mover-{uuid4().hex[:8]}",
            nova.glance.list()[0],
            nova.flavors.find(name="m1.tiny"),
            nics="none",
            host=host,
            meta={"sim_storage": storage, "sim_interval": "1"} | metadata,
        )
        booted.append((nova, server))
        return eventually(partial(active, nova, server))

    yield make
    for nova, server in booted:
        eventually(partial(_is_at_rest, nova, server))
        nova.servers.delete(server)


def _is_at_rest(nova: novaclient.Client, server: Server) -> bool:
    for migration in nova.server_migrations.list(server):
        # The migration may end at this moment, or be too young for an abort.
        with suppress(ClientException):
            nova.server_migrations.live_migration_abort(server, migration.id)
    return getattr(nova.servers.get(server.id), "OS-EXT-STS:task_state") is None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PAGE_TIMEOUT)
    with sync_playwright() as playwright:
        try:
            started = chromium.launch(playwright.chromium)
        except chromium.NoChromiumError as error:
            if chromium.required():
                raise
            warnings.warn(f"BROWSER TESTS DO NOT RUN: {error}", stacklevel=2)
            pytest.skip(str(error))
        yield started
        started.close()


@pytest.fixture
def new_context(
    browser: Browser, demo: Demo, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens contexts.  If the test fails, keep pictures and HTML of the pages in test-results.

    With PLAYWRIGHT_TRACE=1 in the environment, keep traces too.
    """
    contexts: list[BrowserContext] = []

    def make(viewport: tuple[int, int] = DESKTOP, **options: object) -> BrowserContext:
        width, height = viewport
        context = browser.new_context(base_url=demo.url, viewport={"width": width, "height": height}, **options)
        if TRACED:
            context.tracing.start(screenshots=True, snapshots=True)
        contexts.append(context)
        return context

    yield make
    for number, context in enumerate(contexts):
        if request.node.stash.get(failed, False):
            _keep_evidence(context, RESULTS / re.sub(r"[^\w.-]+", "-", request.node.nodeid), number)
        context.close()


def _keep_evidence(context: BrowserContext, folder: Path, number: int) -> None:
    for index, page in enumerate(context.pages):
        page.screenshot(path=folder / f"{number}-{index}.png", full_page=True)
        (folder / f"{number}-{index}.html").write_text(page.content())
    # The test may have closed the context itself.
    with suppress(Error):
        if TRACED:
            context.tracing.stop(path=folder / f"{number}-trace.zip")


@pytest.fixture(scope="session")
def sessions() -> dict[str, StorageState]:
    """Users who have logged in so far: once each, since a login takes longer than most tests."""
    return {}


@pytest.fixture(scope="session")
def wardrobe(browser: Browser, demo: Demo, sessions: dict[str, StorageState]) -> Wardrobe:
    """The style sheets of Horizon's themes, as the demo compiled them."""
    if "admin" not in sessions:
        with browser.new_context(base_url=demo.url) as context:
            log_in(context.new_page(), "admin", "/admin/migrations/")
            sessions["admin"] = context.storage_state()
    return Wardrobe.collect(browser, demo.url, sessions["admin"])


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def horizon() -> Iterator[str]:
    """The address of a Horizon in this process, for pages over a fake cloud.  It has scripts, but no styles."""
    served = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    served.set_app(StaticFilesHandler(get_wsgi_application()))
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


@pytest.fixture
def page_as(
    new_context: Callable[..., BrowserContext], sessions: dict[str, StorageState]
) -> Iterator[Callable[..., Page]]:
    """A page of a user who is logged in: ``page_as("helpdesk", "/project/migrations/")``.

    An exception that the page's JavaScript does not catch fails the test.
    """
    thrown: list[str] = []

    def logged_in(
        user: str = "admin", path: str = "/admin/migrations/", *, viewport: tuple[int, int] = DESKTOP, **options: object
    ) -> Page:
        if user in sessions:
            options["storage_state"] = sessions[user]
        page = new_context(viewport, **options).new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        if user in sessions:
            page.goto(path)
        else:
            log_in(page, user, path)
            sessions[user] = page.context.storage_state()
        return page

    yield logged_in
    assert thrown == []
