# SPDX-License-Identifier: Apache-2.0
"""Prints what processor time a form and its checks take in this process, over services that answer at once.

PYTHONPATH=. DJANGO_SETTINGS_MODULE=tests.settings python benchmarks/form_page.py [hosts]
"""

import json
import statistics
import sys
import time

import django

django.setup()

# Horizon's settings have to be there before these.
from django.test import Client  # noqa: E402

from tests.answers import INSTANCE, candidates, hypervisors, ports, server, services  # noqa: E402
from tests.fake_cloud import FakeCloud, running_fake_cloud  # noqa: E402
from tests.login import catalogue, make_token, put_in_session  # noqa: E402

FORM = f"/admin/migrations/{INSTANCE}/live/"
TIMES = 10
# As many as libvirt tells of a host of today.
TRAITS = [f"HW_CPU_X86_TRAIT_NUMBER_{number}" for number in range(90)]
FEATURES = [f"feature-{number}" for number in range(120)]


def tell(cloud: FakeCloud, number: int) -> None:
    """Answers are put together once, so that little of the time is the services'."""
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
        token = make_token(catalogue(**urls, placement=cloud.placement_url), roles=["admin"])
        put_in_session(client, token, cloud.keystone_url)
        for count in (1, number):
            tell(cloud, count)
            size = len(client.get(FORM).content) / 1024
            form, check = timed(client, FORM), timed(client, f"{FORM}check/?destination=compute-2")
            print(f"{count} hosts: form {form:.0f} ms, {size:.0f} KiB of HTML; checks {check:.0f} ms")


def timed(client: Client, address: str) -> float:
    """Median of some requests, in milliseconds of processor time, the services' own included."""
    took = []
    for _ in range(TIMES):
        start = time.process_time()
        answer = client.get(address)
        took.append(1000 * (time.process_time() - start))
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
    return statistics.median(took)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
