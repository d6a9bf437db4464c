# SPDX-License-Identifier: Apache-2.0
"""Compare a verdict about a destination with Nova: request the live migration, and wait for its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync
from django.http import HttpRequest
from novaclient.client import Client as NovaClient
from novaclient.exceptions import ClientException
from novaclient.v2.servers import Server

from migration_panel.api.nova import Nova
from migration_panel.migration_types import LIVE, LIVE_BLOCK, Kind
from migration_panel.preflight.assess import findings
from migration_panel.preflight.destinations import verdicts
from migration_panel.preflight.finding import ERROR
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.query import read_case
from tests.support.embedded_cloud import eventually

ENDS = frozenset({"completed", "failed", "error", "cancelled"})
# Metadata for a quick migration without the simulated behavior of the demo.
QUICK = {"sim_seconds": "0", "sim_prepare_seconds": "0", "sim_interval": "0.1", "sim_converge": "yes", "sim_fail": ""}
# Maximum duration and time between two look-ups, s: many migrations run at once, and Nova is one process.
PATIENCE, PAUSE = 180, 1.0
# A reason that no API shows before the migration: the hypervisors compare their CPUs.
UNPREDICTABLE = "CPU doesn't have compatibility."


@dataclass(frozen=True)
class Trial:
    instance: str
    host: str
    # The codes of all errors, for each host as destination.
    verdicts: dict[str, tuple[str, ...]]
    # Why Nova did not migrate the instance; empty if it did.
    refusal: str

    @property
    def errors(self) -> tuple[str, ...]:
        return self.verdicts[self.host]

    @property
    def cell(self) -> tuple[str, str]:
        column = "accepted" if not self.refusal else "unpredictable" if UNPREDICTABLE in self.refusal else "refused"
        return ("unfit" if self.errors else "fit", column)


@dataclass
class Trials:
    nova: NovaClient
    request: HttpRequest

    def of(self, server: Server, hosts: Iterable[str]) -> list[Trial]:
        """Try the hosts in turn.  The instance is read again only after Nova has moved the instance."""
        found: list[Trial] = []
        for host in hosts:
            if not found or not found[-1].refusal:
                judged = self._judge(server)
            found.append(Trial(server.name, host, judged, self._move(server, host)))
        return found

    def _judge(self, server: Server) -> dict[str, tuple[str, ...]]:
        """Return the codes of all errors by host.  Check that the list of hosts and the findings agree."""
        case = async_to_sync(read_case)(self.request, Nova.connect(self.request), migration_type(server), server.id)
        assert case.missing == {}
        judged = {verdict.name: codes_of(case, verdict.name) for verdict in verdicts(case)}
        for verdict in verdicts(case):
            assert verdict.fits is not any(code.startswith("destination-") for code in judged[verdict.name])
        return judged

    def _move(self, server: Server, host: str) -> str:
        before = len(self._migrations(server))
        try:
            server.live_migrate(host, migration_type(server) is LIVE_BLOCK)
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


def migration_type(server: Server) -> Kind:
    return LIVE if server.metadata.get("sim_storage") == "shared" else LIVE_BLOCK


def codes_of(case: PreflightInput, host: str) -> tuple[str, ...]:
    found = findings(replace(case, destination=host))
    return tuple(finding.code for finding in found if finding.level == ERROR)


def table(trials: list[Trial]) -> str:
    """Return the confusion table."""
    count = Counter(trial.cell for trial in trials)
    columns = ("accepted", "refused", "unpredictable")
    lines = [f"{'':10}{'accepted':>10}{'refused':>10}{'refused for an unpredictable reason':>38}"]
    for row in ("fit", "unfit"):
        numbers = [count[row, column] for column in columns]
        lines.append(f"{row:10}{numbers[0]:>10}{numbers[1]:>10}{numbers[2]:>38}")
    return "\n".join(lines)
