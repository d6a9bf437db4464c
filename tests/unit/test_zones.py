# SPDX-License-Identifier: Apache-2.0
"""Times are in the reader's zone, with its name, on pages and in polls alike; for machines they are UTC."""

import re

import pytest
from django.utils import timezone
from openstack_dashboard.dashboards.admin.hypervisors.tabs import HypervisorHostTabs

from migration_panel.board.detail.views import InstanceMigrationsTab
from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import FakeHost
from tests.support.host_answers import tell_hosts
from tests.support.host_records import REASON
from tests.support.nova_answers import INSTANCE, MIGRATION, action, actions, listed, server
from tests.support.user_requests import request_of

BOARD = "/admin/migrations/"
SCRIPT = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
PAGE = {"Accept": "text/html"}
RUN = f"{BOARD}hosts/compute-01/run/"
DETAIL = f"{BOARD}{MIGRATION}/?instance={INSTANCE}"


@pytest.fixture
def reader(admin_client):
    """A reader in Tokyo, served by a thread that somebody in Berlin used before."""
    admin_client.cookies["django_timezone"] = "Asia/Tokyo"
    with timezone.override("Europe/Berlin"):
        yield admin_client


@pytest.fixture
def failed(fake_cloud):
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({"status": "error"}))
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server())
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json=actions({}))
    fake_cloud.on(
        "GET", f"{COMPUTE}/servers/*/os-instance-actions/*", json=action({"details": None, "result": "Success"})
    )
    return fake_cloud


@pytest.fixture
def drained(fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    return fake_cloud


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_rows_of_page_and_poll_are_alike(reader, failed):
    page = text(reader.get(BOARD, headers=PAGE))
    poll = reader.get(f"{BOARD}status/?html=1", headers=SCRIPT).json()["migrations"][0]["html"]
    for shown in (page, poll):
        assert "JST" in re.search(r'<time [^>]*title="([^"]*)"', shown)[1]
        assert 'datetime="2026-11-22T12:00:00+00:00"' in shown
    assert "21:00:42 JST" in poll


def test_reason_of_the_detail_page_and_of_its_script_are_alike(reader, failed):
    page = text(reader.get(DETAIL, headers=PAGE))
    part = text(reader.get(f"{DETAIL}&part=1", headers={"X-Requested-With": "XMLHttpRequest"}))
    for shown in (page, part):
        assert "2026-11-22 21:00:00 JST" in shown
        assert "21:00:42 JST" in shown
        assert "CET" not in shown
        assert not re.search(r'datetime="[^"]*\+0[1-9]', shown)


@pytest.mark.parametrize("headers", [PAGE, SCRIPT], ids=["page", "poll"])
def test_head_of_a_run(reader, drained, headers):
    answer = reader.get(f"{RUN}?html=1", headers=headers)
    shown = text(answer) if headers is PAGE else answer.json()["html"]
    assert '<time datetime="2026-11-22T14:00:05Z">2026-11-22 23:00:05 JST</time>' in shown
    assert "UTC" not in shown


def test_plan_of_a_drain_that_is_in_progress(reader, drained):
    shown = text(reader.get(f"{BOARD}hosts/compute-01/drain/", headers=PAGE))
    assert '<time datetime="2026-11-22T14:00:05Z">2026-11-22 23:00:05 JST</time>' in shown


def test_poll_leaves_no_zone_behind(reader, failed):
    reader.get(f"{BOARD}status/?html=1", headers=SCRIPT)
    assert timezone.get_current_timezone_name() == "Europe/Berlin"


@pytest.mark.asyncio
async def test_poll_under_asgi(async_client, login, failed):
    client = login(async_client)
    client.cookies["django_timezone"] = "Asia/Tokyo"
    answer = await client.get(f"{BOARD}status/?html=1", headers=SCRIPT)
    assert "21:00:42 JST" in answer.json()["migrations"][0]["html"]


@pytest.mark.asyncio
async def test_run_under_asgi(async_client, login, drained):
    client = login(async_client, roles=("admin", "manager", "member", "reader"))
    client.cookies["django_timezone"] = "Asia/Tokyo"
    answer = await client.get(f"{RUN}?html=1", headers=SCRIPT)
    assert "23:00:05 JST" in answer.json()["html"]


class Group:
    """The attributes of Horizon's group of tabs that a tab reads."""

    kwargs = {"instance_id": INSTANCE}  # noqa: RUF012
    attrs = {}  # noqa: RUF012

    def get_id(self):
        return "instance_details"


def test_tab_that_horizon_loads_by_a_script(failed):
    request = request_of(failed, "admin")
    request.horizon = {"dashboard": type("Admin", (), {"slug": "admin"})}
    request.COOKIES["django_timezone"] = "Asia/Tokyo"
    tab = InstanceMigrationsTab(Group(), request)
    tab.preload = True
    with timezone.override("Europe/Berlin"):
        shown = tab.render()
    assert "21:00:42 JST" in shown
    assert "CET" not in shown


def test_tab_of_the_hosts(fake_cloud):
    reason = {"status": "disabled", "disabled_reason": REASON}
    tell_hosts(fake_cloud, {"host": "compute-01"} | reason)
    request = request_of(fake_cloud, "admin")
    request.GET = {"tab": "hypervisor_info__maintenance"}
    request.COOKIES["django_timezone"] = "Asia/Tokyo"
    with timezone.override("Europe/Berlin"):
        assert "2026-11-22 23:00:05 JST" in HypervisorHostTabs(request).get_tab("maintenance").render()


def test_history_reads_times_in_the_readers_zone(reader, failed):
    reader.get(f"{BOARD}history/?since=2026-11-22T21:00", headers=PAGE)
    assert failed.made("GET", f"{COMPUTE}/os-migrations")[-1].query["changes-since"].startswith("2026-11-22T12:00:00")
