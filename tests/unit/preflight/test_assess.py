# SPDX-License-Identifier: Apache-2.0
"""All findings of one case together."""

import pytest

from migration_panel.migration_types import COLD, COLD_BLOCK, KINDS, LIVE, LIVE_BLOCK
from migration_panel.preflight.assess import destination_errors, findings
from migration_panel.preflight.finding import Finding
from migration_panel.preflight.inputs import host_named
from tests.support.case_ids import case_id
from tests.support.preflight_inputs import case, host

OFF = host("off", enabled=False, disabled_reason="bad fan")
HOSTS = (host("c1"), host("c2"), OFF)


def errors_and_warnings(inputs) -> list[tuple[str, str]]:
    return [(each.level, each.code) for each in findings(inputs) if each.level != "info"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_instance_without_problems_has_no_errors_or_warnings(kind):
    assert errors_and_warnings(case(kind, of={"volume_backed": not kind.block})) == []


@pytest.mark.parametrize("kind", [LIVE, LIVE_BLOCK], ids=case_id)
def test_errors_of_the_chosen_host_are_returned(kind):
    inputs = case(kind, destination="off", hosts=HOSTS)
    assert list(destination_errors(inputs)) == [
        Finding("error", "destination-disabled", {"host": "off", "reason": "bad fan"})
    ]


@pytest.mark.parametrize(
    ("destination", "code"), [("c1", "destination-source"), ("c2", None), ("c9", None), ("", None)]
)
def test_only_the_source_is_refused_without_a_list_of_hosts(destination, code):
    found = list(destination_errors(case(destination=destination, hosts=None)))
    assert [finding.code for finding in found] == ([code] if code else [])


@pytest.mark.parametrize("kind", [COLD, COLD_BLOCK], ids=case_id)
@pytest.mark.parametrize("destination", ["c1", "c2", "c9", "a b"])
def test_cold_types_have_the_same_error_for_every_destination(kind, destination):
    assert [finding.code for finding in destination_errors(case(kind, destination=destination))] == ["destination-cold"]


@pytest.mark.parametrize("destination", ["c1", "c2", "c9", "a b"])
def test_role_that_may_not_name_a_host_sees_no_findings_about_hosts(destination):
    found = destination_errors(case(destination=destination, may_name_host=False))
    assert [finding.code for finding in found] == ["destination-role"]


@pytest.mark.parametrize(("kind", "level"), [(LIVE, "error"), (LIVE_BLOCK, "error"), (COLD, "warning")], ids=case_id)
@pytest.mark.parametrize(
    ("hosts", "count"), [((host("c1"), OFF), 2), ((host("c1"),), 1), ((), 0)], ids=["none-fits", "alone", "no-host"]
)
def test_no_host_is_a_finding_when_no_host_fits(kind, level, hosts, count):
    assert Finding(level, "no-host", {"count": count}) in findings(case(kind, hosts=hosts))


@pytest.mark.parametrize("hosts", [HOSTS, None], ids=["fits", "unknown"])
def test_no_host_is_no_finding_when_a_host_fits_or_hosts_are_unknown(hosts):
    assert "no-host" not in {finding.code for finding in findings(case(hosts=hosts))}


def test_errors_come_first_then_warnings():
    inputs = case(of={"volume_backed": False, "locked": True}, destination="c1", may_override_lock=True)
    levels = [each.level for each in findings(inputs)]
    assert levels == sorted(levels, key=("error", "warning", "info").index)
    assert errors_and_warnings(inputs) == [
        ("error", "destination-source"),
        ("warning", "locked"),
        ("warning", "local-disk"),
    ]


@pytest.mark.parametrize(("name", "found"), [("c2", HOSTS[1]), ("c", None), ("", None), (None, None)], ids=case_id)
def test_host_is_found_by_its_whole_name(name, found):
    assert host_named(name, HOSTS) is found
