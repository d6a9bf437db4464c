# SPDX-License-Identifier: Apache-2.0
"""The records that are made of Nova's answers."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Figures, Migration, Server, parse_time
from tests.support.nova_answers import COPYING, INSTANCE, LISTED, MIB, MIGRATION, SERVER, SERVICE

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)


def without(data, *names):
    return {name: value for name, value in data.items() if name not in names}


def test_migration_is_read_from_the_list_of_all_migrations():
    assert Migration.from_api(LISTED) == Migration(
        uuid=MIGRATION,
        id=42,
        instance_id=INSTANCE,
        type="live-migration",
        status="completed",
        source="compute-01",
        destination="compute-02",
        created_at=NOON,
        updated_at=NOON + timedelta(seconds=42),
        figures=None,
        user_id="alice-id",
    )


def test_migration_of_an_instance_is_live_and_has_figures():
    one = Migration.from_api(COPYING)
    assert (one.instance_id, one.type, one.status) == (INSTANCE, "live-migration", "running")
    assert one.figures == Figures(4096 * MIB, 3072 * MIB, 0, 0)


@pytest.mark.parametrize("name", ["source_compute", "dest_compute"])
def test_migration_with_hidden_hosts_has_none(name):
    one = Migration.from_api(LISTED | {name: None})
    assert (one.source is None, one.destination is None) == (name == "source_compute", name == "dest_compute")


def test_new_migration_was_changed_when_it_was_created():
    assert Migration.from_api(LISTED | {"updated_at": None}).changed_at == NOON
    assert Migration.from_api(LISTED).changed_at == NOON + timedelta(seconds=42)
    assert Migration.from_api(without(LISTED, "created_at", "updated_at")).changed_at is None


@pytest.mark.parametrize("name", ["uuid", "id", "instance_uuid"])
def test_migration_without_valid_ids_is_an_error(name):
    with pytest.raises(KeyError):
        Migration.from_api(without(LISTED, name))


def test_figures_keep_null_apart_from_zero():
    data = {"memory_total_bytes": None, "memory_remaining_bytes": 0, "disk_total_bytes": 1}
    assert Figures.from_api(data) == Figures(None, 0, 1, None)


def test_server_has_all_values_of_the_answer():
    assert Server.from_api(SERVER) == Server(
        id=INSTANCE,
        name="web-03",
        status="ACTIVE",
        vm_state="active",
        task_state=None,
        power_state=1,
        project_id="demo-id",
        host="compute-01",
        zone="az1",
        vcpus=2,
        memory_mib=4096,
        disk_gib=10,
        root_gib=10,
        ephemeral_gib=0,
        swap_mib=0,
        flavor_name="m1.medium",
        extra_specs={},
        addresses=("10.0.0.13",),
        updated="2026-11-20T08:00:10Z",
        created=datetime(2026, 11, 20, 8, 0, 0, tzinfo=timezone.utc),
    )


def test_server_in_a_cell_that_is_down_has_few_values():
    one = Server.from_api({"id": INSTANCE, "status": "UNKNOWN", "tenant_id": "demo-id", "created": "", "links": []})
    assert one == Server(INSTANCE, None, "UNKNOWN", project_id="demo-id")


@pytest.mark.parametrize(
    ("flavor", "disk"),
    [
        ({"disk": 10, "ephemeral": 5, "swap": 0}, 15),
        ({"disk": 10, "ephemeral": 0, "swap": 1}, 11),
        ({"disk": 10, "ephemeral": 0, "swap": 2048}, 12),
        ({"disk": 10, "ephemeral": 0, "swap": ""}, 10),
        ({"disk": 10, "OS-FLV-EXT-DATA:ephemeral": 20}, 30),
        ({"disk": 0}, 0),
        ({"id": "1"}, None),
        ({}, None),
    ],
    ids=range(8),
)
def test_disk_is_root_ephemeral_and_swap(flavor, disk):
    assert Server.from_api(SERVER | {"flavor": flavor}).disk_gib == disk


@pytest.mark.parametrize(
    ("image", "volume"), [("", True), ({"id": "a"}, False), (None, False)], ids=["empty", "image", "null"]
)
def test_no_image_means_a_volume(image, volume):
    assert Server.from_api(SERVER | {"image": image}).volume_backed is volume


def test_addresses_of_all_networks():
    port, floating, other = {"addr": "10.0.0.3"}, {"addr": "192.0.2.7"}, {"addr": "fd00::3"}
    one = Server.from_api(SERVER | {"addresses": {"a": [port, floating], "b": [other, {}], "c": []}})
    assert one.addresses == ("10.0.0.3", "192.0.2.7", "fd00::3")


@pytest.mark.parametrize(("text", "drive"), [("True", True), ("", False)])
def test_config_drive_is_a_boolean(text, drive):
    assert Server.from_api(SERVER | {"config_drive": text}).config_drive is drive


def test_lock_with_its_reason():
    one = Server.from_api(SERVER | {"locked": True, "locked_reason": "audit"})
    assert (one.locked, one.locked_reason) == (True, "audit")


@pytest.mark.parametrize(
    ("changes", "host"),
    [
        ({}, ComputeHost("compute-02", "az1")),
        ({"state": "down", "forced_down": True}, ComputeHost("compute-02", "az1", up=False, forced_down=True)),
        (
            {"status": "disabled", "disabled_reason": "bad fan"},
            ComputeHost("compute-02", "az1", enabled=False, disabled_reason="bad fan"),
        ),
    ],
    ids=["sound", "down", "disabled"],
)
def test_compute_host_has_all_values_of_the_answer(changes, host):
    assert ComputeHost.from_api(SERVICE | changes) == host


def test_compute_host_in_a_cell_that_is_down_is_marked():
    minimal = {"binary": "nova-compute", "host": "c1", "status": "UNKNOWN"}
    assert ComputeHost.from_api(minimal) == ComputeHost("c1", up=False, enabled=False, cell_down=True)


@pytest.mark.parametrize(
    ("data", "groups", "zone", "known"),
    [
        ({}, None, None, False),
        ({"server_groups": []}, (), None, False),
        ({"server_groups": ["g"], "pinned_availability_zone": None}, ("g",), None, True),
        ({"server_groups": ["g"], "pinned_availability_zone": "az1"}, ("g",), "az1", True),
    ],
    ids=["2.60", "2.71", "2.96", "pinned"],
)
def test_group_and_pinned_zone_depend_on_the_microversion(data, groups, zone, known):
    one = Server.from_api(SERVER | data)
    assert (one.group_ids, one.pinned_zone, one.pinned_zone_known) == (groups, zone, known)


def test_flavor_with_its_parts_and_extra_specs():
    flavor = {
        "vcpus": 1,
        "ram": 64,
        "disk": 8,
        "ephemeral": 4,
        "swap": 1500,
        "extra_specs": {"hw:cpu_policy": "shared"},
    }
    one = Server.from_api(SERVER | {"flavor": flavor})
    assert (one.root_gib, one.ephemeral_gib, one.swap_mib, one.disk_gib) == (8, 4, 1500, 14)
    assert one.extra_specs == {"hw:cpu_policy": "shared"}


def test_flavor_with_only_an_id_has_no_sizes():
    one = Server.from_api(SERVER | {"flavor": {"id": "1", "links": []}})
    facts = (one.vcpus, one.memory_mib, one.disk_gib, one.root_gib, one.ephemeral_gib, one.swap_mib, one.extra_specs)
    assert facts == (None,) * 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T12:00:00.000000", NOON),
        ("2026-11-22T12:00:00", NOON),
        ("2026-11-22T12:00:00Z", NOON),
        ("2026-11-22T14:00:00+02:00", NOON),
        ("2026-11-22T12:00:00.500000", NOON + timedelta(milliseconds=500)),
        ("", None),
        (None, None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59.999999", None),
    ],
    ids=["microseconds", "seconds", "Z", "offset", "half a second", "empty", "null", "first year", "last year"],
)
def test_parse_time_returns_utc(text, expected):
    assert parse_time(text) == expected
