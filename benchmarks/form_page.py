# SPDX-License-Identifier: Apache-2.0
"""Print the processor time of a form and its checks in this process, over services that answer at once.

PYTHONPATH=. DJANGO_SETTINGS_MODULE=tests.settings python benchmarks/form_page.py [hosts]
"""

import json
import sys

import django

django.setup()

# These imports need Horizon's settings.
from django.test import Client  # noqa: E402

from benchmarks.in_process import timed  # noqa: E402
from tests.support.fake_cloud import FakeCloud, running_fake_cloud  # noqa: E402
from tests.support.login import make_token, put_in_session, service_catalog  # noqa: E402
from tests.support.nova_answers import INSTANCE, candidates, hypervisors, ports, server, services  # noqa: E402

FORM = f"/admin/migrations/{INSTANCE}/live/"
TIMES = 10
# As many as libvirt reports on a host today.
TRAITS = [f"HW_CPU_X86_TRAIT_NUMBER_{number}" for number in range(90)]
FEATURES = [f"feature-{number}" for number in range(120)]


def tell(cloud: FakeCloud, number: int) -> None:
    """Build answers once, so that the services take little of the time."""
    names = [f"compute-{index}" for index in range(1, number + 1)]
    room, nodes = candidates(*names), hypervisors(*names)
    for summary in room["provider_summaries"].values():
        summary["traits"] = TRAITS
    for node in nodes["hypervisors"]:
        node["cpu_info"]["features"] = FEATURES
    answers = {
        f"/v2.1/servers/{INSTANCE}": server(server_groups=[], pinned_availability_zone=None),
        "/v2.1/os-services": services(*({"host": name} for name in names)),
        "/v2.1/os-hypervisors/detail": nodes,
        "/network/v2.0/ports": ports("normal"),
        "/placement/allocation_candidates": room,
    }
    for path, answer in answers.items():
        cloud.on("GET", path, json=json.dumps(answer).encode())


def main(number: int) -> None:
    with running_fake_cloud() as cloud:
        urls = {"nova": cloud.nova_url, "keystone": cloud.keystone_url, "neutron": cloud.neutron_url}
        client = Client()
        token = make_token(service_catalog(**urls, placement=cloud.placement_url), roles=["admin"])
        put_in_session(client, token, cloud.keystone_url)
        for count in (1, number):
            tell(cloud, count)
            size = len(client.get(FORM).content) / 1024
            form, check = timed(client, FORM, TIMES), timed(client, f"{FORM}check/?destination=compute-2", TIMES)
            print(f"{count} hosts: form {form:.0f} ms, {size:.0f} KiB of HTML; checks {check:.0f} ms")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
