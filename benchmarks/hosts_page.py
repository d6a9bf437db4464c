# SPDX-License-Identifier: Apache-2.0
"""Print how long the page of all hosts takes in this process, over a Nova that answers at once.

PYTHONPATH=. DJANGO_SETTINGS_MODULE=tests.settings python benchmarks/hosts_page.py [hosts]
"""

import sys

import django

django.setup()

# These imports need Horizon's settings.
from django.test import Client  # noqa: E402

from benchmarks.in_process import timed  # noqa: E402
from tests.support.fake_cloud import running_fake_cloud  # noqa: E402
from tests.support.host_answers import MIGRATIONS, PAGE, list_hosts  # noqa: E402
from tests.support.login import make_token, put_in_session, service_catalog  # noqa: E402
from tests.support.nova_answers import listed  # noqa: E402

TIMES = 10


def main(number: int) -> None:
    with running_fake_cloud() as cloud:
        list_hosts(cloud, *({"host": f"node-{index}", "zone": f"az{index % 5}"} for index in range(number)))
        cloud.on("GET", MIGRATIONS, json=listed(*({"id": index} for index in range(500))))
        client = Client()
        services = service_catalog(nova=cloud.nova_url, keystone=cloud.keystone_url, neutron=cloud.neutron_url)
        put_in_session(client, make_token(services, roles=["admin"]), cloud.keystone_url)
        page = client.get(PAGE).content
        empty, full = timed(client, f"{PAGE}?name=none-such", TIMES), timed(client, PAGE, TIMES)
    print(f"{number} hosts: {full:.0f} ms, of which the rows {full - empty:.0f} ms; {len(page) / 1024:.0f} KiB of HTML")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
