# SPDX-License-Identifier: Apache-2.0
"""Log a test client in to Horizon without Keystone: its session contains what a login stores there."""

import datetime
from collections.abc import Iterable

from django.conf import settings
from django.contrib import auth
from django.test import AsyncClient, Client
from openstack_auth.user import Token

REGION = "RegionOne"


def service_catalog(*, nova: str, keystone: str, neutron: str, placement: str = "") -> list[dict[str, object]]:
    """Return a service catalog of Keystone; Placement may be missing."""
    services = {"compute": ("nova", nova), "identity": ("keystone", keystone), "network": ("neutron", neutron)}
    if placement:
        services["placement"] = ("placement", placement)
    return [
        {
            "id": f"{name}-id",
            "type": kind,
            "name": name,
            "endpoints": [
                {
                    "id": f"{name}-{interface}",
                    "interface": interface,
                    "region": REGION,
                    "region_id": REGION,
                    "url": url,
                }
                for interface in ("public", "internal", "admin")
            ],
        }
        for kind, (name, url) in services.items()
    ]


def make_token(
    services: list[dict[str, object]],
    *,
    roles: Iterable[str] = ("admin",),
    project: str = "demo",
    project_id: str = "demo-id",
    user: str = "alice",
    token: str = "token-of-alice",
    lasts: datetime.timedelta = datetime.timedelta(hours=1),
) -> Token:
    """Return a token of openstack_auth that is scoped to a project."""
    result = Token()
    result.id = token
    result.unscoped_token = f"unscoped-{token}"
    result.user = {"id": f"{user}-id", "name": user, "password_expires_at": None}
    result.user_domain_id, result.user_domain_name = "default", "Default"
    result.expires = datetime.datetime.now(datetime.timezone.utc) + lasts
    result.project = {"id": project_id, "name": project, "is_admin_project": True, "domain_id": "default"}
    result.tenant = result.project
    result.domain = {"id": None, "name": None}
    result.is_federated = False
    result.roles = [{"name": role} for role in roles]
    result.serviceCatalog = services
    result.system_scoped = False
    return result


def put_in_session(client: Client | AsyncClient, token: Token, keystone: str) -> None:
    """Store in the client's session what Horizon's login view stores there."""
    session = client.session
    session.update(
        {
            auth.SESSION_KEY: token.user["id"],
            auth.BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            "user_id": token.user["id"],
            "token": token,
            "unscoped_token": token.unscoped_token,
            "region_endpoint": keystone,
            "services_region": REGION,
        }
    )
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
