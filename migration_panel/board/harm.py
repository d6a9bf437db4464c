# SPDX-License-Identifier: Apache-2.0
"""The state of an instance after a failed or aborted live migration, from Nova's records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from migration_panel.api.models import Migration, Server
from migration_panel.board.status import Phase, phase_of

# Nova's power_state of a running guest.
POWER_RUNNING = 1


class Harm(str, Enum):
    """The state of an instance after a failed or aborted live migration."""

    # Nothing to add to the reason.
    NONE = ""
    # In Error, but the guest is still running on the source.
    UNHARMED = "unharmed"
    # The guest had switched to the destination before the failure.
    SWITCHED = "switched"
    # In Error, and this version of Nova may name the wrong host: the guest is on one of the two hosts.
    UNCERTAIN = "uncertain"
    # In Error, and policy hides the host.
    UNSEEN = "unseen"
    # Failed after force complete, which may have started post-copy.
    FORCED = "forced"
    # Failed in post-copy: the memory is split between two hosts.
    LOST = "lost"


@dataclass(frozen=True)
class Doubts:
    """What the records of the migration and of the instance do not say."""

    # Whether Nova updates ``instance.host`` even if its last step fails (Nova 27 and newer).
    host_follows: bool = True
    # Whether the migration was seen in post-copy.
    post_copy: bool = False
    # Whether force complete was requested.
    forced: bool = False


NO_DOUBTS = Doubts()


def harm_of(migration: Migration, server: Server | None, doubts: Doubts) -> Harm:
    """Return the state of the instance.  The migration must be its last.

    Before release 27, a failure after the switch-over leaves ``instance.host`` at the source although the guest runs
    on the destination.  Nova 32.2 to 34.0 set instances to Error whose guests are still running on the source.
    """
    if server is None or migration.type != "live-migration":
        return Harm.NONE
    failed, in_error = phase_of(migration.status) is Phase.FAILED, server.status == "ERROR"
    if failed and _is_at_destination(migration, server):
        return Harm.SWITCHED if doubts.host_follows or not in_error else Harm.UNCERTAIN
    if failed and doubts.post_copy:
        return Harm.LOST
    if failed and doubts.forced:
        return Harm.FORCED
    if not in_error or server.task_state is not None:
        return Harm.NONE
    if server.host is None:
        return Harm.UNSEEN
    if server.host != migration.source or server.power_state != POWER_RUNNING:
        return Harm.NONE
    # Without a destination, the guest never left.
    return Harm.UNHARMED if doubts.host_follows or migration.destination is None else Harm.UNCERTAIN


def is_resettable(harm: Harm, server: Server | None, doubts: Doubts) -> bool:
    """Return whether the state of the instance can be reset without risk for the guest."""
    runs_in_error = (
        server is not None
        and server.status == "ERROR"
        and server.power_state == POWER_RUNNING
        and server.task_state is None
    )
    return runs_in_error and doubts.host_follows and harm in (Harm.UNHARMED, Harm.SWITCHED)


def _is_at_destination(migration: Migration, server: Server) -> bool:
    destination = migration.destination
    return destination is not None and destination != migration.source and server.host == destination
