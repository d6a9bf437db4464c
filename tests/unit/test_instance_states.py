# SPDX-License-Identifier: Apache-2.0
"""States of instances as Horizon names them."""

import pytest
from django.utils.functional import Promise
from openstack_dashboard.dashboards.project.instances.tables import (
    POWER_DISPLAY_CHOICES,
    STATUS_DISPLAY_CHOICES,
    TASK_DISPLAY_CHOICES,
)

from migration_panel.instance_states import power_label, state_label, task_label
from migration_panel.preflight.instance_checks import POWER

# Nova's statuses (nova/api/openstack/common.py) and vm_states (nova/compute/vm_states.py).
LABELS = {
    "ACTIVE": "Active",
    "SHUTOFF": "Shutoff",
    "PAUSED": "Paused",
    "SUSPENDED": "Suspended",
    "ERROR": "Error",
    "RESCUE": "Rescue",
    "SHELVED_OFFLOADED": "Shelved Offloaded",
    "SOFT_DELETED": "Soft Deleted",
    "MIGRATING": "Migrating",
    "VERIFY_RESIZE": "Confirm or Revert Resize/Migrate",
    "active": "Active",
    "stopped": "Shutoff",
    "building": "Build",
    "rescued": "Rescue",
    "resized": "Confirm or Revert Resize/Migrate",
    "soft-delete": "Soft Deleted",
    "shelved": "Shelved",
}


@pytest.mark.parametrize(("word", "label"), LABELS.items())
def test_state_has_the_label_of_horizons_table(word, label):
    assert state_label(word) == label


@pytest.mark.parametrize("word", ["UNKNOWN", "odd", "", "<b>"])
def test_word_that_horizon_does_not_know_is_shown_as_it_is(word):
    assert (state_label(word), task_label(word), power_label(word)) == (word, word, word)


def test_task_and_power_state_have_labels():
    assert (task_label("rebooting"), power_label("SHUTDOWN")) == ("Rebooting", "Shut Down")
    assert all(power_label(word) != word for word in POWER.values())


def test_labels_are_horizons_own_translated_choices():
    choices = (*STATUS_DISPLAY_CHOICES, *TASK_DISPLAY_CHOICES, *POWER_DISPLAY_CHOICES)
    assert all(isinstance(label, Promise) for _word, label in choices)
