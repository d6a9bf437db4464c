# SPDX-License-Identifier: Apache-2.0
"""Withhold Nova's texts that may name a host, for users who may not see hosts."""

from __future__ import annotations

import re
from dataclasses import replace

from migration_panel.api.models import InstanceAction

THIS = "this state"
UUID = r"[0-9a-f-]{36}"
STATE = r"(vm_state|task_state|power_state) [a-z_-]+"

# Complete texts of nova/exception.py and nova/api/openstack: a reason after them may name a host.
SAFE = re.compile(
    "|".join(
        (
            r"Policy doesn't allow [\w:.-]+ to be performed\.",
            rf"Cannot '[\w ]+' instance {UUID} while it is in {STATE}",
            rf"Instance {UUID} in {STATE}\. Cannot [\w ]+ while the instance is in this state\.",
            rf"Instance {UUID} is locked",
            rf"Instance {UUID} is in an invalid state for '[\w ]+'",
            rf"Instance {UUID} could not be found\.",
            r"Instance has not been resized\.",
            rf"Marker {UUID} could not be found\.",
            rf"Migration \d+ (for|of) (server|instance) {UUID} could not be found\.",
            rf"Migration \d+ not found for instance {UUID}",
            rf"In-progress live migration \d+ is not found for server {UUID}\.",
            rf"Migration \d+ state of instance {UUID} is [a-z ()-]+\. Cannot [\w ]+ while the migration is in {THIS}\.",
            rf"(Live m|M)igration \d+ for server {UUID} is not (live-migration|in progress)\.",
            r"No valid host was found\.( There are not enough hosts available\.)?",
            r"No valid host was found\. No valid host found for (cold migrate|resize)",
            r"Quota exceeded for [\w, ]+: Requested [\d, ]+, but already used [\d, ]+ of [\d, ]+ [\w, ]+",
            r"Unexpected API Error\. Please report this at [\w:/.-]+ and attach the Nova API log if possible\.",
        )
    )
)


# nova/virt/libvirt/driver.py: the name of a host, then what a retry depends on.
STORAGE = re.compile(
    r"\S+ (is not on shared storage: Shared storage live-migration requires either shared storage or boot-from-volume "
    r"with no local disks\.|is not on local storage: Block migration can not be used with shared storage\.)"
)


def names_no_host(text: str) -> bool:
    """Return whether a text names no host, whatever happened."""
    return SAFE.fullmatch(text.strip()) is not None


def redact_text(text: str | None) -> str | None:
    """Return the part of a text that names no host; None if the text has no part of that kind."""
    if not text or names_no_host(text):
        return text
    storage = STORAGE.fullmatch(text.strip())
    return f"\N{HORIZONTAL ELLIPSIS} {storage[1]}" if storage else None


def redact_action(action: InstanceAction) -> InstanceAction:
    """Return an action without hosts and texts that may name a host.

    Nova shows events by another policy rule than hosts, so some users who may not see hosts would see their names.
    """
    events = tuple(replace(event, host=None, details=redact_text(event.details)) for event in action.events)
    return replace(action, events=events)
