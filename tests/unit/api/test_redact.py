# SPDX-License-Identifier: Apache-2.0
"""Which of Nova's texts a user gets who may not see hosts."""

import pytest

from migration_panel.api.nova import Nova
from migration_panel.api.redact import names_no_host
from migration_panel.exceptions import MigrationPanelError, RequestRejected
from tests.support.nova_answers import EVENT, INSTANCE, REQUEST, action, fault
from tests.support.user_requests import access, nova_of

WITHHELD = "Only administrators can see the error text, because the text may name hosts."

HARMLESS = [
    "Policy doesn't allow os_compute_api:os-migrate-server:migrate to be performed.",
    f"Cannot 'migrate' instance {INSTANCE} while it is in task_state resize_prep",
    f"Instance {INSTANCE} in vm_state error. Cannot confirm_resize while the instance is in this state.",
    f"Instance {INSTANCE} is locked",
    f"Instance {INSTANCE} is in an invalid state for 'abort live migration'",
    f"Instance {INSTANCE} could not be found.",
    "Instance has not been resized.",
    f"Marker {INSTANCE} could not be found.",
    f"Migration 7 not found for instance {INSTANCE}",
    f"Migration 7 state of instance {INSTANCE} is completed. Cannot abort while the migration is in this state.",
    "No valid host was found.",
    "No valid host was found. There are not enough hosts available.",
]
# As Nova writes them (nova/exception.py), each with a host in it.
TELLING = [
    "Compute service of compute-01 is unavailable at this time.",
    "Compute host compute-09 could not be found.",
    f"Unable to migrate instance ({INSTANCE}) to current host (compute-02).",
    "No valid host was found. compute-02 has not enough memory",
    "compute-01 is not on shared storage: nor is compute-02",
    "Migration pre-check error: CPU doesn't have compatibility. on compute-03",
    f"Instance {INSTANCE} is locked by compute-01",
    "Instance compute-01 is locked",
    "Unknown",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_texts_are_shown(text):
    assert names_no_host(text)
    assert names_no_host(f" {text}\n")


@pytest.mark.parametrize("text", TELLING)
def test_texts_that_may_name_a_host_are_withheld(text):
    assert not names_no_host(text)


@pytest.mark.parametrize("sees_hosts", [True, False])
@pytest.mark.parametrize("text", [*HARMLESS, *TELLING])
def test_refusal_is_shown_only_if_it_names_no_host(fake_cloud, text, sees_hosts):
    fake_cloud.on("POST", f"/v2.1/servers/{INSTANCE}/action", status=409, json=fault("conflictingRequest", 409, text))
    nova = Nova(access(fake_cloud, sees_hosts=sees_hosts))
    with pytest.raises(RequestRejected) as caught:
        nova.migrate(INSTANCE)
    assert caught.value.reason == (text if sees_hosts or text in HARMLESS else WITHHELD)


@pytest.mark.parametrize("code", [400, 403, 404, 500, 503])
def test_no_http_status_shows_more_of_a_text(fake_cloud, code):
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", status=code, json=fault("someFault", code, TELLING[0]))
    nova = Nova(access(fake_cloud, sees_hosts=False))
    with pytest.raises(MigrationPanelError) as caught:
        nova.server(INSTANCE)
    assert "compute-01" not in caught.value.reason
    assert WITHHELD in caught.value.reason


@pytest.mark.parametrize(
    ("sees_hosts", "text", "shown"),
    [
        (True, TELLING[4], TELLING[4]),
        (False, TELLING[4], None),
        (False, EVENT["details"], EVENT["details"].replace("compute-01", "…")),
        (False, HARMLESS[-1], HARMLESS[-1]),
        (False, None, None),
    ],
    ids=["sees hosts", "names a host", "host removed", "harmless", "no text"],
)
def test_text_of_an_event_is_shown_only_if_it_names_no_host(fake_cloud, sees_hosts, text, shown):
    path = f"/v2.1/servers/{INSTANCE}/os-instance-actions/{REQUEST}"
    fake_cloud.on("GET", path, json=action({"details": text}))
    [event] = nova_of(fake_cloud, sees_hosts=sees_hosts).action(INSTANCE, REQUEST).events
    assert event.details == shown
    assert event.host == ("compute-01" if sees_hosts else None)
