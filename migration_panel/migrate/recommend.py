# SPDX-License-Identifier: Apache-2.0
"""Which of the four types suits the instance now, and why.  Never chosen for anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migration_panel.migration_types import COLD, COLD_BLOCK, LIVE, LIVE_BLOCK, Kind

RUNNING_STATES = frozenset({"active", "paused"})


@dataclass(frozen=True)
class Recommendation:
    kind: Kind
    # Stable name of the reason; text.py has the sentences.
    why: str


def recommend(vm_state: str, *, local_disk: bool, open_to: Mapping[str, bool]) -> Recommendation | None:
    """``open_to`` tells by slug which types have no error against them.  None where none suits.

    Whether a local disk is on shared storage is not told by Nova's API: it is taken for one of the host's own.
    """
    alive = vm_state in RUNNING_STATES
    live, cold = (LIVE_BLOCK, COLD_BLOCK) if local_disk else (LIVE, COLD)
    storage = "disk" if local_disk else "volume"
    if alive and open_to.get(live.slug):
        return Recommendation(live, f"running-{storage}")
    if open_to.get(cold.slug):
        return Recommendation(cold, f"only-cold-{storage}" if alive else f"off-{storage}")
    return None
