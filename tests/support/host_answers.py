# SPDX-License-Identifier: Apache-2.0
"""A cloud that tells of its hosts."""

from typing import Any

from tests.support.fake_cloud import FakeCloud
from tests.support.nova_answers import hypervisors, listed, services

PAGE = "/admin/migrations/hosts/"
SERVICES = "/v2.1/os-services"
HYPERVISORS = "/v2.1/os-hypervisors/detail"
MIGRATIONS = "/v2.1/os-migrations"


def tell_hosts(cloud: FakeCloud, *hosts: dict[str, Any], nodes: list[dict[str, Any]] | None = None) -> None:
    """Each host changes the record of a service; each has a hypervisor, unless ``nodes`` tell which there are."""
    told = [one["host"] for one in hosts] if nodes is None else nodes
    cloud.on("GET", SERVICES, json=services(*hosts))
    cloud.on("GET", HYPERVISORS, json=hypervisors(*told))
    cloud.on("GET", MIGRATIONS, json=listed())
