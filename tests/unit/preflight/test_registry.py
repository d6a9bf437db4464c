# SPDX-License-Identifier: Apache-2.0
"""Every check of an instance and of a choice, by cases: whether it returns a finding, and of which level."""

import pytest

from migration_panel.api.host_models import ServerGroup
from migration_panel.migration_types import COLD, COLD_BLOCK, KINDS, LIVE, LIVE_BLOCK
from migration_panel.preflight.registry import CHECKS, CHOICE_CHECKS
from tests.support.case_ids import case_id, numbered
from tests.support.preflight_inputs import case, host, node, rooms

ALL, LIVES, COLDS, BLOCKS = tuple(KINDS), ("live", "live-block"), ("cold", "cold-block"), ("cold-block", "live-block")
ROWS = {row.code: row for row in (*CHECKS, *CHOICE_CHECKS)}
LOCAL = {"volume_backed": False}
DOWN = {"hosts": (host("c1", up=False), host("c2"))}
CELL_DOWN = {"hosts": (host("c1", up=False, enabled=False, cell_down=True), host("c2"))}
OFF = {"hosts": (host("c1", enabled=False, disabled_reason="bad fan"), host("c2"))}
HIDDEN = {"candidates": None, "hypervisors": None}


def spec(**extra):
    return {"of": {"extra_specs": {name.replace("__", ":"): value for name, value in extra.items()}}}


# Code, types that have the finding, level, and the case.  The other types do not have it.
SAID = [
    ("cell-down", ALL, "error", {"of": {"status": "UNKNOWN", "vm_state": ""}}),
    ("unconfirmed", ALL, "error", {"of": {"vm_state": "resized"}}),
    ("vm-state", ALL, "error", {"of": {"vm_state": "suspended"}}),
    ("vm-state", ALL, "error", {"of": {"vm_state": "error", "host": None}}),
    ("vm-state", ALL, "error", {"of": {"vm_state": "shelved_offloaded", "host": None}}),
    ("vm-state", ALL, "error", {"of": {"vm_state": ""}}),
    ("vm-state", LIVES, "error", {"of": {"vm_state": "stopped"}}),
    ("vm-state", COLDS, "error", {"of": {"vm_state": "paused"}}),
    ("moving", ALL, "error", {"of": {"task_state": "migrating"}}),
    ("moving", ALL, "error", {"of": {"task_state": "resize_migrating"}}),
    ("task-state", ALL, "error", {"of": {"task_state": "rebooting"}}),
    ("power-state", LIVES, "error", {"of": {"power_state": 4}}),
    ("power-state", LIVES, "error", {"of": {"power_state": 99}}),
    ("locked", ALL, "error", {"of": {"locked": True}}),
    ("locked", ALL, "warning", {"of": {"locked": True}, "may_override_lock": True}),
    ("source-down", ALL, "error", DOWN),
    ("driver", ALL, "error", {"hypervisors": (node("c1", type="ironic"), node("c2", type="ironic"))}),
    ("driver", LIVES, "error", {"hypervisors": (node("c1", type="LXC"), node("c2", type="LXC"))}),
    ("source-disabled", ALL, "info", OFF),
    ("cell-down", ALL, "error", CELL_DOWN),
    ("evacuated-from", ALL, "warning", {"evacuated": {"c2": frozenset({"i"})}}),
    ("evacuated-from", COLDS, "warning", {"evacuated": {"c2": frozenset({"i"})}, "destination": "c3"}),
    ("evacuations-unknown", LIVES, "info", {"missing": {"evacuated": "failed"}}),
    ("volume-backed", BLOCKS, "warning", {}),
    ("local-disk", ("live",), "warning", {"of": LOCAL}),
    ("local-disk", ("live",), "warning", {"of": LOCAL | {"disk_gib": 0, "root_gib": 0}}),
    ("local-disk", ("live",), "warning", {"of": LOCAL | {"disk_gib": None, "root_gib": None}}),
    ("local-disk", ("live",), "warning", {"of": {"disk_gib": 15, "ephemeral_gib": 5}}),
    ("copied", ALL, "info", {}),
    ("size-untold", ALL, "info", {"of": {"memory_mib": None}}),
    ("size-untold", ALL, "info", {"of": {"disk_gib": None}}),
    ("much-memory", LIVES, "warning", {"of": {"memory_mib": 16384}}),
    ("much-memory", LIVES, "warning", {"of": {"memory_mib": 12000}}),
    ("much-memory", LIVES, "warning", {"bandwidth": 10}),
    ("config-drive", LIVES, "info", {"of": {"config_drive": True}}),
    ("pci", LIVES, "warning", spec(pci_passthrough__alias="qat:1")),
    ("vgpu", LIVES, "warning", spec(resources__VGPU="1")),
    ("vgpu", LIVES, "warning", spec(resources_gpu__VGPU="1")),
    ("vtpm", LIVES, "error", spec(hw__tpm_version="2.0")),
    ("vtpm", LIVES, "error", spec(hw__tpm_version="2.0", hw__tpm_secret_security="user")),
    ("vtpm", LIVES, "error", spec(hw__tpm_version="2.0", hw__tpm_secret_security="deployment")),
    ("vtpm", LIVES, "warning", spec(hw__tpm_version="1.2", hw__tpm_secret_security="host")),
    ("memory-encryption", LIVES, "error", spec(hw__mem_encryption="True")),
    ("accelerator", ALL, "error", spec(accel__device_profile="fpga")),
    ("accelerator-port", ALL, "error", {"ports": ("normal", "accelerator-direct")}),
    ("pinned", LIVES, "warning", spec(hw__cpu_policy="dedicated")),
    ("pinned", LIVES, "warning", spec(hw__cpu_policy="mixed")),
    ("pinned", LIVES, "warning", spec(hw__numa_nodes="2")),
    ("pinned", LIVES, "warning", spec(hw__mem_page_size="large")),
    ("persistent-memory", LIVES, "warning", spec(hw__pmem="6GB")),
    ("sriov", LIVES, "warning", {"ports": ("direct",)}),
    ("sriov", LIVES, "warning", {"ports": ("normal", "macvtap", "remote-managed")}),
    ("vdpa", LIVES, "warning", {"ports": ("vdpa",)}),
    ("specs-untold", LIVES, "info", {"of": {"extra_specs": None}}),
    ("ports-untold", LIVES, "info", {"ports": None, "missing": {"ports": "failed"}}),
    ("room-of-hypervisors", LIVES, "warning", {"candidates": None, "missing": {"candidates": "failed"}}),
    ("room-of-hypervisors", LIVES, "warning", {"candidates": None, "missing": {"candidates": "flavor"}}),
    ("room-of-hypervisors", LIVES, "info", {"candidates": None, "missing": {"candidates": "absent"}}),
    ("room-of-hypervisors", LIVES, "info", {"candidates": None, "missing": {"candidates": "not-allowed"}}),
    ("room-unknown", LIVES, "info", HIDDEN | {"missing": {"candidates": "not-allowed", "hypervisors": "not-allowed"}}),
    ("room-unknown", LIVES, "warning", HIDDEN | {"missing": {"candidates": "failed", "hypervisors": "failed"}}),
    (
        "room-unknown", LIVES, "info",
        {"candidates": None, "hypervisors": (node("c2", vcpus=None, memory_mib=None, disk_gib=None),),
         "missing": {"candidates": "absent"}},
    ),
    ("room-cut", LIVES, "info", {"candidates": rooms("c2", cut=True)}),
    ("hypervisors-cut", LIVES, "info", {"all_hypervisors": False}),
    ("rules-untold", LIVES, "info", {"of": {"group_ids": None}}),
    ("rules-untold", LIVES, "info", {"of": {"pinned_zone_known": False}}),
    ("rules-untold", LIVES, "info", {"of": {"group_ids": ("g",)}, "missing": {"group": "failed"}}),
    ("destination-cold", COLDS, "error", {"destination": "c2"}),
    ("destination-cold", COLDS, "error", {"destination": "a b", "may_name_host": False}),
    ("destination-role", LIVES, "error", {"destination": "c2", "may_name_host": False}),
    ("destination-role", LIVES, "error", {"destination": "a b", "may_name_host": False, "hosts": None}),
    *(
        ("destination-name", LIVES, "error", {"destination": name, "hosts": hosts})
        for name in ("a b", "c2\n", "c2;reboot", "größe", "x" * 256)
        for hosts in (None, (host("c1"), host("c2")))
    ),
    ("destination-unknown", LIVES, "error", {"destination": "c9"}),
    ("destination-unknown", LIVES, "error", {"destination": "C2"}),
]  # fmt: skip

SILENT = [
    ("cell-down", {"of": {"status": "ERROR", "vm_state": "error"}}),
    ("vm-state", {"of": {"vm_state": "resized"}}),
    ("vm-state", {"of": {"status": "UNKNOWN", "vm_state": ""}}),
    ("moving", {"of": {"task_state": "rebooting"}}),
    ("task-state", {"of": {"task_state": "migrating"}}),
    ("power-state", {"of": {"power_state": 3}}),
    ("power-state", {"of": {"power_state": None}}),
    ("power-state", {"of": {"power_state": 4, "vm_state": "stopped"}}),
    ("source-down", OFF),
    ("source-down", {"hosts": None}),
    ("source-down", CELL_DOWN),
    ("source-disabled", CELL_DOWN),
    ("driver", {}),
    ("driver", HIDDEN),
    ("driver", {"hypervisors": (node("c1", type=None),)}),
    ("evacuated-from", {}),
    ("evacuated-from", {"evacuated": {"c2": frozenset({"other"})}}),
    ("evacuated-from", {"evacuated": {"c1": frozenset({"i"})}}),
    ("evacuated-from", {"evacuated": {"c2": frozenset({"i"})}, "hosts": (host("c1"), host("c2", up=False))}),
    ("evacuated-from", {"evacuated": {"c2": frozenset({"i"})}, "hosts": None}),
    ("evacuations-unknown", {"missing": {"evacuated": "failed"}, "may_name_host": False}),
    ("source-down", {"of": {"host": None}} | DOWN),
    ("source-down", {"of": {"host": "gone"}} | DOWN),
    ("source-disabled", {"hosts": (host("c1", up=False, enabled=False),)}),
    ("volume-backed", {"of": LOCAL}),
    ("volume-backed", {"of": {"disk_gib": 15, "ephemeral_gib": 5}}),
    ("size-untold", {}),
    ("copied", {"of": {"memory_mib": None}}),
    ("much-memory", {"of": {"memory_mib": 11999}}),
    ("much-memory", {"of": {"memory_mib": None}}),
    ("vgpu", spec(resources__VGPU="0")),
    ("memory-encryption", spec(hw__mem_encryption="false")),
    ("pinned", spec(hw__cpu_policy="shared", hw__mem_page_size="small")),
    ("pci", {"of": {"extra_specs": None}}),
    ("sriov", {"ports": None}),
    ("specs-untold", {"of": {"extra_specs": None, "status": "UNKNOWN"}}),
    ("room-of-hypervisors", {"candidates": None, "missing": {"candidates": "failed"}, "may_name_host": False}),
    ("room-unknown", HIDDEN | {"missing": {"candidates": "failed"}, "hosts": None}),
    ("room-unknown", {"candidates": None, "missing": {"candidates": "failed"}}),
    ("hypervisors-cut", {"all_hypervisors": False, "may_name_host": False}),
    ("rules-untold", {"of": {"status": "UNKNOWN", "group_ids": None}}),
    ("destination-name", {"destination": "x" * 255, "hosts": None}),
    ("destination-name", {"destination": "a_b.c-1"}),
    ("destination-unknown", {"destination": "c9", "hosts": None}),
    ("destination-unknown", {"destination": "a b"}),
    ("destination-unknown", {"destination": "c2"}),
]


@pytest.mark.parametrize(("code", "kinds", "level", "matter"), SAID, ids=numbered(code for code, *_ in SAID))
def test_check_returns_a_finding_for_its_types_only(code, kinds, level, matter):
    found = {slug: ROWS[code].check(case(kind, **matter)) for slug, kind in KINDS.items()}
    assert {slug: (finding.level, finding.code) for slug, finding in found.items() if finding} == dict.fromkeys(
        kinds, (level, code)
    )


@pytest.mark.parametrize(("code", "matter"), SILENT, ids=numbered(code for code, _matter in SILENT))
def test_check_returns_no_finding(code, matter):
    assert {slug: ROWS[code].check(case(kind, **matter)) for slug, kind in KINDS.items()} == dict.fromkeys(KINDS)


@pytest.mark.parametrize("row", [*CHECKS, *CHOICE_CHECKS], ids=lambda row: row.code)
def test_table_and_cases_agree(row):
    """Every level of the table occurs, and no other; so does every type."""
    cases = [(kinds, level) for code, kinds, level, _ in SAID if code == row.code]
    assert {level for _, level in cases} == set(row.levels)
    slugs = {slug for kinds, _ in cases for slug in kinds}
    assert slugs == (set(KINDS) if row.kinds == "all" else {name.replace(" ", "-") for name in row.kinds.split(", ")})


@pytest.mark.parametrize(
    ("code", "kind", "matter", "facts"),
    [
        ("vm-state", LIVE, {"of": {"vm_state": "stopped"}}, {"state": "stopped"}),
        ("vm-state", LIVE, {"of": {"vm_state": "", "status": "ODD"}}, {"state": "ODD"}),
        ("task-state", COLD, {"of": {"task_state": "rebooting"}}, {"task": "rebooting"}),
        ("power-state", LIVE, {"of": {"power_state": 4}}, {"power": "SHUTDOWN"}),
        ("power-state", LIVE, {"of": {"power_state": 99}}, {"power": "99"}),
        ("locked", COLD, {"of": {"locked": True, "locked_reason": "audit"}}, {"reason": "audit"}),
        ("locked", COLD, {"of": {"locked": True}}, {"reason": ""}),
        ("source-down", LIVE, DOWN, {"host": "c1"}),
        ("source-disabled", LIVE, OFF, {"host": "c1", "reason": "bad fan"}),
        ("much-memory", LIVE, {"of": {"memory_mib": 16384}}, {"memory": 16384, "rate": 100, "seconds": 164}),
        ("copied", LIVE_BLOCK, {"of": LOCAL}, {"disk": 10, "memory": 4096, "least": 148, "most": 255, "rate": 100}),
        ("copied", COLD_BLOCK, {}, {"disk": 0, "memory": 0, "least": 5, "most": 30, "rate": 100}),
        ("sriov", LIVE, {"ports": ("normal", "macvtap", "direct")}, {"ports": "direct, macvtap"}),
        ("room-unknown", LIVE, HIDDEN | {"missing": {"candidates": "failed"}}, {"why": "failed"}),
    ],
    ids=case_id,
)
def test_findings_carry_their_facts(code, kind, matter, facts):
    assert ROWS[code].check(case(kind, **matter)).facts == facts


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    "of",
    [
        {"vcpus": None, "memory_mib": None, "disk_gib": None, "root_gib": None, "extra_specs": None},
        {"status": "UNKNOWN", "vm_state": "", "name": None, "host": None, "power_state": None, "group_ids": None},
        {"status": "ERROR", "vm_state": "error", "host": None, "zone": None, "power_state": 0},
    ],
    ids=["flavor that is but an ID", "cell that is down", "cell0"],
)
def test_every_check_accepts_an_instance_with_few_facts(kind, of):
    for row in ROWS.values():
        row.check(case(kind, of=of, destination="c2", group=ServerGroup("g", "web", "affinity")))
