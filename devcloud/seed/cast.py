# SPDX-License-Identifier: Apache-2.0
"""The instances of the demo cloud by name, their purpose, and their past migrations."""

from __future__ import annotations

from dataclasses import dataclass, field

LONG_NAME = "quarterly-" + "-".join(["reporting-pipeline-for-the-finance-department"] * 4) + "-eu-west-7f3a"
SHARED = {"sim_storage": "shared"}
NEVER = {"sim_converge": "never"}


@dataclass(frozen=True)
class Actor:
    """One instance: its host and state at the start, and its behavior in migrations."""

    name: str
    project: str
    flavor: str
    host: str
    metadata: dict[str, str] = field(default_factory=dict)
    zone: str = ""  # the instance is created with the zone, and thus pinned to it
    group: str = ""  # group with anti-affinity
    state: str = ""  # the action of Nova that brings the instance into its state


@dataclass(frozen=True)
class Move:
    """A past migration, which really ran while the databases were prepared."""

    name: str
    kind: str  # live or cold
    user: str
    end: str  # completed, failed, cancelled, error, finished, confirmed or reverted
    to: str = ""  # only admins may name a host


ACTORS = (
    # Live on shared storage: fast.
    Actor("web-01", "demo", "m1.small", "compute-01", SHARED, group="web"),
    Actor("web-02", "demo", "m1.small", "compute-02", SHARED, group="web"),
    Actor("web-03", "demo", "m1.small", "compute-04", SHARED, group="web"),
    Actor("mail-01", "demo", "m1.medium", "compute-03", SHARED, zone="az1"),
    Actor("wiki", "demo", "m1.medium", "compute-01", SHARED),
    # Local disks: live block. The larger the disk, the slower the copy.
    Actor("cache-1", "demo", "m1.small", "compute-01"),
    Actor("cache-2", "demo", "m1.small", "compute-03"),
    Actor("build-agent-1", "demo", "m1.large", "compute-04"),
    Actor("build-agent-2", "demo", "m1.medium", "compute-02"),
    Actor("<b>\"Ops\" & 'QA'</b>", "demo", "m1.tiny", "compute-01"),
    Actor(LONG_NAME, "demo", "m1.tiny", "compute-02"),
    # The guest writes faster than the network copies: never completed until forced.
    Actor("billing-db", "demo", "m1.large", "compute-01", NEVER),
    Actor("reports-db", "demo", "m1.medium", "compute-02", SHARED | NEVER),
    # Refused by every other host; fails in the copy.
    Actor("gpu-legacy", "demo", "m1.medium", "compute-03", {"sim_refuse": "CPU doesn't have compatibility."}),
    Actor("ledger", "demo", "m1.medium", "compute-02", {"sim_fail": "internal error: qemu unexpectedly closed"}),
    # Not running, or locked.
    Actor("old-intranet", "demo", "m1.small", "compute-01", SHARED, state="os-stop"),
    Actor("backup-01", "demo", "m1.large", "compute-03", state="os-stop"),
    Actor("sessions", "demo", "m1.small", "compute-02", SHARED, state="pause"),
    Actor("nightly-batch", "demo", "m1.medium", "compute-03", state="suspend"),
    Actor("vault", "demo", "m1.small", "compute-04", state="lock"),
    # On the disabled host, and on the host that is down.
    Actor("print-server", "demo", "m1.small", "compute-06"),
    Actor("legacy-crm", "demo", "m1.medium", "compute-05"),
    # Migrated and waiting for confirmation.
    Actor("dns-1", "demo", "m1.tiny", "compute-02", SHARED),
    Actor("ticket-archive", "demo", "m1.small", "compute-03", SHARED, state="os-stop"),
    Actor("shop-front-1", "web-shop", "m1.medium", "compute-01", SHARED, zone="az1", group="front"),
    Actor("shop-front-2", "web-shop", "m1.medium", "compute-02", SHARED, zone="az1", group="front"),
    Actor("shop-db", "web-shop", "m1.xlarge", "compute-04", NEVER),
    Actor("shop-search", "web-shop", "m1.medium", "compute-06", SHARED),
    Actor("shop-queue", "web-shop", "m1.small", "compute-03", state="os-stop"),
    Actor("simulation-1", "research", "m1.xlarge", "compute-04", zone="az2"),
    Actor("simulation-2", "research", "m1.xlarge", "compute-06", zone="az2"),
    Actor("notebook-1", "research", "m1.small", "compute-01"),
    Actor("notebook-2", "research", "m1.small", "compute-03", SHARED, state="pause"),
)

MOVES = (
    Move("web-01", "live", "helpdesk", "completed"),
    Move("cache-2", "live", "admin", "completed", to="compute-01"),
    Move("shop-search", "live", "admin", "completed", to="compute-04"),
    Move("ledger", "live", "admin", "failed"),
    Move("billing-db", "live", "helpdesk", "cancelled"),
    Move("gpu-legacy", "live", "helpdesk", "error"),
    Move("old-intranet", "cold", "helpdesk", "confirmed"),
    Move("notebook-1", "cold", "admin", "reverted"),
    Move("dns-1", "cold", "helpdesk", "finished"),
    Move("ticket-archive", "cold", "admin", "finished"),
)
