# SPDX-License-Identifier: Apache-2.0
"""Nova silently ignores a filter for some roles, and hides hosts from other roles: nothing may be done then."""

import pytest

from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON, uuid_of
from tests.support.nova_answers import LISTED

HOSTS = "/admin/migrations/hosts/compute-01"
DRAIN, RETURN, RUN = f"{HOSTS}/drain/", f"{HOSTS}/return/", f"{HOSTS}/run/"
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml"}
NAME = "OS-EXT-SRV-ATTR:host"


def without_host(server):
    return {name: value for name, value in server.items() if name != NAME}


@pytest.fixture(params=["no hosts", "all hosts", "some without a host"])
def host(request, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.add("elsewhere", **{NAME: "compute-02"})
    servers = list(host.servers.values())
    listed = {
        "no hosts": [without_host(server) for server in servers],
        "all hosts": servers,
        "some without a host": [*servers[:1], without_host(servers[1])],
    }
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": listed[request.param]})
    return host


@pytest.mark.parametrize(("method", "path"), [("post", DRAIN), ("get", DRAIN), ("post", RUN), ("get", RUN)])
@pytest.mark.parametrize("under_way", [False, True])
def test_instances_of_other_hosts_are_not_counted_for_the_host(admin_client, fake_cloud, host, method, path, under_way):
    if under_way:
        host.service |= {"status": "disabled", "disabled_reason": REASON}
    answer = getattr(admin_client, method)(path, headers=JSON)
    assert answer.status_code == 403
    assert (host.requested, fake_cloud.made("PUT", "*")) == ([], [])


def test_page_says_which_rights_are_missing(admin_client, host):
    page = admin_client.get(DRAIN, headers=HTML)
    assert (page.status_code, "allow_all_filters" in page.content.decode()) == (403, True)


@pytest.mark.parametrize("ends", [(None, None), ("compute-02", "compute-03")])
def test_migrations_of_other_hosts_or_without_hosts_are_not_counted_for_the_host(admin_client, fake_cloud, ends):
    """Otherwise the host would seem free of migrations."""
    host = FakeHost(fake_cloud)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    names = {"uuid": uuid_of("m"), "instance_uuid": uuid_of("web"), "source_compute": ends[0], "dest_compute": ends[1]}
    host.migrations.append(LISTED | names)
    assert admin_client.get(RUN, headers=JSON).status_code == 403
    assert admin_client.post(RETURN, headers=JSON).status_code == 403
    assert host.service["status"] == "disabled"
