# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest
from django.utils import timezone

from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence
from migration_panel.hosts.drain.records import NO_CHANGE
from migration_panel.hosts.drain.return_state import return_of
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.run_text import headline, warnings
from migration_panel.hosts.drain.text import OBSTACLES, obstacle_text, reason_of, step_text
from tests.support.host_records import HOST, NOW, ORDER, START, move, server
from tests.support.record_ids import record_id

EMPTY = drain_of(HOST, ORDER, [], [], now=NOW)


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (None, "Nova lists no instance on compute-01. This could not be confirmed"),
        (UNKNOWN, "Nova lists no instance on compute-01. This could not be confirmed"),
        (Evidence(True, instances=1), "Placement still holds allocations of 1 instance on it."),
        (Evidence(True, instances=5), "Placement still holds allocations of 5 instances on it."),
        (Evidence(True, evacuated=1), "Placement still holds 1 allocation on it."),
        (Evidence(True, instances=1, migrations=2), "Placement still holds 3 allocations on it."),
        (Evidence(True, running=4), "the hypervisor reports 4 running instances."),
        (Evidence(True), "Host is empty. It is safe to reboot."),
        (Evidence(True, leftover=3), "Host is empty. It is safe to reboot."),
    ],
    ids=record_id,
)
def test_headline_says_only_what_is_proven(evidence, text):
    run = replace(EMPTY, evidence=evidence)
    assert text in headline(run)
    assert ("safe to reboot" in headline(run)) is run.empty


@pytest.mark.parametrize(
    ("evidence", "texts"),
    [
        (Evidence(True, evacuated=2), ["2 allocations belong to evacuated instances"]),
        (Evidence(True, migrations=1), ["1 allocation belongs to a migration"]),
        (Evidence(True, leftover=1), ["placement audit --delete"]),
        (Evidence(True, instances=2), []),
        (Evidence(True, instances=2, evacuated=1), ["2 allocations belong to instances", "1 allocation belongs to an"]),
        (UNKNOWN, []),
    ],
    ids=record_id,
)
def test_holders_of_allocations_are_shown(evidence, texts):
    found = warnings(replace(EMPTY, evidence=evidence))
    assert len(found) == len(texts)
    assert all(text in line for text, line in zip(texts, found, strict=True))


@pytest.mark.parametrize("code", OBSTACLES)
def test_each_reason_has_a_sentence(code):
    assert "%(" not in obstacle_text(code, "compute-02", HOST, "2026-11-22 14:00:05 UTC")


def test_time_of_the_last_change_is_in_the_readers_zone():
    migration = move(status="confirming", type="migration")
    run = drain_of(HOST, ORDER, [], [migration], now=NOW, verdicts={migration.uuid: NO_CHANGE})
    with timezone.override("Asia/Tokyo"):
        assert "since 2026-11-22 23:00:07 JST" in reason_of(run, run.steps[0], {})


def test_post_copy_is_shown_as_running_on_the_destination():
    run = drain_of(HOST, ORDER, [server(task_state="migrating")], [move(status="running (post-copy)")], now=NOW)
    assert step_text(run, run.steps[0]) == "Running on compute-02, copying the remaining memory (post-copy)"


def test_warning_names_a_host_that_was_not_restarted():
    run = return_of(HOST, START, [], [move(type="evacuation", status="done")], {}, now=NOW)
    assert any("has not been restarted" in text for text in warnings(run))


@pytest.mark.parametrize(("outcome", "words"), [(Outcome.QUEUED, "Choosing a host"), (Outcome.FAILED, "")])
def test_only_a_migration_in_progress_waits_for_the_scheduler(outcome, words):
    step = Step("a", outcome, migration=move("a", "error", destination=None))
    assert step_text(DrainRun(HOST, Direction.DRAIN, START, (step,)), step) == words
