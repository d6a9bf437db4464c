# SPDX-License-Identifier: Apache-2.0
"""The four types of migration: what Nova is asked for, and what it takes."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    slug: str
    live: bool
    # Whether the instance's local disk is copied to the destination's own.
    block: bool

    @property
    def vm_states(self) -> frozenset[str]:
        """Where Nova takes it (nova/compute/api.py, check_instance_state)."""
        return frozenset({"active", "paused"} if self.live else {"active", "stopped"})

    @property
    def takes_destination(self) -> bool:
        """Cold kinds leave the host to the scheduler: a person names one for live kinds only."""
        return self.live

    @property
    def rule(self) -> str:
        action = "migrate_live" if self.live else "migrate"
        return f"os_compute_api:os-migrate-server:{action}"

    @property
    def host_rule(self) -> str:
        return f"{self.rule}:host"

    def command(self, instance_id: str, destination: str = "") -> str:
        """The same request on the command line.  Cold block has no flag: Nova never told it from cold."""
        words = ["openstack", "server", "migrate"]
        if self.live:
            words += ["--live-migration", "--block-migration" if self.block else "--shared-migration"]
        if destination and self.takes_destination:
            words += ["--host", destination]
        return shlex.join([*words, instance_id])


COLD = Kind("cold", live=False, block=False)
LIVE = Kind("live", live=True, block=False)
COLD_BLOCK = Kind("cold-block", live=False, block=True)
LIVE_BLOCK = Kind("live-block", live=True, block=True)

KINDS = {kind.slug: kind for kind in (COLD, LIVE, COLD_BLOCK, LIVE_BLOCK)}
