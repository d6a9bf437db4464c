# SPDX-License-Identifier: Apache-2.0
"""States of instances as Horizon's instance table shows them, so that Horizon's translations apply.

A word that Horizon does not know is shown as Nova writes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from django.utils.functional import Promise
from openstack_dashboard.dashboards.project.instances.tables import (
    POWER_DISPLAY_CHOICES,
    STATUS_DISPLAY_CHOICES,
    TASK_DISPLAY_CHOICES,
)

# Nova's vm_states and power states -> the words of the statuses that Horizon's table shows for them.
SYNONYMS = MappingProxyType(
    {
        "building": "build",
        "nostate": "no state",
        "rescued": "rescue",
        "resized": "verify_resize",
        "soft_deleted": "soft-delete",
        "stopped": "shutoff",
    }
)


def state_label(state: str) -> str:
    """Return the label of an instance's status (``SHUTOFF``) or vm_state (``stopped``)."""
    return _label(STATUS_DISPLAY_CHOICES, state)


def task_label(task: str) -> str:
    """Return the label of a task state, for example of ``rebooting``."""
    return _label(TASK_DISPLAY_CHOICES, task)


def power_label(power: str) -> str:
    """Return the label of a power state, for example of ``CRASHED``."""
    return _label(POWER_DISPLAY_CHOICES, power)


def _label(choices: Iterable[tuple[str, str | Promise]], word: str) -> str:
    wanted = SYNONYMS.get(word.lower(), word.lower())
    return next((str(label) for value, label in choices if value.lower() == wanted), word)
