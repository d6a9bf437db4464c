# SPDX-License-Identifier: Apache-2.0
"""Empty a host: the panel's drain beside Horizon's Migrate Host, of the same instances in turn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from novaclient import client as novaclient

from benchmarks.acts import Compared
from benchmarks.crowd import HOST, PATIENCE, PAUSE, crowd
from benchmarks.measure import Act, in_turn
from benchmarks.stage import Stage, Visitor
from benchmarks.table import seconds
from benchmarks.weights import Weight
from tests.support.embedded_cloud import eventually

HOSTS = "/admin/migrations/hosts/"
MIGRATE_HOST = f"/admin/hypervisors/{HOST}/migrate_host"
# A request that continues a drain ends after two seconds and the call in progress then, s.
LONGEST = 5.0
# So many instances can leave and return several times within minutes.
FEW = 50
# So many instances return at once. More would wait for each other in SQLite until it fails.
TOGETHER = 25
# Requests to the page of all hosts, so that each worker answers at least once.
VISITS = 20
UNFINISHED = ("accepted", "queued", "preparing", "running")
# Calls of a request that continues the run, before it migrates: the service, the instances, their migrations.
LOOK = 4


@dataclass
class Drain:
    """One drain after another.  `requests`: the duration of each request of the last drain, s."""

    visitor: Visitor
    requests: list[float] = field(default_factory=list)

    def begin(self) -> None:
        """Send the form of the plan, and then the form of the run while the drain can continue, as the page does."""
        self.requests = []
        answer = self._timed(f"{HOSTS}{HOST}/drain/", {"reason": "benchmark"})
        while answer["goes_on"]:
            answer = self._timed(f"{HOSTS}{HOST}/run/", {})

    def _timed(self, path: str, fields: dict[str, str]) -> dict:
        began = time.monotonic()
        answer = self.visitor.post(path, fields, accept="application/json").json()
        self.requests.append(time.monotonic() - began)
        return answer


def drains(stage: Stage, numbers: Sequence[int]) -> Iterator[Compared | Weight]:
    """Compare drains of hosts that have only the instances to drain.  Many instances leave only once: Nova is slow."""
    nova = stage.nova()
    for number in numbers:
        with crowd(nova, number, prefix="drain", sim_seconds="0", sim_prepare_seconds="0") as instances:
            drain, theirs = Drain(stage.visitor()), stage.visitor()
            # Each worker negotiates Nova's version once, and which worker answers is random.
            for _ in range(VISITS):
                theirs.get(HOSTS)
            chosen = {"current_host": HOST, "migrate_type": "live_migrate"}
            back = partial(bring_back, nova, instances)
            sides = {"ours": Act(drain.begin, back), "theirs": Act(partial(theirs.post, MIGRATE_HOST, chosen), back)}
            few = number <= FEW
            results = in_turn(stage, sides, times=3 if few else 1, warm=few)
            eventually(lambda instances=instances: all_at_rest(nova, instances), PATIENCE, every=PAUSE)
        looks, longest = len(drain.requests) - 1, max(drain.requests)
        act = f"drain, {number} instances"
        yield Compared(act, number + 4 + LOOK * looks, **results, note=f"requests: {looks + 1}, Horizon 1")
        slowest = max(run.slowest for run in results["ours"].runs)
        told = f"{seconds(longest)}; the slowest call to Nova {seconds(slowest)}"
        yield Weight(f"{act}: longest request", told, f"< {seconds(LONGEST)}", longest < LONGEST)


def bring_back(nova: novaclient.Client, instances: Sequence[str]) -> None:
    """Enable the host, and migrate all instances back to it."""
    eventually(lambda: all_at_rest(nova, instances), PATIENCE, every=PAUSE)
    [service] = nova.services.list(host=HOST, binary="nova-compute")
    nova.services.enable(service.id)
    while left := away(nova, instances)[:TOGETHER]:
        for one in left:
            nova.servers.live_migrate(one, HOST, False)
        eventually(lambda: all_at_rest(nova, instances), PATIENCE, every=PAUSE)


def all_at_rest(nova: novaclient.Client, instances: Sequence[str]) -> bool:
    """Return whether no migration is in progress: Nova still works on a migration when the instance is ready."""
    if any(nova.migrations.list(status=status, limit=1) for status in UNFINISHED):
        return False
    states = {one.id: (one.status, getattr(one, "OS-EXT-STS:task_state")) for one in nova.servers.list(limit=1000)}
    return all(states[one] == ("ACTIVE", None) for one in instances)


def away(nova: novaclient.Client, instances: Sequence[str]) -> list[str]:
    hosts = {one.id: getattr(one, "OS-EXT-SRV-ATTR:host") for one in nova.servers.list(limit=1000)}
    return [one for one in instances if hosts[one] != HOST]
