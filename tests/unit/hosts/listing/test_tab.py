# SPDX-License-Identifier: Apache-2.0
"""The list of compute hosts as a tab of Horizon's page of hypervisors."""

import re

import pytest
from openstack_dashboard.dashboards.admin.hypervisors.tabs import HypervisorHostTabs

from migration_panel.hosts.listing.views import MaintenanceTab
from tests.support.host_answers import SERVICES, list_hosts
from tests.support.nova_answers import SIX_HOSTS, fault
from tests.support.user_requests import request_of

PAGE = "/admin/hypervisors/"
TAB = "hypervisor_info__maintenance"


@pytest.fixture
def nova(fake_cloud):
    list_hosts(fake_cloud, *SIX_HOSTS)
    return fake_cloud


def open_tab(nova, **query):
    """Return the group of tabs and the tab, as Horizon builds them when the user opens the tab."""
    request = request_of(nova, "admin")
    request.GET = {"tab": TAB, **query}
    group = HypervisorHostTabs(request)
    return group, group.get_tab("maintenance")


def test_tab_is_part_of_horizons_page_and_loads_when_opened(nova):
    group, tab = open_tab(nova)
    assert isinstance(tab, MaintenanceTab)
    assert group.get_selected_tab() is tab
    assert not tab.preload


def test_tab_shows_the_list_and_its_links_stay_on_the_tab(nova):
    html = open_tab(nova, sort="-host", zone="az2")[1].render()
    assert re.findall(r'<tr data-host="([^"]*)"', html) == ["compute-10"]
    assert f'href="{PAGE}?tab={TAB}&amp;zone=az2&amp;sort=host"' in html
    assert f'action="{PAGE}"' in html
    assert f'<input type="hidden" name="tab" value="{TAB}">' in html


def test_tab_shows_the_error_when_nova_fails(nova):
    nova.on("GET", SERVICES, status=503, json=fault("computeFault", 503, "oops"))
    assert "The compute service (Nova) returned no usable answer." in open_tab(nova)[1].render()


@pytest.mark.parametrize(
    ("roles", "expected"),
    [(("admin",), True), (("manager", "member", "reader"), False)],
    ids=["admin", "manager"],
)
def test_tab_exists_only_if_policy_allows_it(nova, roles, expected):
    assert (HypervisorHostTabs(request_of(nova, *roles)).get_tab("maintenance") is not None) == expected
