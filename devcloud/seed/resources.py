# SPDX-License-Identifier: Apache-2.0
"""Flavors, an image, a network and availability zones: what instances need."""

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
    """Make what every cloud has, whatever its data."""
    rest = Rest(ports.url("keystone"))
    for name, vcpus, ram, disk in FLAVORS:
        rest.post("compute", "/flavors", {"flavor": {"name": name, "vcpus": vcpus, "ram": ram, "disk": disk}})
    _make_image(rest)
    _make_network(rest)
    half = (len(options.hosts) + 1) // 2
    _make_zone(rest, "az1", options.hosts[:half])
    _make_zone(rest, "az2", options.hosts[half:])


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
