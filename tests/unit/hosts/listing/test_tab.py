# SPDX-License-Identifier: Apache-2.0
"""The list of hosts as a tab of Horizon's own page of the hypervisors."""

import re

import pytest
from openstack_dashboard.dashboards.admin.hypervisors.tabs import HypervisorHostTabs

from migration_panel.hosts.listing.views import MaintenanceTab
from tests.support.host_answers import SERVICES, tell_hosts
from tests.support.nova_answers import SIX_HOSTS, fault
from tests.support.user_requests import request_of

PAGE = "/admin/hypervisors/"
TAB = "hypervisor_info__maintenance"


@pytest.fixture
def nova(fake_cloud):
    tell_hosts(fake_cloud, *SIX_HOSTS)
    return fake_cloud


def opened(nova, **query):
    """The tab as Horizon renders it when it is opened."""
    request = request_of(nova, "admin")
    request.GET = {"tab": TAB, **query}
    group = HypervisorHostTabs(request)
    return group, group.get_tab("maintenance")


def test_horizon_has_taken_it_in(nova):
    group, tab = opened(nova)
    assert isinstance(tab, MaintenanceTab)
    assert group.get_selected_tab() is tab
    assert not tab.preload


def test_it_shows_the_list_and_its_links_stay_on_the_tab(nova):
    html = opened(nova, sort="-host", zone="az2")[1].render()
    assert re.findall(r'<tr data-host="([^"]*)"', html) == ["compute-10"]
    assert f'href="{PAGE}?tab={TAB}&amp;zone=az2&amp;sort=host"' in html
    assert f'action="{PAGE}"' in html
    assert f'<input type="hidden" name="tab" value="{TAB}">' in html


def test_nova_that_fails_leaves_horizons_page_alone(nova):
    nova.on("GET", SERVICES, status=503, json=fault("computeFault", 503, "oops"))
    assert "The compute service (Nova) gave no usable answer." in opened(nova)[1].render()


@pytest.mark.parametrize(("roles", "there"), [(("admin",), True), (("manager", "member", "reader"), False)])
def test_it_is_there_for_whom_policy_allows_it(nova, roles, there):
    assert (HypervisorHostTabs(request_of(nova, *roles)).get_tab("maintenance") is not None) == there
