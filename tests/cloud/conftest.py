# SPDX-License-Identifier: Apache-2.0
"""Horizon in this process, over the embedded cloud with its demo data."""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings
from novaclient import client as novaclient
from novaclient.base import Resource
from novaclient.exceptions import NotFound
from novaclient.v2.servers import Server

from devcloud import Cloud
from tests.support.call_counter import Calls, recording
from tests.support.embedded_cloud import PASSWORD, eventually, free_ports, nova_client

# Between two requests for an instance that Nova creates or deletes, s: no instance is ready much sooner.
BOOT_PAUSE = 1


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The whole cloud, started once for all tests, which therefore share its instances."""
    state = tmp_path_factory.mktemp("cloud")
    with (
        Cloud(free_ports(), state, data="demo", report=print) as running,
        override_settings(OPENSTACK_KEYSTONE_URL=running.auth_url),
    ):
        yield running


@pytest.fixture(scope="session")
def nova_as(cloud: Cloud) -> Callable[..., novaclient.Client]:
    """A novaclient beside Horizon: ``nova_as("helpdesk")`` or ``nova_as("admin", "demo")``."""
    return partial(nova_client, cloud.auth_url)


@pytest.fixture(scope="session")
def admin_nova(nova_as: Callable[..., novaclient.Client]) -> novaclient.Client:
    return nova_as("admin")


@pytest.fixture
def cloud_client(cloud: Cloud) -> Iterator[Callable[..., Client]]:
    """A test client that has logged in through Horizon's form: ``cloud_client("helpdesk")``.

    Each user logs in once, and each client has its own copy of the session.
    """

    def logged_in(user: str = "admin", password: str = PASSWORD) -> Client:
        session, cookies = log_in(cloud.auth_url, user, password)
        client = Client()
        client.cookies.load(cookies)
        client.cookies[settings.SESSION_COOKIE_NAME] = store(session)
        return client

    yield logged_in
    cache.clear()


@functools.cache
def log_in(auth_url: str, user: str, password: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the session and the cookies after a login: a new token costs Keystone and each service much time."""
    client = Client()
    answer = client.post("/auth/login/", {"username": user, "password": password, "region": "default"})
    assert answer.status_code == 302, answer.content.decode()
    return dict(client.session.items()), {name: cookie.value for name, cookie in client.cookies.items()}


def store(values: dict[str, Any]) -> str:
    """Return the key of a new session with these values."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update(values)
    session.save()
    return session.session_key


@pytest.fixture
def count_calls(cloud: Cloud) -> Callable[[], AbstractContextManager[Calls]]:
    """``with count_calls() as calls:`` records every call made to the cloud meanwhile.

    ``count_calls(at_once=4)`` also requires that four of the panel's calls are made at once.
    """
    return partial(recording, cloud.ports)


@pytest.fixture
def instance(admin_nova: novaclient.Client) -> Iterator[Callable[..., Server]]:
    """``instance("shared")``: a new instance on compute-01, quick to migrate, deleted at the end."""
    made = []

    def boot(storage: str, host: str = "compute-01", nova: novaclient.Client = admin_nova, **metadata: str) -> Server:
        server = nova.servers.create(
            f"mover-{storage}",
            nova.glance.list()[0],
            nova.flavors.find(name="m1.tiny"),
            nics="none",
            host=host,
            meta={"sim_storage": storage, "sim_seconds": "4", "sim_interval": "1"} | metadata,
        )
        made.append(server)
        return eventually(lambda: active(server), every=BOOT_PAUSE)

    yield boot
    delete_all(made)


def delete_all(made: Iterable[Resource]) -> None:
    """Delete and wait: otherwise another test may list an instance that disappears a moment later."""
    for one in made:
        one.delete()
    for one in made:
        eventually(partial(gone, one), every=BOOT_PAUSE)


def gone(one: Resource) -> bool:
    try:
        one.get()
    except NotFound:
        return True
    return False


def active(server: Server) -> Server | None:
    """Return the instance; None while Nova creates it.  Raise AssertionError with Nova's reason after a failure."""
    server.get()
    assert server.status != "ERROR", server.fault
    return server if server.status == "ACTIVE" else None
