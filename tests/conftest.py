# SPDX-License-Identifier: Apache-2.0
"""Fixtures of all suites: the fake cloud, the clients of users, and a cloud with two cells and two regions."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import hypothesis
import pytest
from django.core.cache import cache
from django.template import Template
from django.test import AsyncClient, Client
from oslo_policy.policy import Enforcer

from devcloud import Cloud
from migration_panel.api import shared
from tests.support import network_guard
from tests.support.embedded_cloud import PLACES, free_ports
from tests.support.fake_cloud import FakeCloud, running_fake_cloud
from tests.support.login import make_token, put_in_session, service_catalog

hypothesis.settings.register_profile("quick", max_examples=8, derandomize=True, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=300, deadline=None)

AnyClient = TypeVar("AnyClient", Client, AsyncClient)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "shared_answers: polls share Nova's answers, as they do outside of tests")
    config.addinivalue_line("markers", "changed_policy_files: Horizon's policy engine sees changes of its files")
    network_guard.install()
    if not config.getoption("hypothesis_profile", None):
        hypothesis.settings.load_profile("quick")


@pytest.fixture(autouse=True)
def no_shared_answers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each poll call Nova: tests count the calls, and change the answers."""
    if "shared_answers" not in request.keywords:
        monkeypatch.setattr(shared.PollSharing, "__call__", lambda self, question, call: call())


@pytest.fixture(autouse=True, scope="session")
def unrecorded_templates(django_test_environment: None) -> Iterator[None]:
    """Render templates as outside of tests: Django's test environment copies the context of each template."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
        yield


@pytest.fixture(autouse=True)
def policy_files_read_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not search the policy files for changes at each check of a rule."""
    if "changed_policy_files" in request.keywords:
        return
    load = Enforcer.load_rules

    def load_once(enforcer: Enforcer, force_reload: bool = False) -> None:
        if force_reload or not enforcer.rules:
            load(enforcer, force_reload)

    monkeypatch.setattr(Enforcer, "load_rules", load_once)


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Yield a cloud with two cells and two regions, which the tests of cells and of regions share."""
    with Cloud(free_ports(), tmp_path_factory.mktemp("places"), **PLACES, report=print) as running:
        yield running


@pytest.fixture
def fake_cloud() -> Iterator[FakeCloud]:
    """Yield an OpenStack that answers as the test defines, and records all calls."""
    with running_fake_cloud() as cloud:
        yield cloud


@pytest.fixture
def login(fake_cloud: FakeCloud) -> Iterator[Callable[..., Client | AsyncClient]]:
    """Log a client in: ``login(client, roles=("member", "reader"))`` returns it ready for requests."""

    def log_in(
        client: AnyClient,
        *,
        roles: Iterable[str] = ("admin",),
        project: str = "demo",
        project_id: str = "demo-id",
        nova_url: str | None = None,
        user: str = "alice",
        token: str = "token-of-alice",
    ) -> AnyClient:
        services = service_catalog(
            nova=nova_url or fake_cloud.nova_url,
            keystone=fake_cloud.keystone_url,
            neutron=fake_cloud.neutron_url,
            placement=fake_cloud.placement_url,
        )
        new_token = make_token(services, roles=roles, project=project, project_id=project_id, user=user, token=token)
        put_in_session(client, new_token, fake_cloud.keystone_url)
        return client

    yield log_in
    cache.clear()


@pytest.fixture
def admin_client(client: Client, login: Callable[..., Client]) -> Client:
    """Return the client of a cloud administrator; pytest-django's fixture of this name needs a database."""
    return login(client, roles=("admin", "manager", "member", "reader"), project="admin", project_id="admin-id")


@pytest.fixture
def helpdesk_client(client: Client, login: Callable[..., Client]) -> Client:
    """Return the client of a project manager, who may migrate within the project but not name a host."""
    return login(client, roles=("manager", "member", "reader"), user="helen")


@pytest.fixture
def viewer_client(client: Client, login: Callable[..., Client]) -> Client:
    """Return the client of a project member, who may not migrate."""
    return login(client, roles=("member", "reader"), user="victor")
