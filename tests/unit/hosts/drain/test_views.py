# SPDX-License-Identifier: Apache-2.0
import re
from collections import Counter

import pytest

from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON, uuid_of
from tests.support.nova_answers import fault
from tests.support.record_ids import record_id
from tests.support.user_requests import binding_of

DRAIN = "/admin/migrations/hosts/compute-01/drain/"
RUN = "/admin/migrations/hosts/compute-01/run/"
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html"}
OFF = {"status": "SHUTOFF", "OS-EXT-STS:vm_state": "stopped", "OS-EXT-STS:power_state": 4}


def outcomes(answer):
    return {instance["name"]: instance["outcome"] for instance in answer.json()["instances"]}


def test_drain_makes_as_many_calls_as_there_are_instances_and_four(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 30)
    admin_client.get(RUN, headers=JSON)
    fake_cloud.forget()
    answer = admin_client.post(DRAIN, {"reason": "kernel patch"}, headers=JSON)
    assert answer.status_code == 202
    assert len(fake_cloud.panel_calls) <= 30 + 4
    assert Counter(host.requested) == Counter(host.servers.keys())
    assert fake_cloud.panel_calls[2] == f"PUT {COMPUTE}/os-services/{host.service['id']}"
    assert set(outcomes(answer).values()) == {"queued"}
    assert re.fullmatch(r"Drain started \S+ \S+ UTC by alice: kernel patch", host.service["disabled_reason"])


def test_live_migrations_copy_no_disk_unless_selected(admin_client, fake_cloud):
    FakeHost(fake_cloud, 1)
    admin_client.post(DRAIN, headers=JSON)
    [call] = fake_cloud.made("POST", f"{COMPUTE}/servers/*/action")
    assert call.body == {"os-migrateLive": {"host": None, "block_migration": False}}


def test_disks_and_destination_are_requested_as_selected(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.add("off", **OFF)
    admin_client.post(DRAIN, {"block": "1", "cold": "1", "destination": "compute-02"}, headers=JSON)
    bodies = [call.body for call in fake_cloud.made("POST", f"{COMPUTE}/servers/*/action")]
    live = {"os-migrateLive": {"host": "compute-02", "block_migration": "auto"}}
    assert sorted(map(str, bodies)) == sorted(map(str, [live, {"migrate": {}}]))
    assert ", with local disks, shut off ones too, to compute-02 by" in host.service["disabled_reason"]


def test_cold_migrations_are_requested_in_waves(admin_client, fake_cloud, settings):
    settings.MIGRATION_PANEL = {"COLD_WAVE": 3}
    host = FakeHost(fake_cloud)
    for number in range(7):
        host.add(f"off-{number}", **OFF)
    answer = admin_client.post(DRAIN, {"cold": "1"}, headers=JSON)
    assert Counter(outcomes(answer).values()) == {"queued": 3, "todo": 4}
    # Further requests do not exceed the wave.
    again = admin_client.post(RUN, headers=JSON)
    assert (Counter(outcomes(again).values()), len(host.requested)) == ({"running": 3, "todo": 4}, 3)
    host.finish()
    answer = admin_client.post(RUN, headers=JSON)
    assert Counter(outcomes(answer).values()) == {"moved": 3, "queued": 3, "todo": 1}
    host.finish()
    admin_client.post(RUN, headers=JSON)
    host.finish()
    last = admin_client.get(RUN, headers=JSON).json()
    assert (last["moved"], last["empty"], last["headline"]) == (7, True, "Host is empty. It is safe to reboot.")
    assert sorted(host.requested) == sorted(host.servers)


def test_excluded_instances_stay_whoever_continues_the_drain(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 3)
    answer = admin_client.post(DRAIN, {"chosen": "1", "instance": [uuid_of("vm-000")]}, headers=JSON)
    assert outcomes(answer) == {"vm-000": "queued", "vm-001": "left", "vm-002": "left"}
    # Another browser continues the drain. Only the reason names the excluded instances.
    admin_client.post(RUN, headers=JSON)
    assert host.requested == [uuid_of("vm-000")]
    assert outcomes(admin_client.get(RUN, headers=JSON))["vm-001"] == "left"


def test_instance_that_the_plan_did_not_offer_is_not_excluded(admin_client, fake_cloud):
    """The instance was busy when the plan was made, or arrived later."""
    FakeHost(fake_cloud, 3)
    fields = {"chosen": "1", "shown": [uuid_of("vm-000"), uuid_of("vm-001")], "instance": [uuid_of("vm-000")]}
    answer = admin_client.post(DRAIN, fields, headers=JSON)
    assert outcomes(answer) == {"vm-000": "queued", "vm-001": "left", "vm-002": "queued"}


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"], ids=["space", "comma", "both", "line"])
def test_one_field_may_hold_several_instances(admin_client, fake_cloud, between):
    FakeHost(fake_cloud, 4)
    ids = [uuid_of(f"vm-00{number}") for number in range(4)]
    fields = {"chosen": "1", "shown": between.join(ids[:3]), "instance": between.join(ids[:2])}
    answer = admin_client.post(DRAIN, fields, headers=JSON)
    assert outcomes(answer) == {"vm-000": "queued", "vm-001": "queued", "vm-002": "left", "vm-003": "queued"}


def test_plan_has_one_field_for_all_instances_that_it_shows(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 3)
    host.add("lost", **{"OS-EXT-STS:vm_state": "error"})
    page = admin_client.get(DRAIN, headers=HTML).content.decode()
    [shown] = re.findall(r'name="shown" value="([^"]*)"', page)
    ticks = re.findall(r'type="checkbox" name="instance" value="([^"]*)"', page)
    assert shown.split() == ticks == [uuid_of(f"vm-00{number}") for number in range(3)]
    assert 'data-joined="instance"' in page
    assert "This form requires JavaScript" not in page


def test_two_thousand_instances_are_planned_and_drained(admin_client, fake_cloud, monkeypatch, settings):
    """As the script of the page sends them: Django refuses a form of more than a thousand fields."""
    # The pages are large, and the machine may be busy.
    settings.MIGRATION_PANEL = {"TIMEOUT": 120}
    monkeypatch.setattr("migration_panel.hosts.drain.submit.TIME_LIMIT", 0.1)
    host = FakeHost(fake_cloud, 2000)
    page = admin_client.get(DRAIN, headers=HTML).content.decode()
    [shown] = re.findall(r'name="shown" value="([^"]*)"', page)
    ids = shown.split()
    assert len(ids) == 2000
    assert "This form requires JavaScript" in page
    fields = {"chosen": "1", "shown": shown, "instance": " ".join(ids[3:])}
    fields["binding"] = binding_of(admin_client)
    updated = admin_client.post(DRAIN, fields | {"update": "1"}, headers=HTML)
    assert updated.status_code == 200
    assert len(re.findall(r'name="instance" value="[^"]*" checked', updated.content.decode())) == 1997
    answer = admin_client.post(DRAIN, fields, headers=JSON)
    assert answer.status_code == 202
    assert Counter(outcomes(answer).values())["left"] == 3
    assert not set(ids[:3]) & set(host.requested)


def test_drain_with_more_exclusions_than_the_reason_can_name_does_not_continue(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 40)
    answer = admin_client.post(DRAIN, {"chosen": "1", "instance": [uuid_of("vm-000")]}, headers=JSON)
    assert Counter(outcomes(answer).values()) == {"queued": 1, "left": 39}
    assert not admin_client.post(RUN, headers=JSON).json()["goes_on"]
    assert host.requested == [uuid_of("vm-000")]


def test_browser_is_redirected_to_the_run(admin_client, fake_cloud):
    FakeHost(fake_cloud, 1)
    answer = admin_client.post(DRAIN, {"chosen": "1", "binding": binding_of(admin_client)}, headers=HTML)
    assert (answer.status_code, answer.headers["Location"].partition("?order=")[0]) == (302, RUN)


@pytest.mark.parametrize(
    ("service", "fields", "status", "words"),
    [
        ({"status": "disabled", "disabled_reason": "bad fan"}, {}, 409, "bad fan"),
        ({"status": "disabled", "disabled_reason": None}, {}, 409, "another reason"),
        ({"state": "down"}, {}, 409, "is down"),
        ({}, {"destination": "compute-99"}, 400, "does not exist"),
        ({}, {"destination": "compute-01"}, 400, "already"),
        ({}, {"destination": "compute-02"}, 202, ""),
        ({}, {"reason": "x" * 250}, 400, "too long"),
        ({"status": "disabled", "disabled_reason": "bad fan"}, {"replace": "1"}, 202, ""),
    ],
    ids=record_id,
)
def test_refused_drain_changes_nothing(admin_client, fake_cloud, service, fields, status, words):
    host = FakeHost(fake_cloud, 2)
    host.service |= service
    answer = admin_client.post(DRAIN, fields, headers=JSON)
    assert answer.status_code == status
    assert words in answer.json().get("error", "")
    if status != 202:
        assert fake_cloud.made("PUT", "*") == []
        assert host.requested == []


def test_host_is_enabled_again_if_nova_refuses_all_migrations(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.refuse("vm-000", "vTPM is not supported.")
    host.refuse("vm-001", "vTPM is not supported.")
    answer = admin_client.post(DRAIN, headers=JSON)
    assert (answer.status_code, host.service["status"]) == (409, "enabled")
    assert "vTPM" in answer.json()["error"]


def test_earlier_reason_is_restored_if_nova_refuses_all_migrations(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.service |= {"status": "disabled", "disabled_reason": "bad fan"}
    host.refuse("vm-000", "No.")
    admin_client.post(DRAIN, {"replace": "1"}, headers=JSON)
    assert (host.service["status"], host.service["disabled_reason"]) == ("disabled", "bad fan")


def test_refused_instance_shows_the_reason_and_is_retried_only_by_a_button(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.refuse("vm-000", "vTPM is not supported.")
    admin_client.post(DRAIN, headers=JSON)
    host.finish()
    answer = admin_client.post(RUN, headers=JSON).json()
    shown = {instance["name"]: (instance["outcome"], instance["reason"]) for instance in answer["instances"]}
    assert shown == {
        "vm-000": ("failed", "Nova refused the migration: “vTPM is not supported.”"),
        "vm-001": ("moved", None),
    }
    assert Counter(host.requested)[uuid_of("vm-000")] == 1
    admin_client.post(RUN, {"action": "retry"}, headers=JSON)
    assert Counter(host.requested)[uuid_of("vm-000")] == 2


def test_refusal_because_of_another_request_is_no_failure(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.refuse("vm-000", "Cannot 'os-migrateLive' instance x while it is in task_state migrating", 409)
    answer = admin_client.post(DRAIN, headers=JSON)
    assert outcomes(answer) == {"vm-000": "todo", "vm-001": "queued"}


def test_second_drain_continues_the_first(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    admin_client.post(DRAIN, {"reason": "and firmware"}, headers=JSON)
    assert host.service["disabled_reason"] == "Drain started 2026-11-22 14:00:05 UTC by admin: and firmware"
    admin_client.post(DRAIN, {"reason": "and firmware"}, headers=JSON)
    assert Counter(host.requested) == Counter(host.servers.keys())


def test_session_that_expires_during_the_start_leaves_the_host_enabled(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    fake_cloud.on("POST", f"{COMPUTE}/servers/*/action", json=fault("unauthorized", 401, "No."), status=401)
    answer = admin_client.post(DRAIN, headers=JSON)
    assert (answer.status_code, host.service["status"]) == (401, "enabled")


def test_plan_shows_which_instances_stay_and_why(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.add("off", **OFF)
    host.add("<b>broken</b>", **{"OS-EXT-STS:vm_state": "error", "status": "ERROR"})
    page = admin_client.get(DRAIN).content.decode()
    assert "1 of 3 instances will be migrated. 2 instances will not be migrated." in " ".join(page.split())
    assert "In Error: Nova cannot migrate the instance." in page
    assert "&lt;b&gt;broken" in page
    assert "<b>broken" not in page
    assert "The free capacity is unknown. Placement" in page
    assert re.findall(r'<td data-label="Status">([^<]*)<', page) == ["Error", "Shutoff", "Active"]
    # One control, which the Enter key presses too.
    assert page.count(">Refresh<") == 1
    assert page.index('name="update"') < page.index('class="btn btn-primary"')
    assert host.requested == []


def test_plan_without_excluded_instances_does_not_count_them(admin_client, fake_cloud):
    FakeHost(fake_cloud, 2)
    page = " ".join(admin_client.get(DRAIN).content.decode().split())
    assert "2 of 2 instances will be migrated. </p>" in page


def test_plan_with_other_options_starts_nothing(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.add("off", **OFF)
    fields = {"update": "1", "cold": "1", "chosen": "1", "instance": [uuid_of("off")], "reason": "soon"}
    page = admin_client.post(DRAIN, fields).content.decode()
    assert "1 of 3 instances will be migrated. 2 instances will not be migrated." in " ".join(page.split())
    assert 'value="soon"' in page
    assert (host.requested, fake_cloud.made("PUT", "*")) == ([], [])


def test_refusal_shows_the_plan_with_the_users_input(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.service |= {"status": "disabled", "disabled_reason": "bad <i>fan</i>"}
    fields = {"chosen": "1", "reason": "patch", "binding": binding_of(admin_client)}
    answer = admin_client.post(DRAIN, fields, headers=HTML)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "bad &lt;i&gt;fan" in page
    assert 'value="patch"' in page


@pytest.mark.parametrize("path", [DRAIN, "/admin/migrations/hosts/compute-01/return/", RUN])
def test_unknown_host_answers_404(admin_client, fake_cloud, path):
    host = FakeHost(fake_cloud)
    host.service["host"] = "compute-0"
    assert admin_client.get(path, headers=HTML).status_code == 404


@pytest.mark.parametrize("name", ["compute-01/", "..", "a b", "a%2Fb", "a;b"])
def test_text_that_is_no_host_name_is_not_found(admin_client, name):
    assert admin_client.get(f"/admin/migrations/hosts/{name}/drain/").status_code == 404


@pytest.mark.parametrize("slug", ["drain", "return", "run"])
def test_projects_have_no_hosts(admin_client, slug):
    assert admin_client.get(f"/project/migrations/hosts/compute-01/{slug}/").status_code == 404
