# SPDX-License-Identifier: Apache-2.0
"""The acts that are compared, by the panel and by Horizon's own pages, and the budget of the panel."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from novaclient import client as novaclient
from novaclient.v2.servers import Server
from requests import Response

from benchmarks.crowd import crowd, moving
from benchmarks.measure import Act, Runs, in_turn
from benchmarks.stage import Stage, Visitor
from migration_panel.conf import Config
from tests.support.embedded_cloud import eventually

BOARD = "/admin/migrations/"
INSTANCES = "/admin/instances/"
# Calls of Horizon's own frame on any full page: the user's projects, Keystone's root, Neutron's extensions.
FRAME = 3
# Calls: the list, the instance and its actions, then one action and the progress (doc/architecture.rst).
DETAIL = 5
# Budget: the time of a poll divided by the time of its slowest call to Nova.
RATIO = 1.5
# Number of repetitions by the maximum number of rows: with fewer rows, a short delay of the machine changes more.
POLLS = {1: 40, 20: 10, sys.maxsize: 5}


@dataclass(frozen=True)
class Compared:
    """One act, done by the panel and by the matching page of Horizon."""

    act: str
    # Maximum number of calls.
    limit: int
    ours: Runs
    theirs: Runs
    # Maximum of the time divided by that of the slowest call to Nova. None: the ratio is only shown.
    ratio: float | None = None
    note: str = ""

    @property
    def few(self) -> bool:
        return self.ours.calls <= self.limit

    @property
    def swift(self) -> bool:
        return self.ratio is None or self.ours.ratio < self.ratio

    @property
    def within(self) -> bool:
        return self.few and self.swift


class Poller:
    """The board in one browser: each poll sends the cursor of the last poll."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.cursor = ""

    def poll(self) -> None:
        self.cursor = self.visitor.get(f"{BOARD}status/", cursor=self.cursor, html="1").json()["cursor"]


def unshared() -> None:
    """Wait until no user gets the answers of the last poll."""
    time.sleep(Config().share)


def row_polls(visitor: Visitor, instances: list[str]) -> Callable[[], list[Response]]:
    """Return a poll of Horizon's table of instances, which sends one request for each row that is changing."""

    def ask() -> list[Response]:
        query = {"action": "row_update", "table": "instances"}
        return [visitor.get(INSTANCES, **query, obj_id=one) for one in instances]

    return ask


def polls(stage: Stage, numbers: Sequence[int]) -> Iterator[Compared]:
    """Compare polls while instances migrate with Horizon's polls of the same rows, at most twenty."""
    nova = stage.nova()
    if not numbers:
        return
    with crowd(nova, max(numbers), sim_converge="never") as instances:
        for number in numbers:
            some = instances[:number]
            sample = some[:20]
            with moving(nova, some):
                poller = Poller(stage.visitor())
                poller.poll()
                sides = {"ours": Act(poller.poll, unshared), "theirs": Act(row_polls(stage.visitor(), sample))}
                results = in_turn(stage, sides, times=POLLS[min(one for one in POLLS if number <= one)])
                note = (
                    f"rows: {results['ours'].calls - 1} in turn, Horizon {len(sample)}" if number > len(sample) else ""
                )
                yield Compared(f"poll, {number} migrating", 1 + number, **results, ratio=RATIO, note=note)


def pages(stage: Stage) -> Iterator[Compared]:
    """Compare the pages that users open before and after a migration."""
    ours, theirs = stage.visitor(), stage.visitor()
    nova = stage.nova()
    wiki = stage.wiki()
    latest = next(one for one in nova.migrations.list(limit=50) if one.status == "completed")
    detail = f"{BOARD}{latest.uuid}/?instance={latest.instance_uuid}"
    for act, limit, path, other in (
        ("first page of the list", 2 + FRAME, BOARD, INSTANCES),
        ("form, live", 5 + FRAME, f"{BOARD}{wiki}/live/", f"{INSTANCES}{wiki}/live_migrate"),
        ("one of them at length", DETAIL + FRAME, detail, f"{INSTANCES}{latest.instance_uuid}/detail"),
    ):
        sides = {"ours": Act(partial(ours.get, path)), "theirs": Act(partial(theirs.get, other))}
        yield Compared(act, limit, **in_turn(stage, sides, times=20))


def submits(stage: Stage) -> Iterator[Compared]:
    """Compare submissions of live and cold migrations, by the panel and by Horizon in turn."""
    nova = stage.nova()
    ours, theirs = stage.visitor(), stage.visitor()
    with crowd(nova, 2, prefix="submit", sim_seconds="0", sim_interval="1") as (first, second):

        def settle(one: str) -> None:
            server = eventually(lambda: _at_rest(nova, one))
            if server.status == "VERIFY_RESIZE":
                nova.servers.confirm_resize(one)
                eventually(lambda: nova.servers.get(one).status == "ACTIVE")

        def sides(panel: Callable[[], object], own: Callable[[], object]) -> dict[str, Act]:
            return {"ours": Act(panel, partial(settle, first)), "theirs": Act(own, partial(settle, second))}

        chosen = {"instance_id": second, "host": "AUTO_SCHEDULE", "current_host": ""}
        live = sides(
            partial(ours.post, f"{BOARD}{first}/live/", {"destination": ""}),
            partial(theirs.post, f"{INSTANCES}{second}/live_migrate", chosen),
        )
        cold = sides(
            partial(ours.post, f"{BOARD}{first}/cold/", {"destination": ""}),
            partial(theirs.post, INSTANCES, {"action": f"instances__migrate__{second}"}),
        )
        for act, both in (("submit, live", live), ("submit, cold", cold)):
            yield Compared(act, 3, **in_turn(stage, both, times=10))
        for one in (first, second):
            settle(one)


def _at_rest(nova: novaclient.Client, one: str) -> Server | None:
    server = nova.servers.get(one)
    return server if server.status in ("ACTIVE", "VERIFY_RESIZE") else None
