# SPDX-License-Identifier: Apache-2.0
"""Times are in the reader's zone, with its name, on pages and in polls; machines get UTC."""

import re

import pytest
from django.utils import timezone
from openstack_dashboard.dashboards.admin.hypervisors.tabs import HypervisorHostTabs

from migration_panel.board.detail.views import InstanceMigrationsTab
from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import FakeHost
from tests.support.host_answers import list_hosts
from tests.support.host_records import REASON
from tests.support.nova_answers import INSTANCE, MIGRATION, action, actions, listed, server
from tests.support.tabs import TabGroup
from tests.support.user_requests import request_of

BOARD = "/admin/migrations/"
SCRIPT = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
PAGE = {"Accept": "text/html"}
RUN = f"{BOARD}hosts/compute-01/run/"
DETAIL = f"{BOARD}{MIGRATION}/?instance={INSTANCE}"


@pytest.fixture
def reader(admin_client):
    """Return a client in Tokyo, served by a thread whose last user was in Berlin."""
    admin_client.cookies["django_timezone"] = "Asia/Tokyo"
    with timezone.override("Europe/Berlin"):
        yield admin_client


@pytest.fixture
def failed_migration(fake_cloud):
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({"status": "error"}))
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server())
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json=actions({}))
    fake_cloud.on(
        "GET", f"{COMPUTE}/servers/*/os-instance-actions/*", json=action({"details": None, "result": "Success"})
    )
    return fake_cloud


@pytest.fixture
def drain_in_progress(fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    return fake_cloud


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_rows_of_page_and_poll_show_times_in_the_readers_zone(reader, failed_migration):
    page = text(reader.get(BOARD, headers=PAGE))
    poll = reader.get(f"{BOARD}status/?html=1", headers=SCRIPT).json()["migrations"][0]["html"]
    for shown in (page, poll):
        assert "JST" in re.search(r'<time\s[^>]*title="([^"]*)"', shown)[1]
        assert 'datetime="2026-11-22T12:00:00+00:00"' in shown
    assert "21:00:42 JST" in poll


def test_detail_page_and_its_poll_show_times_in_the_readers_zone(reader, failed_migration):
    page = text(reader.get(DETAIL, headers=PAGE))
    part = text(reader.get(f"{DETAIL}&part=1", headers={"X-Requested-With": "XMLHttpRequest"}))
    for shown in (page, part):
        assert "2026-11-22 21:00:00 JST" in shown
        assert "21:00:42 JST" in shown
        assert "CET" not in shown
        assert not re.search(r'datetime="[^"]*\+0[1-9]', shown)


@pytest.mark.parametrize("headers", [PAGE, SCRIPT], ids=["page", "poll"])
def test_page_and_poll_of_a_run_show_its_start_in_the_readers_zone(reader, drain_in_progress, headers):
    answer = reader.get(f"{RUN}?html=1", headers=headers)
    shown = text(answer) if headers is PAGE else answer.json()["html"]
    assert '<time datetime="2026-11-22T14:00:05Z">2026-11-22 23:00:05 JST</time>' in shown
    assert "UTC" not in shown


def test_plan_of_a_drain_shows_its_start_in_the_readers_zone(reader, drain_in_progress):
    shown = text(reader.get(f"{BOARD}hosts/compute-01/drain/", headers=PAGE))
    assert '<time datetime="2026-11-22T14:00:05Z">2026-11-22 23:00:05 JST</time>' in shown


def test_poll_restores_the_zone_of_the_thread(reader, failed_migration):
    reader.get(f"{BOARD}status/?html=1", headers=SCRIPT)
    assert timezone.get_current_timezone_name() == "Europe/Berlin"


@pytest.mark.asyncio
async def test_poll_under_asgi_shows_times_in_the_readers_zone(async_client, login, failed_migration):
    client = login(async_client)
    client.cookies["django_timezone"] = "Asia/Tokyo"
    answer = await client.get(f"{BOARD}status/?html=1", headers=SCRIPT)
    assert "21:00:42 JST" in answer.json()["migrations"][0]["html"]


@pytest.mark.asyncio
async def test_run_under_asgi_shows_times_in_the_readers_zone(async_client, login, drain_in_progress):
    client = login(async_client, roles=("admin", "manager", "member", "reader"))
    client.cookies["django_timezone"] = "Asia/Tokyo"
    answer = await client.get(f"{RUN}?html=1", headers=SCRIPT)
    assert "23:00:05 JST" in answer.json()["html"]


def test_tab_of_an_instance_shows_times_in_the_readers_zone(failed_migration):
    request = request_of(failed_migration, "admin")
    request.horizon = {"dashboard": type("Admin", (), {"slug": "admin"})}
    request.COOKIES["django_timezone"] = "Asia/Tokyo"
    tab = InstanceMigrationsTab(TabGroup(), request)
    tab.preload = True
    with timezone.override("Europe/Berlin"):
        shown = tab.render()
    assert "21:00:42 JST" in shown
    assert "CET" not in shown


def test_tab_of_the_hosts_shows_times_in_the_readers_zone(fake_cloud):
    reason = {"status": "disabled", "disabled_reason": REASON}
    list_hosts(fake_cloud, {"host": "compute-01"} | reason)
    request = request_of(fake_cloud, "admin")
    request.GET = {"tab": "hypervisor_info__maintenance"}
    request.COOKIES["django_timezone"] = "Asia/Tokyo"
    with timezone.override("Europe/Berlin"):
        assert "2026-11-22 23:00:05 JST" in HypervisorHostTabs(request).get_tab("maintenance").render()


def test_history_parses_times_in_the_readers_zone(reader, failed_migration):
    reader.get(f"{BOARD}history/?since=2026-11-22T21:00", headers=PAGE)
    assert (
        failed_migration.made("GET", f"{COMPUTE}/os-migrations")[-1]
        .query["changes-since"]
        .startswith("2026-11-22T12:00:00")
    )
