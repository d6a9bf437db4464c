# SPDX-License-Identifier: Apache-2.0
"""Requests and API access of users, for code below the views."""

from collections.abc import Iterable

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.test import Client, RequestFactory
from openstack_auth.utils import get_user

from migration_panel.api.nova import Nova
from migration_panel.api.session import Access
from migration_panel.proof import page_binding
from tests.support.fake_cloud import FakeCloud
from tests.support.login import make_token, put_in_session, service_catalog


def access(
    cloud: FakeCloud,
    *,
    token: str = "token-of-alice",
    roles: Iterable[str] = ("admin",),
    project_id: str = "demo-id",
    sees_hosts: bool = True,
) -> Access:
    return Access(cloud.nova_url, project_id, frozenset(roles), token, sees_hosts)


def nova_of(cloud: FakeCloud, version: str = "", **user) -> Nova:
    """Return a user's Nova with a maximum microversion.  Clear the calls that negotiated the version."""
    cloud.max_microversion = version or cloud.max_microversion
    nova = Nova(access(cloud, **user))
    cloud.forget()
    return nova


def binding_of(client: Client) -> str:
    """Return the binding in the forms of a page that the client opens now."""
    return page_binding(_request_with(client.session))


def request_of(cloud: FakeCloud, *roles: str, **user) -> HttpRequest:
    """Return a request of a user, as a view gets it after login."""
    services = service_catalog(
        nova=cloud.nova_url, keystone=cloud.keystone_url, neutron=cloud.neutron_url, placement=cloud.placement_url
    )
    client = Client()
    put_in_session(client, make_token(services, roles=roles, **user), cloud.keystone_url)
    return _request_with(client.session)


def _request_with(session: SessionBase) -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = session
    request.user = get_user(request)
    return request
