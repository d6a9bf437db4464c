# SPDX-License-Identifier: Apache-2.0
"""Nova's answers about compute hosts."""

from typing import Any

from tests.support.fake_cloud import FakeCloud
from tests.support.nova_answers import hypervisors, listed, services

PAGE = "/admin/migrations/hosts/"
SERVICES = "/v2.1/os-services"
HYPERVISORS = "/v2.1/os-hypervisors/detail"
MIGRATIONS = "/v2.1/os-migrations"


def list_hosts(cloud: FakeCloud, *hosts: dict[str, Any], nodes: list[dict[str, Any]] | None = None) -> None:
    """Let Nova list services, hypervisors and no migrations.

    ``hosts``: changes of each service; ``nodes``: changes of each hypervisor, by default one for each host.
    """
    nodes = [{"host": host["host"]} for host in hosts] if nodes is None else nodes
    cloud.on("GET", SERVICES, json=services(*hosts))
    cloud.on("GET", HYPERVISORS, json=hypervisors(*nodes))
    cloud.on("GET", MIGRATIONS, json=listed())
