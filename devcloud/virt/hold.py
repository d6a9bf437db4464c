# SPDX-License-Identifier: Apache-2.0
"""Hold a migration in one status for as long as a test needs it, whatever the speed of the machine.

The status is that of the migration record. The task state `resize_finish` has no status of its own and is held by name.
"""

from __future__ import annotations

import time

from nova import context as nova_context
from nova import objects

_KEY = "sim_hold"
_STEP = 0.25  # s, between two reads of the metadata


def is_held(instance: objects.Instance, status: str) -> bool:
    """Return whether the instance's metadata holds its migration in that status now."""
    if _KEY not in instance.metadata:
        return False
    admin = nova_context.get_admin_context()
    current = objects.Instance.get_by_uuid(admin, instance.uuid, expected_attrs=["metadata"])
    return current.metadata.get(_KEY) == status


def wait_while_held(instance: objects.Instance, status: str) -> None:
    """Wait until the metadata no longer holds the migration in that status."""
    while is_held(instance, status):
        time.sleep(_STEP)
