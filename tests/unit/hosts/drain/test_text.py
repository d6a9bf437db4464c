# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest
from django.utils import timezone

from migration_panel.exceptions import NotAllowed, NotFound, RequestRejected, ServiceText
from migration_panel.formatting import format_time_left
from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence
from migration_panel.hosts.drain.records import NO_CHANGE
from migration_panel.hosts.drain.return_state import return_of
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.run_text import (
    counts,
    duration_text,
    evidence_text,
    headline,
    warnings,
)
from migration_panel.hosts.drain.submit_result import Refusal
from migration_panel.hosts.drain.text import (
    OBSTACLES,
    SECTIONS,
    WITHOUT_NAME,
    obstacle_text,
    reason_of,
    refusal_text,
    section_of,
    section_title,
    step_text,
)
from tests.support.host_records import HOST, NOW, ORDER, START, move, server
from tests.support.record_ids import record_id

EMPTY = drain_of(HOST, ORDER, [], [], now=NOW)
NOT_EMPTY = "Before you reboot the host, check that no guest is running there."


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (None, "Nova lists no instance on compute-01. This could not be confirmed"),
        (UNKNOWN, "Nova lists no instance on compute-01. This could not be confirmed"),
        (Evidence(True, instances=1), "Placement still holds 1 allocation on this host."),
        (Evidence(True, instances=5), "Placement still holds 5 allocations on this host."),
        (Evidence(True, evacuated=1), "Placement still holds 1 allocation on this host."),
        (Evidence(True, instances=1, migrations=2), "Placement still holds 3 allocations on this host."),
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
        (Evidence(True, evacuated=2), ["2 allocations belong to evacuated instances", NOT_EMPTY]),
        (Evidence(True, migrations=1), ["1 allocation belongs to a migration", NOT_EMPTY]),
        (Evidence(True, leftover=1), ["placement audit --delete"]),
        (Evidence(True, instances=1), ["1 allocation belongs to an instance or a migration that Nova", NOT_EMPTY]),
        (
            Evidence(True, instances=2, evacuated=1),
            ["2 allocations belong to instances or migrations that Nova", "1 allocation belongs to an", NOT_EMPTY],
        ),
        (UNKNOWN, [NOT_EMPTY]),
    ],
    ids=record_id,
)
def test_holders_of_allocations_are_shown(evidence, texts):
    found = warnings(replace(EMPTY, evidence=evidence))
    assert len(found) == len(texts)
    assert all(text in line for text, line in zip(texts, found, strict=True))


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (Evidence(True), "Nova lists no instance on compute-01, and Placement confirms this."),
        (
            Evidence(True, of_hypervisors=True),
            "Nova lists no instance on compute-01, and the hypervisor reports no running instance.",
        ),
        (Evidence(True, instances=1), ""),
        (UNKNOWN, ""),
        (None, ""),
    ],
    ids=record_id,
)
def test_evidence_of_an_empty_host_is_shown(evidence, text):
    assert evidence_text(replace(EMPTY, evidence=evidence)) == text


def steps(**outcomes):
    """Return a step for each outcome and code: ``failed=["refused", ""]`` are two failed instances."""
    return tuple(
        Step(f"{outcome}-{number}", Outcome(outcome), code)
        for outcome, codes in outcomes.items()
        for number, code in enumerate(codes)
    )


MIXED = steps(moved=[""] * 18, running=["", ""], queued=["", "", ""], left=["locked", "left-out", "aborted"])


@pytest.mark.parametrize(
    ("direction", "sentence", "labels"),
    [
        (
            Direction.DRAIN,
            "18 of 26 instances migrated.",
            ["Running: 2", "Queued: 3", "Blocked: 1", "Not migrated: 2"],
        ),
        (
            Direction.RETURN,
            "18 of 26 instances returned to compute-01.",
            ["Running: 2", "Queued: 3", "Blocked: 1", "Not returned: 2"],
        ),
    ],
    ids=["drain", "return"],
)
def test_headline_is_a_sentence_and_counts_are_labels(direction, sentence, labels):
    run = DrainRun(HOST, direction, START, MIXED)
    assert headline(run) == sentence
    assert counts(run) == labels


def test_complete_run_has_no_counts():
    run = DrainRun(HOST, Direction.RETURN, START, steps(moved=["", ""]))
    assert (headline(run), counts(run)) == ("All instances returned to compute-01 (2).", [])
    assert counts(replace(EMPTY, evidence=Evidence(True))) == []


def test_one_instance_is_counted_in_the_singular():
    run = DrainRun(HOST, Direction.DRAIN, START, steps(todo=[""]))
    assert (headline(run), counts(run)) == ("0 of 1 instance migrated.", ["Not started: 1"])


@pytest.mark.parametrize(
    ("code", "section"),
    [
        ("locked", "blocked"),
        ("error", "blocked"),
        ("down", "blocked"),
        ("restart-first", "blocked"),
        (NO_CHANGE, "blocked"),
        ("left-out", "left"),
        ("shut-off", "left"),
        ("aborted", "left"),
        ("reverted", "left"),
        ("elsewhere", "left"),
        ("left-later", "left"),
    ],
)
def test_instance_is_blocked_if_a_user_has_to_remove_an_obstacle(code, section):
    assert section_of(Step("a", Outcome.LEFT, code)) == section


def test_sections_name_the_direction():
    assert [section_title(section, Direction.DRAIN) for section in ("left", "moved")] == ["Not migrated", "Migrated"]
    assert [section_title(section, Direction.RETURN) for section in ("left", "moved")] == ["Not returned", "Returned"]
    assert {outcome.value for outcome in Outcome} < SECTIONS.keys()


@pytest.mark.parametrize("code", OBSTACLES)
def test_each_reason_has_a_sentence(code):
    assert "%(" not in obstacle_text(code, "compute-02", HOST, "2026-11-22 14:00:05 UTC")


@pytest.mark.parametrize("code", WITHOUT_NAME)
def test_reason_without_the_name_of_a_host_is_a_sentence(code):
    text = obstacle_text(code, "", HOST)
    assert text == " ".join(text.split())
    assert (" ." in text, "  " in text, "%(" in text) == (False, False, False)


def test_record_without_a_time_is_a_sentence():
    assert obstacle_text(NO_CHANGE, "", HOST) == ("Nova's record of the migration is still open but no longer changes.")


@pytest.mark.parametrize(
    ("code", "detail", "text"),
    [
        ("changed", "SHUTOFF", "Its status is now Shutoff."),
        ("state", "rescued", "The status of the instance is Rescue. Nova cannot migrate"),
        ("busy", "rebooting", "a task (Rebooting)."),
    ],
)
def test_states_and_tasks_are_those_of_horizon(code, detail, text):
    assert text in obstacle_text(code, detail, HOST)


@pytest.mark.parametrize(
    ("error", "reason", "text"),
    [
        (RequestRejected(ServiceText("No vTPM.")), "Nova refused the migration: “No vTPM.”", "No vTPM."),
        (RequestRejected("Only administrators can see it."), "Only administrators can see it.", None),
        (RequestRejected(), "Nova refused the migration without a reason.", None),
        (NotAllowed(), "Your role does not permit this action.", None),
        (NotFound(), "Nova did not find the instance or its migration.", None),
    ],
    ids=["Nova's text", "sentence of the panel", "no text", "not allowed", "not found"],
)
def test_only_texts_of_nova_are_quotations(error, reason, text):
    refusal = Refusal.of(error)
    assert obstacle_text(*refusal, HOST) == reason
    assert refusal_text(refusal) == (text or reason)
    assert isinstance(refusal_text(refusal), ServiceText) == bool(text)


@pytest.mark.parametrize(
    ("least", "most", "remaining", "duration"),
    [
        (5, 40, "Less than a minute left", "The drain takes less than a minute."),
        (290, 300, "About 5 minutes left", "The drain takes about 5 minutes."),
        (60, 300, "About 1 to 5 minutes left", "The drain takes about 1 to 5 minutes."),
    ],
    ids=["seconds", "minutes", "range"],
)
def test_durations_are_whole_sentences(least, most, remaining, duration):
    assert (format_time_left(least, most), duration_text(least, most)) == (remaining, duration)


def test_time_of_the_last_change_is_in_the_readers_zone():
    migration = move(status="confirming", type="migration")
    run = drain_of(HOST, ORDER, [], [migration], now=NOW, verdicts={migration.uuid: NO_CHANGE})
    with timezone.override("Asia/Tokyo"):
        assert "since 2026-11-22 23:00:07 JST" in reason_of(run, run.steps[0], {})


def test_post_copy_is_shown_as_running_on_the_destination():
    run = drain_of(HOST, ORDER, [server(task_state="migrating")], [move(status="running (post-copy)")], now=NOW)
    assert step_text(run, run.steps[0]) == "Running on compute-02, copying the remaining memory (post-copy)"


@pytest.mark.parametrize(
    ("direction", "migration", "text"),
    [
        (
            Direction.DRAIN,
            {"status": "running (post-copy)", "destination": None},
            "Running on the destination host, copying the remaining memory (post-copy)",
        ),
        (Direction.DRAIN, {"status": "running"}, "To compute-02"),
        (Direction.RETURN, {"status": "running", "source": None}, ""),
        (Direction.RETURN, {"status": "reverting"}, "Revert from compute-02"),
    ],
    ids=["post-copy without a name", "drain", "return without a name", "revert"],
)
def test_progress_of_a_step_is_whole_without_a_name(direction, migration, text):
    step = Step("a", Outcome.RUNNING, migration=replace(move("a"), **migration))
    assert step_text(DrainRun(HOST, direction, START, (step,)), step) == text


def test_warning_names_a_host_that_was_not_restarted():
    run = return_of(HOST, START, [], [move(type="evacuation", status="done")], {}, now=NOW)
    assert any("has not been restarted" in text for text in warnings(run))


@pytest.mark.parametrize(("outcome", "words"), [(Outcome.QUEUED, "Choosing a host"), (Outcome.FAILED, "")])
def test_only_a_migration_in_progress_waits_for_the_scheduler(outcome, words):
    step = Step("a", outcome, migration=move("a", "error", destination=None))
    assert step_text(DrainRun(HOST, Direction.DRAIN, START, (step,)), step) == words
