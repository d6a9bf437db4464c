# SPDX-License-Identifier: Apache-2.0
"""Nova's lists in pages: each full page, and no other page, has a link to the next page."""

from functools import partial

import pytest

from migration_panel.api.nova import Nova
from migration_panel.api.session import Access


@pytest.fixture
def nova(admin_nova):
    endpoint = admin_nova.client.get_endpoint().rstrip("/")
    return Nova(Access(endpoint, "", frozenset(["admin"]), admin_nova.client.get_token()))


def whole(ask, mark, size):
    """Return the records of all pages of this size, and the number of records of each page."""
    page = ask(limit=size)
    found, sizes = list(page.records), [len(page.records)]
    while page.more:
        page = ask(limit=size, marker=mark(page.records[-1]))
        found += page.records
        sizes.append(len(page.records))
    return found, sizes


@pytest.mark.parametrize("what", ["instances", "migrations"])
def test_small_pages_are_the_whole_list(nova, what):
    ask, mark = {
        "instances": (partial(nova.servers_on, "compute-01"), lambda one: one.id),
        "migrations": (partial(nova.migrations_page, host="compute-01"), lambda one: one.uuid),
    }[what]
    once = ask(limit=1000)
    assert len(once.records) > 2
    assert not once.more
    assert ask(limit=len(once.records)).more
    found, sizes = whole(ask, mark, 2)
    assert [mark(one) for one in found] == [mark(one) for one in once.records]
    assert set(sizes[:-1]) == {2}
    assert sizes[-1] < 2


def test_all_ids_of_the_cloud_are_listed(nova):
    page = nova.server_ids(all_projects=True)
    assert len(page.records) > 20
    assert not page.more
