# SPDX-License-Identifier: Apache-2.0
"""A switch of the region in another tab of the browser."""

from django.conf import settings
from django.test import Client
from openstack_auth.user import Token

from tests.support.fake_cloud import FakeCloud
from tests.support.login import make_token, put_in_session, service_catalog

ADMIN_ROLES = ("admin", "manager", "member", "reader")


def log_in_to_regions(client: Client, one: FakeCloud, two: FakeCloud, **user: str) -> None:
    put_in_session(client, _token(one, two, **user), one.keystone_url)


def switch_region(client: Client, region: str = "RegionTwo") -> None:
    """Switch the region within the same session, as the view of openstack_auth does."""
    session = client.session
    session["services_region"] = region
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


def _token(one: FakeCloud, two: FakeCloud, **user: str) -> Token:
    services = _services(one)
    for first, second in zip(services, _services(two), strict=True):
        first["endpoints"] += [end | {"region": "RegionTwo", "region_id": "RegionTwo"} for end in second["endpoints"]]
    return make_token(services, **{"roles": ADMIN_ROLES, "project": "admin", "project_id": "admin-id"} | user)


def _services(cloud: FakeCloud) -> list[dict[str, object]]:
    return service_catalog(
        nova=cloud.nova_url, keystone=cloud.keystone_url, neutron=cloud.neutron_url, placement=cloud.placement_url
    )
