# SPDX-License-Identifier: Apache-2.0
"""Compare a verdict about a destination with Nova: request the live migration, and wait for its result."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.http import HttpRequest
from novaclient.client import Client as NovaClient
from novaclient.exceptions import ClientException
from novaclient.v2.servers import Server

from migration_panel.api.nova import Nova
from migration_panel.migration_types import LIVE, LIVE_BLOCK
from migration_panel.preflight.assess import findings
from migration_panel.preflight.destinations import verdicts
from migration_panel.preflight.finding import ERROR
from migration_panel.preflight.query import read_case
from tests.support.embedded_cloud import eventually

ENDS = frozenset({"completed", "failed", "error", "cancelled"})
# Metadata for a quick migration without the simulated behavior of the demo.
QUICK = {"sim_seconds": "0", "sim_prepare_seconds": "0", "sim_interval": "0.1", "sim_converge": "yes", "sim_fail": ""}
# Maximum duration and time between two look-ups, s: many migrations run at once, and Nova is one process.
PATIENCE, PAUSE = 180, 0.5
# A reason that no API shows before the migration: the hypervisors compare their CPUs.
UNPREDICTABLE = "CPU doesn't have compatibility."


@dataclass(frozen=True)
class Trial:
    instance: str
    host: str
    errors: tuple[str, ...]
    # Why Nova did not migrate the instance; empty if it did.
    refusal: str

    @property
    def cell(self) -> tuple[str, str]:
        column = "accepted" if not self.refusal else "unpredictable" if UNPREDICTABLE in self.refusal else "refused"
        return ("unfit" if self.errors else "fit", column)


@dataclass
class Trials:
    nova: NovaClient
    request: HttpRequest

    def of(self, server: Server, hosts: list[str]) -> list[Trial]:
        """Try the instance's own host first, then all other hosts in turn."""
        server.get()
        own = getattr(server, "OS-EXT-SRV-ATTR:host")
        return [self.try_one(server, host) for host in [own, *(host for host in hosts if host != own)]]

    def try_one(self, server: Server, host: str) -> Trial:
        return Trial(server.name, host, self.judge(server, host), self._move(server, host))

    def judge(self, server: Server, host: str) -> tuple[str, ...]:
        """Return the codes of all errors.  Check that the list of hosts and the findings agree about the host."""
        kind = LIVE if server.metadata.get("sim_storage") == "shared" else LIVE_BLOCK
        case = async_to_sync(read_case)(self.request, Nova.connect(self.request), kind, server.id, host)
        assert case.missing == {}
        codes = [finding.code for finding in findings(case) if finding.level == ERROR]
        [verdict] = [verdict for verdict in verdicts(case) if verdict.name == host]
        assert verdict.fits is not any(code.startswith("destination-") for code in codes)
        return tuple(codes)

    def _move(self, server: Server, host: str) -> str:
        before = len(self._migrations(server))
        try:
            server.live_migrate(host, server.metadata.get("sim_storage") != "shared")
        except ClientException as error:
            return str(error)
        moved = eventually(lambda: self._ended(server, before), PATIENCE, every=PAUSE)
        eventually(lambda: self._is_quiet(server), PATIENCE, every=PAUSE)
        return "" if moved.status == "completed" else f"{moved.status}: {self._why(server)}"

    def _migrations(self, server: Server) -> list:
        return self.nova.migrations.list(instance_uuid=server.id)

    def _ended(self, server: Server, before: int):
        migrations = self._migrations(server)
        return migrations[0] if len(migrations) > before and migrations[0].status in ENDS else None

    def _is_quiet(self, server: Server) -> bool:
        server.get()
        return getattr(server, "OS-EXT-STS:task_state") is None

    def _why(self, server: Server) -> str:
        newest = self.nova.instance_action.list(server)[0]
        events = self.nova.instance_action.get(server, newest.request_id).events
        return " ".join(str(event.get("details")) for event in events)


def table(trials: list[Trial]) -> str:
    """Return the confusion table."""
    count = Counter(trial.cell for trial in trials)
    columns = ("accepted", "refused", "unpredictable")
    lines = [f"{'':10}{'accepted':>10}{'refused':>10}{'refused for an unpredictable reason':>38}"]
    for row in ("fit", "unfit"):
        numbers = [count[row, column] for column in columns]
        lines.append(f"{row:10}{numbers[0]:>10}{numbers[1]:>10}{numbers[2]:>38}")
    return "\n".join(lines)
