# SPDX-License-Identifier: Apache-2.0
"""All findings of one case together."""

import pytest

from migration_panel.migration_types import COLD, COLD_BLOCK, KINDS, LIVE, LIVE_BLOCK
from migration_panel.preflight.assess import destination_errors, findings
from migration_panel.preflight.finding import Finding
from migration_panel.preflight.inputs import host_named
from tests.support.preflight_inputs import case, host

OFF = host("off", enabled=False, disabled_reason="bad fan")
HOSTS = (host("c1"), host("c2"), OFF)


def told(one) -> list[tuple[str, str]]:
    return [(each.level, each.code) for each in findings(one) if each.level != "info"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_sound_instance_has_nothing_against_it(kind):
    assert told(case(kind, of={"volume_backed": not kind.block})) == []


@pytest.mark.parametrize("kind", [LIVE, LIVE_BLOCK])
def test_chosen_host_tells_its_reasons_and_its_doubts(kind):
    one = case(kind, destination="off", hosts=HOSTS)
    assert list(destination_errors(one)) == [
        Finding("error", "destination-disabled", {"host": "off", "reason": "bad fan"})
    ]


@pytest.mark.parametrize(
    ("destination", "code"), [("c1", "destination-source"), ("c2", None), ("c9", None), ("", None)]
)
def test_without_a_list_of_hosts_only_the_source_is_known(destination, code):
    found = list(destination_errors(case(destination=destination, hosts=None)))
    assert [one.code for one in found] == ([code] if code else [])


@pytest.mark.parametrize("kind", [COLD, COLD_BLOCK])
@pytest.mark.parametrize("destination", ["c1", "c2", "c9", "a b"])
def test_cold_types_say_one_thing_of_any_destination(kind, destination):
    assert [one.code for one in destination_errors(case(kind, destination=destination))] == ["destination-cold"]


@pytest.mark.parametrize("destination", ["c1", "c2", "c9", "a b"])
def test_role_that_may_name_no_host_learns_nothing_of_hosts(destination):
    found = destination_errors(case(destination=destination, may_name_host=False))
    assert [one.code for one in found] == ["destination-role"]


@pytest.mark.parametrize(("kind", "level"), [(LIVE, "error"), (LIVE_BLOCK, "error"), (COLD, "warning")])
@pytest.mark.parametrize(
    ("hosts", "count"), [((host("c1"), OFF), 2), ((host("c1"),), 1), ((), 0)], ids=["none fits", "alone", "none"]
)
def test_no_host_at_all_is_said(kind, level, hosts, count):
    assert Finding(level, "no-host", {"count": count}) in findings(case(kind, hosts=hosts))


@pytest.mark.parametrize("hosts", [HOSTS, None], ids=["one fits", "not known"])
def test_no_host_is_not_said_lightly(hosts):
    assert "no-host" not in {one.code for one in findings(case(hosts=hosts))}


def test_errors_come_first_then_warnings():
    one = case(of={"volume_backed": False, "locked": True}, destination="c1", may_override_lock=True)
    levels = [each.level for each in findings(one)]
    assert levels == sorted(levels, key=("error", "warning", "info").index)
    assert told(one) == [("error", "destination-source"), ("warning", "locked"), ("warning", "local-disk")]


@pytest.mark.parametrize(("name", "found"), [("c2", HOSTS[1]), ("c", None), ("", None), (None, None)])
def test_host_is_found_by_its_whole_name(name, found):
    assert host_named(name, HOSTS) is found
