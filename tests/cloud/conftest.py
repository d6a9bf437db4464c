# SPDX-License-Identifier: Apache-2.0
"""Horizon in this process, over the embedded cloud with its demo data."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from novaclient import client as novaclient
from novaclient.base import Resource
from novaclient.exceptions import NotFound
from novaclient.v2.servers import Server

from devcloud import Cloud
from tests.support.call_counter import Calls, recording
from tests.support.embedded_cloud import PASSWORD, eventually, free_ports, nova_client


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
    """A test client that has logged in through Horizon's form: ``cloud_client("helpdesk")``."""

    def logged_in(user: str = "admin", password: str = PASSWORD) -> Client:
        client = Client()
        fields = {"username": user, "password": password, "region": "default"}
        answer = client.post("/auth/login/", fields)
        assert answer.status_code == 302, answer.content.decode()
        return client

    yield logged_in
    cache.clear()


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
        return eventually(lambda: active(server))

    yield boot
    delete_all(made)


def delete_all(made: Iterable[Resource]) -> None:
    """Delete and wait: otherwise another test may list an instance that disappears a moment later."""
    for one in made:
        one.delete()
    for one in made:
        eventually(partial(gone, one))


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
