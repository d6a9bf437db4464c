# SPDX-License-Identifier: Apache-2.0
"""Nothing moves without an order: what a page of a run does by itself, and what needs a click."""

import re
from datetime import datetime, timedelta, timezone
from html import unescape

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings

from migration_panel import proof
from tests.support.fake_cloud import COMPUTE, running_fake_cloud
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON, uuid_of
from tests.support.nova_answers import LISTED
from tests.support.session_switch import ADMIN_ROLES, log_in_to_regions, switch_region
from tests.support.user_requests import binding_of

HOSTS = "/admin/migrations/hosts/compute-01"
DRAIN, RETURN, RUN = f"{HOSTS}/drain/", f"{HOSTS}/return/", f"{HOSTS}/run/"
JSON = {"accept": "application/json"}
SCRIPT = JSON | {"X-Requested-With": "XMLHttpRequest"}
HTML = {"accept": "text/html,application/xhtml+xml"}


class Page:
    """The page of a run as a browser has it, with what run.js does on it."""

    def __init__(self, client: Client, address: str) -> None:
        self.client = client
        self.address = address
        self.text = client.get(address, headers=HTML).content.decode()
        self.run = unescape(re.search(r'data-run="([^"]*)"', self.text)[1])
        self.order = (re.search(r'data-order="([^"]*)"', self.text) or [""] * 2)[1]
        self.can_continue = bool(re.search(r'data-run="[^>]*data-can-continue', self.text))
        form = re.search(r'id="migration-run-form">(.*?)</form>', self.text, re.DOTALL)[1]
        self.fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))

    def at_load(self):
        """Return what the script sends by itself; None if it only polls."""
        return self.post() if self.order and self.can_continue else None

    def post(self, **fields: str):
        separator = "&" if "?" in self.run else "?"
        return self.client.post(f"{self.run}{separator}html=1", self.fields | fields, headers=SCRIPT)

    def click(self, action: str) -> "Page":
        """Click a button, and return the page to which it leads."""
        answer = self.client.post(self.run, self.fields | {"action": action}, headers=HTML)
        assert answer.status_code == 302
        return Page(self.client, answer.headers["Location"])

    @property
    def buttons(self) -> list[str]:
        return re.findall(r'name="action" value="(\w+)"', self.text)


def moved_away(host: FakeHost, number: int, start: datetime, *, apart: timedelta, name: str = "old") -> None:
    for index in range(number):
        instance = host.add(f"{name}{index}", **{"OS-EXT-SRV-ATTR:host": "compute-02"})
        at = f"{start + index * apart:%FT%T.000000}"
        ids = {"id": index + 1, "uuid": uuid_of(f"{name}-move-{index}"), "instance_uuid": instance}
        ends = {"source_compute": "compute-01", "dest_compute": "compute-02"}
        host.migrations.append(LISTED | ids | ends | {"created_at": at, "updated_at": at})


@pytest.fixture
def strict(login):
    """A client whose CSRF tokens are checked, like a browser's."""
    return login(Client(enforce_csrf_checks=True), roles=ADMIN_ROLES, project="admin", project_id="admin-id")


@pytest.fixture
def in_service(fake_cloud):
    """A host that was never drained; six instances have left it one by one within the last months."""
    host = FakeHost(fake_cloud, 2)
    moved_away(host, 6, datetime.now(timezone.utc) - timedelta(days=200), apart=timedelta(days=20))
    return host


@pytest.fixture
def drained(fake_cloud):
    """A host whose drain is in progress, with instances that have not been requested yet."""
    host = FakeHost(fake_cloud, 3)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    return host


@pytest.fixture
def emptied(fake_cloud):
    """A host whose four instances have left it; Nova still has the reason."""
    host = FakeHost(fake_cloud)
    start = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=10)
    moved_away(host, 4, start + timedelta(minutes=1), apart=timedelta(seconds=1))
    reason = f"Drain started {start:%Y-%m-%d %H:%M:%S} UTC by admin"
    host.service |= {"status": "disabled", "disabled_reason": reason}
    return host


def withdraw(host: FakeHost) -> None:
    """Put the instances to rest, with a new time of change."""
    for server in host.servers.values():
        server |= {"OS-EXT-STS:task_state": None, "updated": "2026-11-22T15:00:00Z"}
    host.migrations[:] = [migration for migration in host.migrations if migration["status"] == "completed"]
    host.cloud.forget()


def lose_cache() -> None:
    """Delete the panel's entries from the cache; the session stays."""
    for key in [name.split(":", 2)[2] for name in cache._cache if "migration_panel" in name]:
        cache.delete(key)


def start_return(client: Client, host: FakeHost, **fields: str) -> str:
    """Order a return, withdraw what the POST itself requested, and return the address of the redirect."""
    answer = client.post(RETURN, {"binding": binding_of(client)} | fields, headers=HTML)
    assert answer.status_code == 302
    withdraw(host)
    return answer.headers["Location"]


@pytest.mark.parametrize("since", ["2010-01-01T00:00:00Z", "2026-01-01T00:00:00Z", ""])
def test_link_to_a_run_starts_nothing(strict, in_service, since):
    page = Page(strict, f"{RUN}?since={since}" if since else RUN)
    assert (page.order, page.at_load()) == ("", None)
    assert "resume" in page.buttons
    assert "minutes to go" not in page.text
    assert page.post().status_code == 200
    assert in_service.requested == []


@pytest.mark.parametrize("order", ["", "x", "forged:1:2"])
def test_forged_order_in_a_link_starts_nothing(strict, in_service, order):
    page = Page(strict, f"{RUN}?since=2010-01-01T00:00:00Z&order={order}")
    assert (page.order, page.at_load()) == ("", None)
    page.post(order=order)
    assert in_service.requested == []


def test_order_of_another_time_or_host_starts_nothing(strict, in_service, admin_client, emptied):
    order = start_return(admin_client, emptied).partition("&order=")[2]
    lose_cache()
    page = Page(strict, f"{RUN}?since=2010-01-01T00:00:00Z&order={order}")
    assert (page.order, page.at_load()) == ("", None)


def test_plain_script_needs_an_order_for_a_return(admin_client, in_service):
    answer = admin_client.post(f"{RUN}?since=2010-01-01T00:00:00Z", headers=JSON)
    assert (answer.status_code, answer.json()["goes_on"], in_service.requested) == (200, False, [])


def test_click_on_resume_is_an_order(strict, in_service):
    page = Page(strict, f"{RUN}?since=2010-01-01T00:00:00Z").click("resume")
    assert len(in_service.requested) == 6
    assert page.order
    assert "since=2010" in page.run


@pytest.mark.parametrize("accept", [HTML, JSON, SCRIPT], ids=["page", "json", "script"])
@pytest.mark.parametrize("query", ["", "?since=2010-01-01T00:00:00Z", "?action=resume", "?action=retry&sure=1"])
def test_get_changes_nothing(admin_client, fake_cloud, in_service, accept, query):
    admin_client.get(RUN + query, headers=accept)
    assert [call for call in fake_cloud.panel_calls if not call.startswith("GET")] == []


@pytest.mark.parametrize("kept", [True, False], ids=["cache", "no-cache"])
def test_page_of_the_user_who_ordered_a_return_continues_it(admin_client, emptied, kept):
    address = start_return(admin_client, emptied)
    if not kept:
        lose_cache()
    page = Page(admin_client, address)
    assert page.can_continue
    lose_cache()
    answer = page.at_load()
    assert (answer.status_code, len(emptied.requested)) == (200, 4)
    assert answer.json()["order"] == page.order


def test_order_of_a_return_expires_after_twelve_hours(admin_client, emptied, monkeypatch):
    address = start_return(admin_client, emptied)
    page = Page(admin_client, address)
    lose_cache()
    monkeypatch.setattr(proof, "MAX_AGE", -1)
    answer = page.at_load()
    assert (answer.json()["order"], answer.json()["goes_on"], emptied.requested) == ("", False, [])
    assert 'value="resume"' in answer.json()["html"]
    assert Page(admin_client, address).order == ""
    monkeypatch.undo()
    assert Page(admin_client, page.run).click("resume").order


def test_another_administrator_sees_a_return_and_continues_it_by_a_click(admin_client, emptied, login):
    address = start_return(admin_client, emptied)
    bob = login(Client(), roles=ADMIN_ROLES, project="admin", project_id="admin-id", user="bob", token="of-bob")
    page = Page(bob, address)
    assert (page.order, page.at_load()) == ("", None)
    assert page.post().json()["order"] == ""
    assert emptied.requested == []
    lose_cache()
    Page(bob, address).click("resume")
    assert len(emptied.requested) == 4


def test_drain_is_continued_by_a_click_of_every_administrator(admin_client, drained):
    page = Page(admin_client, RUN)
    assert (page.order, page.at_load()) == ("", None)
    assert "only shows progress" in page.text
    page.post()
    assert drained.requested == []
    after = page.click("resume")
    assert after.order
    assert len(drained.requested) == 3


def test_drain_that_was_ordered_here_continues_by_itself(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    answer = admin_client.post(DRAIN, {"binding": binding_of(admin_client)}, headers=HTML)
    host.add("late")
    page = Page(admin_client, answer.headers["Location"])
    assert page.at_load().json()["order"] == page.order
    assert uuid_of("late") in host.requested


def test_page_without_javascript_continues_by_a_button(admin_client, emptied):
    page = Page(admin_client, start_return(admin_client, emptied))
    assert '<noscript><button type="submit" form="migration-run-form"' in page.text
    answer = admin_client.post(page.run, page.fields, headers=HTML)
    assert (answer.status_code, len(emptied.requested)) == (302, 4)
    assert Page(admin_client, answer.headers["Location"]).order == page.order


def test_plain_script_continues_what_novas_record_shows(admin_client, drained):
    answer = admin_client.post(RUN, headers=JSON)
    assert (answer.status_code, len(drained.requested), answer.json()["order"]) == (200, 3, "")


def test_plain_script_gets_a_proof_of_its_return(admin_client, emptied):
    since = emptied.service["disabled_reason"].split(" UTC")[0].removeprefix("Drain started ")
    order = admin_client.post(RETURN, headers=JSON).json()["order"]
    withdraw(emptied)
    lose_cache()
    assert admin_client.post(f"{RUN}?since={since}", headers=JSON).json()["goes_on"] is False
    assert emptied.requested == []
    assert admin_client.post(f"{RUN}?since={since}", {"order": order}, headers=JSON).json()["order"] == order
    assert len(emptied.requested) == 4


def test_page_of_a_return_does_not_work_on_the_next_drain(admin_client, emptied):
    """The host was returned and is drained again. The page of the return requests nothing for the drain."""
    returning = Page(admin_client, start_return(admin_client, emptied))
    start = datetime.now(timezone.utc)
    emptied.service |= {
        "status": "disabled",
        "disabled_reason": f"Drain started {start:%Y-%m-%d %H:%M:%S} UTC by bob",
    }
    emptied.add("new")
    answer = returning.post()
    assert (answer.json()["direction"], answer.json()["order"], emptied.requested) == ("drain", "", [])


def test_page_of_a_drain_returns_no_instance(admin_client, emptied):
    """The host was enabled by hand."""
    draining = Page(admin_client, RUN).click("resume")
    assert draining.order
    emptied.service |= {"status": "enabled", "disabled_reason": None}
    answer = draining.post()
    assert (answer.json()["direction"], answer.json()["order"], emptied.requested) == ("return", "", [])


def test_page_does_not_repeat_a_refused_request_without_a_cache(admin_client, fake_cloud):
    """Nova keeps no record of a refusal."""
    host = FakeHost(fake_cloud, 2)
    host.refuse("vm-000", "No.")
    none = "django.core.cache.backends.dummy.DummyCache"
    with override_settings(CACHES=settings.CACHES | {"none": {"BACKEND": none}}, MIGRATION_PANEL={"CACHE": "none"}):
        answer = admin_client.post(DRAIN, {"binding": binding_of(admin_client)}, headers=HTML)
        page = Page(admin_client, answer.headers["Location"])
        assert [page.post().json()["goes_on"] for _ in range(3)] == [False] * 3
    assert host.requested.count(uuid_of("vm-000")) == 1


def test_stop_holds_for_all_pages(admin_client, emptied, login):
    address = start_return(admin_client, emptied)
    page = Page(admin_client, address)
    bob = login(Client(), roles=ADMIN_ROLES, project="admin", project_id="admin-id", user="bob", token="of-bob")
    bob.post(page.run, {"action": "abort"}, headers=JSON)
    assert page.post().json()["goes_on"] is False
    assert emptied.requested == []


def test_stop_holds_for_all_pages_with_any_since_in_their_address(admin_client, emptied):
    page = Page(admin_client, start_return(admin_client, emptied))
    admin_client.post(f"{RUN}?since=2010-01-01T00:00:00Z", {"action": "abort"}, headers=JSON)
    assert page.post().json()["goes_on"] is False
    assert emptied.requested == []


def test_abort_of_a_migration_stops_all_pages_without_a_cache(admin_client, emptied):
    """Another worker, or the cache that was lost since, remembers that the return was stopped; Nova keeps the abort."""
    page = Page(admin_client, start_return(admin_client, emptied))
    lose_cache()
    at = f"{datetime.now(timezone.utc) + timedelta(seconds=1):%FT%T.000000}"
    ids = {"id": 50, "uuid": uuid_of("aborted"), "instance_uuid": uuid_of("old0"), "status": "cancelled"}
    ends = {"source_compute": "compute-02", "dest_compute": "compute-01"}
    emptied.migrations.append(LISTED | ids | ends | {"created_at": at, "updated_at": at})
    assert page.post().json()["goes_on"] is False
    assert emptied.requested == []


@pytest.mark.parametrize("kept", [True, False], ids=["cache", "no-cache"])
def test_instance_that_left_after_the_return_was_ordered_stays(admin_client, emptied, kept):
    """Another user migrated the instance."""
    answer = admin_client.post(RETURN, {"binding": binding_of(admin_client)}, headers=HTML)
    emptied.finish()
    emptied.cloud.forget()
    leaves = datetime.now(timezone.utc) + timedelta(seconds=30)
    moved_away(emptied, 1, leaves, apart=timedelta(), name="later")
    if not kept:
        lose_cache()
    page = Page(admin_client, answer.headers["Location"])
    assert page.at_load() is None
    assert "after this return started" in page.text
    assert f'href="{RETURN}"' in page.text
    page.post()
    admin_client.post(RUN, headers=JSON)
    admin_client.post(page.run, {"action": "retry", "binding": binding_of(admin_client)}, headers=JSON)
    assert emptied.requested == []
    assert admin_client.post(RETURN, headers=JSON).status_code == 202
    assert emptied.requested == [uuid_of("later0")]


def test_page_that_stopped_a_run_does_not_continue_it(admin_client, emptied):
    page = Page(admin_client, start_return(admin_client, emptied))
    fields = page.fields | {"action": "abort", "sure": "1"}
    address = admin_client.post(page.run, fields, headers=HTML).headers["Location"]
    lose_cache()
    assert "order=" not in address
    assert Page(admin_client, address).at_load() is None


def test_question_keeps_the_order(admin_client, emptied):
    page = Page(admin_client, start_return(admin_client, emptied))
    question = admin_client.post(page.run, page.fields | {"action": "confirm"}, headers=HTML).content.decode()
    assert f'name="order" value="{page.order}"' in question
    assert f"order={page.order}".replace(":", "%3A") in unescape(question)
    answer = admin_client.post(page.run, page.fields | {"action": "confirm", "sure": "1"}, headers=HTML)
    assert Page(admin_client, answer.headers["Location"]).order == page.order


def test_retry_is_no_order_for_the_other_instances(admin_client, in_service):
    address = f"{RUN}?since=2010-01-01T00:00:00Z"
    page = Page(admin_client, address)
    answer = page.post(action="retry")
    assert (answer.json()["order"], in_service.requested) == ("", [])


@pytest.mark.parametrize("path", [RUN, RETURN])
@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "noon"])
@pytest.mark.parametrize("headers", [HTML, JSON], ids=["page", "script"])
def test_text_that_is_no_time_is_refused(admin_client, fake_cloud, path, since, headers):
    FakeHost(fake_cloud, 1)
    answer = admin_client.get(path, {"since": since}, headers=headers)
    assert (answer.status_code, since in answer.content.decode()) == (400, True)


def test_plan_and_order_are_for_the_same_time(admin_client, emptied):
    page = admin_client.get(RETURN, {"since": "2026-11-22T14:00:05+05:00"}, headers=HTML).content.decode()
    assert page.count('name="since" value="2026-11-22T09:00:05Z"') == 2
    address = start_return(admin_client, emptied, since="2026-11-22T14:00:05+05:00")
    assert "since=2026-11-22T09%3A00%3A05Z" in address


def test_page_of_a_return_does_nothing_in_another_region(fake_cloud, client):
    with running_fake_cloud() as two:
        log_in_to_regions(client, fake_cloud, two)
        host, other = FakeHost(fake_cloud), FakeHost(two)
        start = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=10)
        moved_away(host, 3, start + timedelta(minutes=1), apart=timedelta(seconds=1), name="a")
        moved_away(other, 4, start + timedelta(minutes=1), apart=timedelta(seconds=1), name="b")
        reason = f"Drain started {start:%Y-%m-%d %H:%M:%S} UTC by admin"
        host.service |= {"status": "disabled", "disabled_reason": reason}
        page = Page(client, start_return(client, host))
        switch_region(client)
        answers = [
            page.at_load(),
            page.post(action="resume"),
            client.get(page.run, {"html": "1", "binding": page.fields["binding"]}, headers=SCRIPT),
            client.post(page.run, page.fields | {"action": "resume"}, headers=HTML),
        ]
        assert [answer.status_code for answer in answers] == [409] * 4
        assert all("changed in another tab" in answer.content.decode() for answer in answers)
        assert (other.requested, two.panel_calls) == ([], [])
        # Opened there, the address of the page is a link like any other.
        assert Page(client, page.address).at_load() is None
        assert other.requested == []


def test_plan_of_a_drain_does_nothing_in_another_region(fake_cloud, client):
    with running_fake_cloud() as two:
        log_in_to_regions(client, fake_cloud, two)
        FakeHost(fake_cloud, 3)
        other = FakeHost(two, 4)
        page = client.get(DRAIN, headers=HTML).content.decode()
        fields = {
            "chosen": "1",
            "shown": re.findall(r'name="shown" value="([^"]*)"', page),
            "binding": re.search(r'name="binding" value="([^"]*)"', page)[1],
        }
        switch_region(client)
        for changes in ({}, {"update": "1"}):
            answer = client.post(DRAIN, fields | changes, headers=HTML)
            assert (answer.status_code, "changed in another tab" in answer.content.decode()) == (409, True)
        assert (other.requested, other.service["status"], two.made("PUT", f"{COMPUTE}/*")) == ([], "enabled", [])


def test_heading_of_a_run_shows_no_raw_values(admin_client, fake_cloud):
    """Horizon's heading shows the value of ``actions`` in the context of a page."""
    host = FakeHost(fake_cloud, 3)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    page = admin_client.get(RUN, headers=HTML).content.decode()
    assert page.count("Resume (3)") == 1
