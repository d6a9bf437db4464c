# SPDX-License-Identifier: Apache-2.0
"""A start during which Keystone starts after the other services, as on a slow machine."""

from __future__ import annotations

from dataclasses import dataclass

from devcloud import Cloud
from devcloud.rest import Rest

KEYSTONE_DELAY = 10  # seconds, longer than Nova loads its modules


@dataclass(frozen=True)
class LateStart:
    """A cloud, and what its services reported when the start had ended: later, tests stop some of them."""

    cloud: Cloud
    states: dict[str, list[str]]  # of the compute services, by region
    nodes: dict[str, int]  # number of resource providers by region
    log: str

    @classmethod
    def of(cls, cloud: Cloud) -> LateStart:
        rests = {region: Rest(cloud.auth_url, region=region) for region in cloud.options.region_names}
        services = {region: rest.get("compute", "/os-services?binary=nova-compute") for region, rest in rests.items()}
        providers = {region: rest.get("placement", "/resource_providers") for region, rest in rests.items()}
        return cls(
            cloud,
            {region: [service["state"] for service in listed["services"]] for region, listed in services.items()},
            {region: len(listed["resource_providers"]) for region, listed in providers.items()},
            "".join(log.read_text() for log in cloud.state.glob("*.log")),
        )

    def require_ready(self) -> None:
        """Raise AssertionError unless every host was up, and no service had called a Keystone that did not run."""
        hosts = {region: len(self.cloud.options.hosts_in(region)) for region in self.cloud.options.region_names}
        assert self.states == {region: ["up"] * number for region, number in hosts.items()}
        assert self.nodes == hosts
        assert "ConnectFailure" not in self.log
