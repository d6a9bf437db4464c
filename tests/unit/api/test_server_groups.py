# SPDX-License-Identifier: Apache-2.0
"""Server groups of all projects: read to the end, by offset."""

from migration_panel.api.nova import Nova
from migration_panel.api.nova_servers import MAX_GROUP_PAGES
from tests.support.user_requests import access

PATH = "/v2.1/os-server-groups"


def group(number):
    return {"id": f"g{number}", "name": f"group-{number}", "policy": "anti-affinity", "rules": {}, "members": ["a"]}


def in_pages(cloud, number, size):
    groups = [group(one) for one in range(number)]
    cloud.on("GET", PATH, json=lambda call: {"server_groups": groups[int(call.query["offset"]) :][:size]})


def read(cloud):
    groups = Nova(access(cloud))
    cloud.forget()
    return groups.server_groups()


def test_server_groups_are_read_to_the_end(fake_cloud):
    in_pages(fake_cloud, 5, size=2)
    listing = read(fake_cloud)
    assert [one.id for one in listing.records] == ["g0", "g1", "g2", "g3", "g4"]
    assert listing.complete
    assert [call.query["offset"] for call in fake_cloud.calls] == ["0", "2", "4", "5"]
    assert {call.query["all_projects"] for call in fake_cloud.calls} == {"True"}


def test_server_groups_beyond_the_limit_make_the_list_incomplete(fake_cloud):
    in_pages(fake_cloud, 100, size=1)
    listing = read(fake_cloud)
    assert (len(listing.records), listing.complete) == (MAX_GROUP_PAGES, False)
    assert len(fake_cloud.calls) == MAX_GROUP_PAGES
