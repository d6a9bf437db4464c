# SPDX-License-Identifier: Apache-2.0
"""Flavors, an image, a network and availability zones, which instances need."""

from __future__ import annotations

from devcloud.layout import Options, Ports
from devcloud.rest import Rest

FLAVORS = (  # name, vCPUs, memory in MiB, disk in GiB
    ("m1.tiny", 1, 512, 1),
    ("m1.small", 1, 2048, 20),
    ("m1.medium", 2, 4096, 40),
    ("m1.large", 4, 8192, 80),
    ("m1.xlarge", 8, 16384, 160),
)
IMAGE = "debian-12"
NETWORK = "internal"


def resources(ports: Ports, options: Options) -> None:
    """Create the resources that every cloud has."""
    first = Rest(ports.url("keystone"))
    _make_image(first)
    _make_network(first)
    for region in options.region_names:
        rest = Rest(ports.url("keystone"), region=region)
        for name, vcpus, ram, disk in FLAVORS:
            rest.post("compute", "/flavors", {"flavor": {"name": name, "vcpus": vcpus, "ram": ram, "disk": disk}})
        for zone, hosts in zip(("az1", "az2"), options.halves(region), strict=True):
            _make_zone(rest, zone, hosts)


def _make_image(rest: Rest) -> None:
    image = {"name": IMAGE, "disk_format": "raw", "container_format": "bare", "visibility": "public"}
    made = rest.post("image", "/v2/images", image)
    rest.put("image", f"/v2/images/{made['id']}/file", bytes(64 * 1024))


def _make_network(rest: Rest) -> None:
    network = rest.post("network", "/v2.0/networks", {"network": {"name": NETWORK, "shared": True}})["network"]
    subnet = {"name": NETWORK, "network_id": network["id"], "ip_version": 4, "cidr": "10.20.0.0/22"}
    rest.post("network", "/v2.0/subnets", {"subnet": subnet})


def _make_zone(rest: Rest, name: str, hosts: list[str]) -> None:
    body = {"aggregate": {"name": name, "availability_zone": name}}
    aggregate = rest.post("compute", "/os-aggregates", body)["aggregate"]["id"]
    for host in hosts:
        rest.post("compute", f"/os-aggregates/{aggregate}/action", {"add_host": {"host": host}})
