# SPDX-License-Identifier: Apache-2.0
"""Which actions apply: every type, in every status that Nova writes and in an unknown status."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import openstack_dashboard
import pytest
import yaml

from migration_panel.board.actions import (
    ABORT,
    ACTIONS,
    CONFIRM,
    FORCE_COMPLETE,
    RESET_STATE,
    REVERT,
    available_actions,
)
from migration_panel.board.status import PHASES, TYPES

EVERY_TYPE = [*TYPES, "teleportation", ""]
EVERY_STATUS = [*PHASES, "teleporting", ""]

# All actions that apply to any migration, for an instance that runs under Nova 2.65 or newer.
FITS = {
    ("live-migration", "queued"): {"abort"},
    ("live-migration", "preparing"): {"abort"},
    ("live-migration", "running"): {"abort", "force-complete"},
    ("migration", "finished"): {"confirm", "revert"},
    ("resize", "finished"): {"confirm", "revert"},
}
# Nova may have set the instance to Error although its guest is running.
MENDS = {("live-migration", status): {"reset-state"} for status in ("cancelled", "failed", "error")}


def slugs(*args, **circumstances) -> set[str]:
    return {action.slug for action in available_actions(*args, **circumstances)}


@pytest.mark.parametrize("status", EVERY_STATUS)
@pytest.mark.parametrize("migration_type", EVERY_TYPE)
@pytest.mark.parametrize("paused", [False, True], ids=["", "paused"])
@pytest.mark.parametrize("queue", [True, False], ids=["", "before 2.65"])
def test_offered_actions_are_those_that_nova_accepts(migration_type, status, paused, queue):
    fits = FITS.get((migration_type, status), set())
    if paused:
        fits = fits - {"force-complete"}
    if not queue and status != "running":
        fits = fits - {"abort"}
    assert slugs(migration_type, status, paused=paused, queue=queue) == fits


@pytest.mark.parametrize("status", EVERY_STATUS)
@pytest.mark.parametrize("migration_type", EVERY_TYPE)
def test_repair_is_offered_only_where_the_instance_is_unharmed(migration_type, status):
    usual = FITS.get((migration_type, status), set())
    assert slugs(migration_type, status, unharmed=True) == usual | MENDS.get((migration_type, status), set())


@pytest.mark.parametrize(("migration_type", "status"), [("live-migration", "running"), ("migration", "finished")])
def test_defaults_are_a_running_instance_and_a_new_nova(migration_type, status):
    assert slugs(migration_type, status) == FITS[migration_type, status]


@pytest.mark.parametrize("status", EVERY_STATUS)
@pytest.mark.parametrize("migration_type", EVERY_TYPE)
def test_each_action_knows_where_it_applies(migration_type, status):
    fits = {action.slug for action in ACTIONS.values() if action.applies_to(migration_type, status)}
    assert fits == (FITS | MENDS).get((migration_type, status), set())


def test_abort_and_revert_come_last():
    assert [one.slug for one in available_actions("live-migration", "running")] == ["force-complete", "abort"]
    assert [one.slug for one in available_actions("migration", "finished")] == ["confirm", "revert"]


def test_slugs_are_the_contracts():
    assert ACTIONS == {
        "abort": ABORT,
        "force-complete": FORCE_COMPLETE,
        "confirm": CONFIRM,
        "revert": REVERT,
        "reset-state": RESET_STATE,
    }


def test_only_the_repair_is_not_offered_to_scripts():
    assert [slug for slug, action in ACTIONS.items() if action.repair] == ["reset-state"]


def test_only_these_are_answered_before_anything_has_happened():
    assert {slug for slug, action in ACTIONS.items() if action.cast} == {"abort", "force-complete"}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_rules_are_novas_as_horizon_knows_them(action):
    defaults = Path(openstack_dashboard.__file__).parent / "conf" / "default_policies" / "nova.yaml"
    assert action.rule in {rule["name"] for rule in yaml.safe_load(defaults.read_text())}


def test_rules_differ():
    assert len({action.rule for action in ACTIONS.values()}) == len(ACTIONS)


def test_action_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        ABORT.slug = "confirm"
