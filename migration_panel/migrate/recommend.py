# SPDX-License-Identifier: Apache-2.0
"""Which of the four types suits an instance best, and why.  The user always chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migration_panel.migration_types import COLD, COLD_BLOCK, LIVE, LIVE_BLOCK, Kind

RUNNING_STATES = frozenset({"active", "paused"})


@dataclass(frozen=True)
class Recommendation:
    """The type that suits best, and why."""

    kind: Kind
    # Code whose sentence is in text.py.
    reason: str


def recommend(vm_state: str, *, local_disk: bool, possible: Mapping[str, bool]) -> Recommendation | None:
    """Return the type that suits best; None if no suitable type is possible.

    ``possible``: by the type's slug, whether it has no errors.  ``local_disk``: Nova's API does not show whether the
    disk is on shared storage, so it counts as local to the host.
    """
    running = vm_state in RUNNING_STATES
    live, cold = (LIVE_BLOCK, COLD_BLOCK) if local_disk else (LIVE, COLD)
    storage = "disk" if local_disk else "volume"
    if running and possible.get(live.slug):
        return Recommendation(live, f"running-{storage}")
    if possible.get(cold.slug):
        return Recommendation(cold, f"only-cold-{storage}" if running else f"off-{storage}")
    return None
