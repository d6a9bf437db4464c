# SPDX-License-Identifier: Apache-2.0
"""Allocations and the hypervisor's count as evidence for a host without a listed instance."""

import pytest

from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence, evidence_of_hypervisors, evidence_of_placement
from migration_panel.hosts.drain.records import DELETED
from tests.support.host_records import HOST, NOW, ORDER, move, uuid_of
from tests.support.record_ids import record_id

WEB = uuid_of("web")
LEFT = move(at=9)
CUT_OFF = move(status="queued")
FAILED = move(status="error")


@pytest.mark.parametrize(
    ("consumers", "migrations", "verdicts", "expected"),
    [
        ([], [], {}, Evidence(known=True)),
        ([WEB], [], {}, Evidence(known=True, instances=1)),
        ([WEB], [LEFT], {}, Evidence(known=True, instances=1)),
        ([WEB, uuid_of("db")], [], {}, Evidence(known=True, instances=2)),
        # The place that an instance keeps on its source while it migrates.
        ([FAILED.uuid], [FAILED], {}, Evidence(known=True, migrations=1)),
        ([FAILED.uuid], [FAILED], {FAILED.uuid: DELETED}, Evidence(known=True, leftover=1)),
        # Left behind by a restart of nova-compute: the instance has left by a later migration.
        ([CUT_OFF.uuid], [CUT_OFF, LEFT], {}, Evidence(known=True, leftover=1)),
        ([CUT_OFF.uuid], [CUT_OFF], {}, Evidence(known=True, migrations=1)),
        ([CUT_OFF.uuid], [CUT_OFF, move(at=9, status="reverted", type="migration")], {}, Evidence(True, migrations=1)),
        ([WEB], [move(status="done", type="evacuation")], {}, Evidence(known=True, evacuated=1)),
        ([WEB], [move(status="completed", type="evacuation")], {}, Evidence(known=True, instances=1)),
    ],
    ids=[
        "nothing",
        "instance",
        "instance whose migration is completed",
        "two instances",
        "failed migration",
        "failed migration of a deleted instance",
        "forgotten migration of an instance that has left",
        "forgotten migration",
        "forgotten migration of an instance that came back",
        "evacuated",
        "evacuated, cleaned up and still held",
    ],
)
def test_evidence_of_placement_counts_consumers(consumers, migrations, verdicts, expected):
    assert evidence_of_placement(consumers, HOST, migrations, verdicts) == expected


@pytest.mark.parametrize(
    ("evidence", "proves_empty"),
    [
        (UNKNOWN, False),
        (Evidence(known=True), True),
        (Evidence(known=True, leftover=2), True),
        (Evidence(known=True, instances=1), False),
        (Evidence(known=True, evacuated=1), False),
        (Evidence(known=True, migrations=1), False),
        (Evidence(known=True, running=1), False),
    ],
    ids=record_id,
)
def test_evidence_proves_empty_only_if_nothing_is_held_or_running(evidence, proves_empty):
    assert evidence.proves_empty is proves_empty


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        ([], UNKNOWN),
        ([None], UNKNOWN),
        ([0, None], UNKNOWN),
        ([0], Evidence(True, of_hypervisors=True)),
        ([0, 2], Evidence(True, running=2, of_hypervisors=True)),
    ],
    ids=record_id,
)
def test_evidence_of_hypervisors_needs_a_count_of_each_node(running, expected):
    assert evidence_of_hypervisors(running) == expected


def test_host_is_not_empty_by_novas_lists_alone():
    run = drain_of(HOST, ORDER, [], [], now=NOW)
    assert (run.listed_empty, run.empty) == (True, False)
