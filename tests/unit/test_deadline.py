# SPDX-License-Identifier: Apache-2.0
"""No request lasts longer than TIMEOUT + 2 s or makes more calls than it may, whatever hangs."""

import asyncio
import re
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial

import pytest
from asgiref.sync import async_to_sync
from django.test import RequestFactory, override_settings
from openstack_dashboard.dashboards.admin.hypervisors.tabs import HypervisorHostTabs

from migration_panel import deadline
from migration_panel.api import session as api_session
from migration_panel.api.concurrency import gather, gather_paced
from migration_panel.api.nova import Nova
from migration_panel.api.placement import Placement
from migration_panel.api.session import LimitedSession
from migration_panel.board.detail.views import InstanceMigrationsTab
from migration_panel.deadline import GRACE, ORDERS, SPARE, Deadline, OutOfTime, current, limits
from migration_panel.exceptions import RequestRejected, ServiceUnavailable, SessionExpired
from tests.support.fake_clock import FakeClock
from tests.support.fake_cloud import COMPUTE
from tests.support.host_answers import tell_hosts
from tests.support.nova_answers import INSTANCE, LISTED, MIGRATION, SERVER, SIX_HOSTS, listed, server
from tests.support.user_requests import access, request_of
from tests.unit.board.detail.test_tab import Group

JSON = {"accept": "application/json"}
HTML = {"accept": "text/html"}
GET = RequestFactory().get("/")
POST = RequestFactory().post("/")
# Far more than any limit that is set here, and far less than what hangs lasts, s.
SOON = 60
HANGS = 600


@pytest.fixture(autouse=True)
def hung_calls_end_with_their_test():
    """End the calls, so that the process does not wait for their threads."""
    let_go = threading.Event()
    yield let_go
    let_go.set()


@contextmanager
def soon():
    start = time.monotonic()
    yield
    assert time.monotonic() - start < SOON


def failures(count):
    now = f"{datetime.now(timezone.utc):%FT%T.000000}"
    record = LISTED | {"status": "error", "migration_type": "migration", "created_at": now, "updated_at": now}
    ids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(1, count + 1)]
    return {"migrations": [record | {"id": n, "uuid": one, "instance_uuid": one} for n, one in enumerate(ids, 1)]}


def counted(cloud):
    return Counter(re.sub(r"[0-9a-f-]{36}", "*", call) for call in cloud.panel_calls)


class Dripping:
    """A server that sends the beginning of an answer, and then a byte now and then."""

    def __init__(self, head):
        self.head, self.over, self.calls = head, threading.Event(), 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while not self.over.is_set():
            try:
                peer, _address = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            threading.Thread(target=self._drip, args=(peer,), daemon=True).start()

    def _drip(self, peer):
        with peer:
            try:
                peer.sendall(self.head)
                while not self.over.wait(0.05):
                    peer.sendall(b" ")
            except OSError:
                return

    def stop(self):
        self.over.set()
        self._socket.close()


HEADS = {
    "body": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
}


@pytest.fixture(params=HEADS)
def dripping(request):
    made = Dripping(HEADS[request.param])
    yield made
    made.stop()


@pytest.mark.parametrize("path", ["", "status/", "history/", "hosts/", f"{INSTANCE}/live/", f"{INSTANCE}/live/check/"])
@pytest.mark.parametrize("dripping", ["body"], indirect=True)
def test_answer_that_drips_delays_no_page(settings, client, login, dripping, path):
    settings.MIGRATION_PANEL = {"TIMEOUT": 0.5}
    login(client, nova_url=f"{dripping.url}/v2.1")
    with soon():
        answer = client.get(f"/admin/migrations/{path}", headers=JSON)
    assert answer.status_code in (200, 503)
    assert dripping.calls > 0


@override_settings(MIGRATION_PANEL={"TIMEOUT": 0.5})
def test_answer_that_drips_is_waited_for_until_the_deadline_only(fake_cloud, dripping):
    session = api_session.session(access(fake_cloud))
    with soon(), limits(GET), pytest.raises(OutOfTime):
        session.get(dripping.url)


@pytest.mark.parametrize("path", ["", "status/"])
def test_group_ends_at_its_first_outage(settings, helpdesk_client, fake_cloud, path):
    """The list is quick, the instances are not: each of 200 would wait for its turn, and then for TIMEOUT."""
    settings.MIGRATION_PANEL = {"TIMEOUT": 2, "CONCURRENCY": 4}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failures(200))
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": []})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server(), delay=HANGS)
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={"instanceActions": []}, delay=HANGS)
    with soon():
        answer = helpdesk_client.get(f"/project/migrations/{path}", headers=JSON if path else HTML)
    assert answer.status_code == 200
    assert counted(fake_cloud)[f"GET {COMPUTE}/servers/*"] <= 8


def test_request_makes_no_more_calls_than_it_may(settings, helpdesk_client, fake_cloud):
    settings.MIGRATION_PANEL = {"MAX_CALLS": 50}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failures(200))
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": []})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=lambda call: {"server": SERVER | {"id": call.path.split("/")[3]}})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={"instanceActions": []})
    answer = helpdesk_client.get("/project/migrations/status/", headers=JSON)
    assert len(answer.json()["migrations"]) == 200
    assert len(fake_cloud.panel_calls) == 50


def test_expired_session_ends_a_group_at_once(settings, helpdesk_client, fake_cloud):
    settings.MIGRATION_PANEL = {"CONCURRENCY": 4}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failures(200))
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": []})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json={}, status=401)
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={}, status=401)
    answer = helpdesk_client.get("/project/migrations/status/", headers=JSON)
    assert answer.status_code == 401
    assert len(fake_cloud.panel_calls) < 20


def test_outage_of_one_service_is_no_outage_of_another(fake_cloud):
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server())
    request = request_of(fake_cloud, "admin")
    with limits(GET):
        current().record_outage(Placement.of(request).access.endpoint, ServiceUnavailable("late"))
        assert Nova.connect(request).server(INSTANCE).id == INSTANCE
        with pytest.raises(ServiceUnavailable):
            Placement.of(request)._get("/", {})


def test_limits_are_those_of_one_request_and_not_of_the_next(fake_cloud):
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server())
    nova = Nova(access(fake_cloud))
    with limits(GET):
        current().record_outage(nova.access.endpoint, ServiceUnavailable("late"))
        with pytest.raises(ServiceUnavailable):
            nova.server(INSTANCE)
    with limits(GET):
        assert nova.server(INSTANCE).id == INSTANCE
    assert current() is None


def test_inner_limits_do_not_extend_the_outer_limits():
    with limits(GET):
        outer = current()
        with limits(POST):
            assert current() is outer


@override_settings(MIGRATION_PANEL={"MAX_CALLS": 7, "TIMEOUT": 3})
@pytest.mark.parametrize(("request_made", "calls"), [(GET, 7), (POST, 7 * ORDERS)], ids=["GET", "POST"])
def test_limits_are_as_configured(clock, request_made, calls):
    with limits(request_made):
        assert current().calls == calls
        assert current().left() == 3 + GRACE


@pytest.fixture
def clock(monkeypatch):
    clock = FakeClock(100.0)
    monkeypatch.setattr(deadline, "time", clock)
    return clock


def test_call_gets_the_time_that_is_left(clock):
    limit = Deadline(ends=110.0, calls=10)
    assert limit.start_call("nova") == 10 - SPARE
    clock.now += 7
    assert limit.start_call("nova") == 3 - SPARE
    clock.now += 3 - SPARE
    with pytest.raises(OutOfTime):
        limit.start_call("nova")


def test_change_is_undone_whatever_the_limits(clock):
    limit = Deadline(ends=110.0, calls=0)
    limit.record_outage("nova", ServiceUnavailable("late"))
    clock.now += 20
    assert limit.start_call("nova", undoes=True) == SPARE


def test_first_outage_of_a_service_is_the_one_that_is_reported(clock):
    limit = Deadline(ends=110.0, calls=10)
    limit.record_outage("nova", ServiceUnavailable("first"))
    limit.record_outage("nova", ServiceUnavailable("second"))
    with pytest.raises(ServiceUnavailable, match="first"):
        limit.start_call("nova")
    assert limit.start_call("placement")


def test_put_is_made_after_an_outage(fake_cloud):
    """A host's service is enabled again after a drain that could not be started."""
    fake_cloud.on("PUT", f"{COMPUTE}/os-services/1", json={})
    session = api_session.session(access(fake_cloud))
    with limits(GET):
        current().record_outage(fake_cloud.nova_url, ServiceUnavailable("late"))
        assert session.put(f"{fake_cloud.nova_url}/os-services/1").status_code == 200


@override_settings(MIGRATION_PANEL={"CONCURRENCY": 2})
async def test_calls_that_wait_for_a_thread_are_not_made_after_an_error():
    made = []

    def call(number):
        made.append(number)
        raise RequestRejected("no")

    with pytest.raises(RequestRejected):
        await gather([partial(call, number) for number in range(50)])
    await asyncio.sleep(0.1)
    assert len(made) < 10


@override_settings(MIGRATION_PANEL={"TIMEOUT": 0.1})
def test_group_is_waited_for_until_the_deadline_only(hung_calls_end_with_their_test):
    """Nor is the end of its event loop held up."""
    hang = partial(hung_calls_end_with_their_test.wait, HANGS)
    with soon(), limits(GET), pytest.raises(OutOfTime):
        async_to_sync(gather)([lambda: 1, hang])


@override_settings(MIGRATION_PANEL={"TIMEOUT": 0.1})
def test_paced_calls_are_waited_for_until_the_deadline_only(hung_calls_end_with_their_test):
    hang = partial(hung_calls_end_with_their_test.wait, HANGS)
    with soon(), limits(GET), pytest.raises(OutOfTime):
        async_to_sync(gather_paced)([hang, hang], most=2, going=lambda: True)


def test_finished_answer_counts_even_at_the_deadline():
    async def late():
        with limits(GET):
            current().ends = 0
            return await gather([])

    assert async_to_sync(late)() == []


def test_error_of_a_call_in_a_separate_thread_is_raised_unchanged():
    def fail():
        raise SessionExpired()

    with pytest.raises(SessionExpired):
        deadline.within_limits(fail, 5)


# Every page is limited: the limits are set in one place, which a page could miss.


@pytest.fixture
def limited_calls(monkeypatch):
    """For each call that is made, whether it was within limits."""
    seen = []
    real = LimitedSession.request

    def request(self, url, method, **given):
        seen.append(current() is not None)
        return real(self, url, method, **given)

    monkeypatch.setattr(LimitedSession, "request", request)
    return seen


PAGES = [
    "",
    "status/",
    "history/",
    "instances/?q=web",
    f"instances/{INSTANCE}/",
    f"{MIGRATION}/?instance={INSTANCE}",
    f"{INSTANCE}/live/",
    f"{INSTANCE}/live/check/",
    "hosts/",
    "hosts/compute-01/drain/",
    "hosts/compute-01/return/",
    "hosts/compute-01/run/",
    "hosts/compute-01/evacuate/",
]


@pytest.fixture
def nova(fake_cloud):
    tell_hosts(fake_cloud, *SIX_HOSTS)
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({}))
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server())
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": [SERVER]})
    return fake_cloud


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_limited(nova, admin_client, limited_calls, path):
    admin_client.get(f"/admin/migrations/{path}", headers=HTML)
    assert limited_calls
    assert all(limited_calls)


@pytest.mark.parametrize("path", ["status/", f"{INSTANCE}/live/check/", "hosts/compute-01/run/"])
async def test_each_async_page_is_limited_under_asgi(nova, async_client, login, limited_calls, path):
    await asyncio.to_thread(login, async_client, roles=("admin",))
    await async_client.get(f"/admin/migrations/{path}", headers=JSON)
    assert limited_calls
    assert all(limited_calls)


def test_tab_of_an_instance_is_limited(nova, limited_calls):
    request = request_of(nova, "admin")
    request.horizon = {"dashboard": type("Dashboard", (), {"slug": "admin"})}
    InstanceMigrationsTab(Group(), request).get_context_data(request)
    assert limited_calls
    assert all(limited_calls)


def test_tab_of_the_hypervisors_is_limited(nova, limited_calls):
    request = request_of(nova, "admin")
    request.GET = {"tab": "hypervisor_info__maintenance"}
    HypervisorHostTabs(request).get_tab("maintenance").get_context_data(request)
    assert limited_calls
    assert all(limited_calls)
