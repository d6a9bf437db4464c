# SPDX-License-Identifier: Apache-2.0
"""No request lasts longer than TIMEOUT + 2 s or makes more calls than it may, whatever hangs."""

import asyncio
import re
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
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
from tests.support.host_answers import list_hosts
from tests.support.nova_answers import INSTANCE, MIGRATION, SERVER, SIX_HOSTS, failed_migrations, listed, server
from tests.support.tabs import TabGroup
from tests.support.user_requests import access, request_of

JSON = {"accept": "application/json"}
HTML = {"accept": "text/html"}
GET = RequestFactory().get("/")
POST = RequestFactory().post("/")
# Far longer than any limit in these tests, and far shorter than a call that hangs, s.
SOON = 60
HANG_SECONDS = 600


@pytest.fixture(autouse=True)
def end_of_test():
    """Return an event that is set at the end of the test.

    A call that hangs until then does not delay the end of the process, which waits for its threads.
    """
    ended = threading.Event()
    yield ended
    ended.set()


@contextmanager
def ends_soon():
    """Fail if the block takes longer than SOON."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < SOON


def calls_by_path(cloud):
    """Count the calls; each UUID in a path counts as ``*``."""
    return Counter(re.sub(r"[0-9a-f-]{36}", "*", call) for call in cloud.panel_calls)


class DrippingServer:
    """A server that sends the start of an answer, and then single bytes until it is stopped."""

    def __init__(self, head):
        self.head, self.stopped, self.calls = head, threading.Event(), 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while not self.stopped.is_set():
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
                while not self.stopped.wait(0.05):
                    peer.sendall(b" ")
            except OSError:
                return

    def stop(self):
        self.stopped.set()
        self._socket.close()


# Start of the answer, by the part of the answer that never ends.
STARTS = {
    "body": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
}


@pytest.fixture(params=STARTS)
def dripping(request):
    server = DrippingServer(STARTS[request.param])
    yield server
    server.stop()


@pytest.mark.parametrize("path", ["", "status/", "history/", "hosts/", f"{INSTANCE}/live/", f"{INSTANCE}/live/check/"])
@pytest.mark.parametrize("dripping", ["body"], indirect=True)
def test_page_does_not_wait_for_an_answer_that_never_ends(settings, client, login, dripping, path):
    settings.MIGRATION_PANEL = {"TIMEOUT": 0.5}
    login(client, nova_url=f"{dripping.url}/v2.1")
    with ends_soon():
        answer = client.get(f"/admin/migrations/{path}", headers=JSON)
    assert answer.status_code in (200, 503)
    assert dripping.calls > 0


@override_settings(MIGRATION_PANEL={"TIMEOUT": 0.5})
def test_call_with_an_answer_that_never_ends_stops_at_the_deadline(fake_cloud, dripping):
    session = api_session.session(access(fake_cloud))
    with ends_soon(), limits(GET), pytest.raises(OutOfTime):
        session.get(dripping.url)


@pytest.mark.parametrize("path", ["", "status/"])
def test_calls_stop_at_the_first_outage(settings, helpdesk_client, fake_cloud, path):
    """Only the list is answered: each of 200 instances would wait for a free thread, and then for TIMEOUT."""
    settings.MIGRATION_PANEL = {"TIMEOUT": 2, "CONCURRENCY": 4}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failed_migrations(200, migration_type="migration"))
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": []})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server(), delay=HANG_SECONDS)
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={"instanceActions": []}, delay=HANG_SECONDS)
    with ends_soon():
        answer = helpdesk_client.get(f"/project/migrations/{path}", headers=JSON if path else HTML)
    assert answer.status_code == 200
    assert calls_by_path(fake_cloud)[f"GET {COMPUTE}/servers/*"] <= 8


def test_request_makes_at_most_max_calls(settings, helpdesk_client, fake_cloud):
    settings.MIGRATION_PANEL = {"MAX_CALLS": 50}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failed_migrations(200, migration_type="migration"))
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": []})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=lambda call: {"server": SERVER | {"id": call.path.split("/")[3]}})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={"instanceActions": []})
    answer = helpdesk_client.get("/project/migrations/status/", headers=JSON)
    assert len(answer.json()["migrations"]) == 200
    assert len(fake_cloud.panel_calls) == 50


def test_expired_session_ends_a_group_at_once(settings, helpdesk_client, fake_cloud):
    settings.MIGRATION_PANEL = {"CONCURRENCY": 4}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failed_migrations(200, migration_type="migration"))
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": []})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json={}, status=401)
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={}, status=401)
    answer = helpdesk_client.get("/project/migrations/status/", headers=JSON)
    assert answer.status_code == 401
    assert len(fake_cloud.panel_calls) < 20


def test_outage_of_one_service_does_not_stop_calls_to_another(fake_cloud):
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server())
    request = request_of(fake_cloud, "admin")
    with limits(GET):
        current().record_outage(Placement.of(request).access.endpoint, ServiceUnavailable("late"))
        assert Nova.connect(request).server(INSTANCE).id == INSTANCE
        with pytest.raises(ServiceUnavailable):
            Placement.of(request)._get("/", {})


def test_limits_apply_to_one_request_only(fake_cloud):
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
@pytest.mark.parametrize(("request_", "calls"), [(GET, 7), (POST, 7 * ORDERS)], ids=["GET", "POST"])
def test_limits_are_those_of_the_settings(clock, request_, calls):
    with limits(request_):
        assert current().calls == calls
        assert current().left() == 3 + GRACE


@pytest.fixture
def clock(monkeypatch):
    clock = FakeClock(100.0)
    monkeypatch.setattr(deadline, "time", clock)
    return clock


def test_timeout_of_a_call_is_the_time_that_is_left(clock):
    limit = Deadline(ends=110.0, calls=10)
    assert limit.start_call("nova") == 10 - SPARE
    clock.now += 7
    assert limit.start_call("nova") == 3 - SPARE
    clock.now += 3 - SPARE
    with pytest.raises(OutOfTime):
        limit.start_call("nova")


def test_call_that_undoes_a_change_ignores_the_limits(clock):
    limit = Deadline(ends=110.0, calls=0)
    limit.record_outage("nova", ServiceUnavailable("late"))
    clock.now += 20
    assert limit.start_call("nova", undoes=True) == SPARE


def test_first_outage_of_a_service_is_reported(clock):
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
def test_gather_stops_waiting_at_the_deadline(end_of_test):
    """The end of the event loop does not wait for the hanging call either."""
    hang = partial(end_of_test.wait, HANG_SECONDS)
    with ends_soon(), limits(GET), pytest.raises(OutOfTime):
        async_to_sync(gather)([lambda: 1, hang])


@override_settings(MIGRATION_PANEL={"TIMEOUT": 0.1})
def test_gather_paced_stops_waiting_at_the_deadline(end_of_test):
    hang = partial(end_of_test.wait, HANG_SECONDS)
    with ends_soon(), limits(GET), pytest.raises(OutOfTime):
        async_to_sync(gather_paced)([hang, hang], most=2, going=lambda: True)


def test_gather_without_calls_succeeds_after_the_deadline():
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


# Every page has limits: a page could bypass the only place that sets them.


@pytest.fixture
def limited_calls(monkeypatch):
    """Return a list that gets, for each call, whether the call had limits."""
    limited = []
    real = LimitedSession.request

    def request(self, url, method, **options):
        limited.append(current() is not None)
        return real(self, url, method, **options)

    monkeypatch.setattr(LimitedSession, "request", request)
    return limited


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
    list_hosts(fake_cloud, *SIX_HOSTS)
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({}))
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=server())
    fake_cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": [SERVER]})
    return fake_cloud


@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_limits(nova, admin_client, limited_calls, path):
    admin_client.get(f"/admin/migrations/{path}", headers=HTML)
    assert limited_calls
    assert all(limited_calls)


@pytest.mark.parametrize("path", ["status/", f"{INSTANCE}/live/check/", "hosts/compute-01/run/"])
async def test_each_async_page_has_limits_under_asgi(nova, async_client, login, limited_calls, path):
    await asyncio.to_thread(login, async_client, roles=("admin",))
    await async_client.get(f"/admin/migrations/{path}", headers=JSON)
    assert limited_calls
    assert all(limited_calls)


def test_tab_of_an_instance_has_limits(nova, limited_calls):
    request = request_of(nova, "admin")
    request.horizon = {"dashboard": type("Dashboard", (), {"slug": "admin"})}
    InstanceMigrationsTab(TabGroup(), request).get_context_data(request)
    assert limited_calls
    assert all(limited_calls)


def test_tab_of_the_hypervisors_has_limits(nova, limited_calls):
    request = request_of(nova, "admin")
    request.GET = {"tab": "hypervisor_info__maintenance"}
    HypervisorHostTabs(request).get_tab("maintenance").get_context_data(request)
    assert limited_calls
    assert all(limited_calls)
