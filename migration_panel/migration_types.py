# SPDX-License-Identifier: Apache-2.0
"""The four types of migration: the request to Nova, and when Nova accepts it."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A type of migration."""

    # Name in addresses.
    slug: str
    live: bool
    # Whether the instance's local disk is copied to the destination's own.
    block: bool

    @property
    def vm_states(self) -> frozenset[str]:
        """Return the states in which Nova accepts the request (nova/compute/api.py, check_instance_state)."""
        return frozenset({"active", "paused"} if self.live else {"active", "stopped"})

    @property
    def accepts_destination(self) -> bool:
        """Return whether a user may name the destination; for cold kinds, the scheduler chooses it."""
        return self.live

    @property
    def rule(self) -> str:
        """Return Nova's policy rule for the request."""
        action = "migrate_live" if self.live else "migrate"
        return f"os_compute_api:os-migrate-server:{action}"

    @property
    def host_rule(self) -> str:
        """Return Nova's policy rule for a request that names the destination."""
        return f"{self.rule}:host"

    def command(self, instance_id: str, destination: str = "") -> str:
        """Return the command line for the same request.  For Nova, cold block is the same request as cold."""
        arguments = ["openstack", "server", "migrate"]
        if self.live:
            arguments += ["--live-migration", "--block-migration" if self.block else "--shared-migration"]
        if destination and self.accepts_destination:
            arguments += ["--host", destination]
        return shlex.join([*arguments, instance_id])


COLD = Kind("cold", live=False, block=False)
LIVE = Kind("live", live=True, block=False)
COLD_BLOCK = Kind("cold-block", live=False, block=True)
LIVE_BLOCK = Kind("live-block", live=True, block=True)

KINDS = {kind.slug: kind for kind in (COLD, LIVE, COLD_BLOCK, LIVE_BLOCK)}
