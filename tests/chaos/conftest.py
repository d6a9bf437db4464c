# SPDX-License-Identifier: Apache-2.0
"""Horizon with two workers over the embedded cloud, with relays between them that can be told to fail."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import requests
from novaclient import client as novaclient
from novaclient.v2.servers import Server
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.stage import Stage, Visitor, stage
from tests.browser import chromium
from tests.real_cloud import PASSWORD, eventually

BOARD = "/admin/migrations/"
STATUS = f"{BOARD}status/"


@pytest.fixture(scope="session")
def on() -> Iterator[Stage]:
    """The whole stage, started once for all tests."""
    with stage() as running:
        yield running


@pytest.fixture(scope="session")
def nova(on: Stage) -> novaclient.Client:
    """Beside the relays: it hears of no fault that they make."""
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
            f"chaos-{len(made)}",
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
        nova.server_migrations.live_migration_abort(server.id, migration.id)
    nova.servers.delete(server.id)
    return True


@pytest.fixture
def moves(nova: novaclient.Client) -> Callable[[Server], list]:
    """All of an instance's migrations in Nova's records: what was really submitted."""
    return lambda server: nova.migrations.list(instance_uuid=server.id)


@pytest.fixture
def frozen(on: Stage) -> Callable[[str], AbstractContextManager[None]]:
    """``with frozen("nova"):`` the service's process stands still, its connections stay open."""

    @contextmanager
    def held(service: str) -> Iterator[None]:
        pid = int((on.cloud.state / f"{service}.pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    return held


@pytest.fixture
def stopped(on: Stage) -> Callable[[str], AbstractContextManager[None]]:
    """``with stopped("nova"):`` nobody listens; it is back, and answers, afterwards."""

    @contextmanager
    def gone(service: str) -> Iterator[None]:
        on.cloud.kill(service)
        try:
            yield
        finally:
            on.cloud.revive(service)

    return gone


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = chromium.launch(playwright.chromium)
        yield started
        started.close()


@pytest.fixture
def board(on: Stage, browser: Browser) -> Iterator[Callable[..., Page]]:
    """``board("admin")``: the board of one who is logged in; an exception in its scripts fails the test."""
    thrown: list[str] = []
    contexts = []

    def opened(user: str = "admin", path: str = BOARD) -> Page:
        context = browser.new_context(base_url=on.horizon.url)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(f"/auth/login/?next={path}")
        page.get_by_label("User Name").fill(user)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign In").click()
        page.wait_for_url(f"**{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert thrown == []


def asked(visitor: Visitor, path: str, **fields: str) -> requests.Response:
    """Whatever the answer: a page, or with fields a form's submission."""
    headers = {"Referer": visitor.horizon + path, "Connection": "close"}
    address = visitor.horizon + path
    if not fields:
        return visitor.session.get(address, headers=headers, timeout=60, allow_redirects=False)
    fields["csrfmiddlewaretoken"] = visitor.session.cookies["csrftoken"]
    return visitor.session.post(address, fields, headers=headers, timeout=60, allow_redirects=False)
