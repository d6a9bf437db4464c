# SPDX-License-Identifier: Apache-2.0
"""Keystone: the service user, the catalog, projects and users."""

from __future__ import annotations

from devcloud.config import PASSWORD, REGION
from devcloud.layout import Options, Ports
from devcloud.rest import Rest

_TYPES = {"placement": "placement", "glance": "image", "nova": "compute", "neutron": "network"}
PROJECTS = {"demo": "The helpdesk's own", "web-shop": "Storefront and stock", "research": "Numerics group"}
_GRANTS = (
    ("admin", "demo", ("admin",)),
    ("helpdesk", "demo", ("manager", "member", "reader")),
    ("viewer", "demo", ("member", "reader")),
    ("shopkeeper", "web-shop", ("manager", "member", "reader")),
    ("scientist", "research", ("manager", "member", "reader")),
)


class _Identity:
    """The part of a session that uses Keystone: create records, and grant roles by names."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._roles = {role["name"]: role["id"] for role in rest.get("identity", "/roles")["roles"]}
        self._ids = {("user", "admin"): rest.token["user"]["id"], ("project", "admin"): rest.token["project"]["id"]}

    def make(self, kind: str, **fields: object) -> str:
        answer = self._rest.post("identity", f"/{kind}s", {kind: fields})
        self._ids[kind, str(fields.get("name"))] = answer[kind]["id"]
        return answer[kind]["id"]

    def make_endpoints(self, service: str, url: str, region: str) -> None:
        for interface in ("public", "internal", "admin"):
            self.make("endpoint", service_id=service, interface=interface, region_id=region, url=url)

    def find_service(self, kind: str) -> str:
        [service] = self._rest.get("identity", f"/services?type={kind}")["services"]
        return service["id"]

    def grant(self, user: str, project: str, *roles: str) -> None:
        for role in roles:
            self._rest.put(
                "identity",
                f"/projects/{self._ids['project', project]}/users/{self._ids['user', user]}/roles/{self._roles[role]}",
            )


def identity(ports: Ports, options: Options) -> None:
    """Fill Keystone, which has only an admin and its own endpoint after the bootstrap."""
    keystone = _Identity(Rest(ports.url("keystone")))
    keystone.make("project", name="service", domain_id="default")
    keystone.make("user", name="nova", password=PASSWORD, domain_id="default")
    keystone.grant("nova", "service", "admin", "service")
    services = {name: keystone.make("service", name=name, type=kind) for name, kind in _TYPES.items()}
    for name, service in services.items():
        keystone.make_endpoints(service, ports.url(name), REGION)
    for region in options.region_names[1:]:
        keystone.make("region", id=region)
        for name, service in (services | {"keystone": keystone.find_service("identity")}).items():
            keystone.make_endpoints(service, ports.url(name, region), region)
    for name, description in PROJECTS.items():
        keystone.make("project", name=name, description=description, domain_id="default")
    for user, project, roles in _GRANTS:
        if user != "admin":
            keystone.make("user", name=user, password=PASSWORD, domain_id="default")
        keystone.grant(user, project, *roles)
