# SPDX-License-Identifier: Apache-2.0
"""The four types: accepted states, policy rules and command lines."""

import shlex

import pytest

from migration_panel.migration_types import COLD, COLD_BLOCK, KINDS, LIVE, LIVE_BLOCK

ID = "6c632c97-7c5c-4f9b-9bd6-2b5a3e8f3c11"


def test_slugs_are_the_keys_and_say_live_and_block():
    assert {slug: (kind.slug, kind.live, kind.block) for slug, kind in KINDS.items()} == {
        "cold": ("cold", False, False),
        "live": ("live", True, False),
        "cold-block": ("cold-block", False, True),
        "live-block": ("live-block", True, True),
    }


@pytest.mark.parametrize(
    ("kind", "states", "accepts_destination", "rule"),
    [
        (COLD, {"active", "stopped"}, False, "os_compute_api:os-migrate-server:migrate"),
        (COLD_BLOCK, {"active", "stopped"}, False, "os_compute_api:os-migrate-server:migrate"),
        (LIVE, {"active", "paused"}, True, "os_compute_api:os-migrate-server:migrate_live"),
        (LIVE_BLOCK, {"active", "paused"}, True, "os_compute_api:os-migrate-server:migrate_live"),
    ],
    ids=["cold", "cold-block", "live", "live-block"],
)
def test_type_has_the_states_and_rules_of_nova(kind, states, accepts_destination, rule):
    assert kind.vm_states == states
    assert kind.accepts_destination is accepts_destination
    assert (kind.rule, kind.host_rule) == (rule, f"{rule}:host")


@pytest.mark.parametrize(
    ("kind", "destination", "line"),
    [
        (COLD, "", f"openstack server migrate {ID}"),
        (COLD_BLOCK, "", f"openstack server migrate {ID}"),
        (LIVE, "", f"openstack server migrate --live-migration --shared-migration {ID}"),
        (LIVE_BLOCK, "", f"openstack server migrate --live-migration --block-migration {ID}"),
        (LIVE, "c-02.lab", f"openstack server migrate --live-migration --shared-migration --host c-02.lab {ID}"),
        (LIVE_BLOCK, "c2", f"openstack server migrate --live-migration --block-migration --host c2 {ID}"),
    ],
    ids=["cold", "cold-block", "live", "live-block", "live to a host", "live-block to a host"],
)
def test_command_line_is_that_of_openstackclient(kind, destination, line):
    assert kind.command(ID, destination) == line


@pytest.mark.parametrize("kind", [COLD, COLD_BLOCK], ids=["cold", "cold-block"])
def test_cold_command_never_names_a_host(kind):
    assert kind.command(ID, "compute-02") == kind.command(ID)


@pytest.mark.parametrize(
    ("host", "quoted"),
    [
        ("a b", "'a b'"),
        ("a;reboot", "'a;reboot'"),
        ("$(reboot)", "'$(reboot)'"),
        ("`id`", "'`id`'"),
        ("it's", "'it'\"'\"'s'"),
        ("a\nb", "'a\nb'"),
        ("größe", "'größe'"),
    ],
    ids=["space", "semicolon", "command", "backquotes", "quote", "line break", "not ASCII"],
)
def test_host_is_quoted_for_the_shell(host, quoted):
    line = LIVE.command(ID, host)
    assert f" --host {quoted} " in line
    assert shlex.split(line)[-2:] == [host, ID]
