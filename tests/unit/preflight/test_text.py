# SPDX-License-Identifier: Apache-2.0
"""The sentences of all findings."""

import re

import pytest

from migration_panel.api.optional_result import REASONS
from migration_panel.migration_types import COLD, COLD_BLOCK, KINDS, LIVE, LIVE_BLOCK
from migration_panel.preflight import text as preflight_text
from migration_panel.preflight.destinations import verdicts
from migration_panel.preflight.finding import Finding
from migration_panel.preflight.messages import SENTENCES
from migration_panel.preflight.registry import CHECKS, CHOICE_CHECKS, HOST_CHECKS, NO_HOST
from migration_panel.preflight.text import finding_text, remedy_text
from tests.support.case_ids import case_id
from tests.support.preflight_inputs import case
from tests.unit.preflight.test_destinations import SAID as HOST_CASES
from tests.unit.preflight.test_registry import SAID as INSTANCE_CASES

SPAN = {"least": 5, "most": 30, "rate": 100}
ROWS = (*CHECKS, *CHOICE_CHECKS, *HOST_CHECKS)
CODES = {row.code for row in ROWS} | {NO_HOST}


def test_sentences_match_the_checks():
    assert set(SENTENCES) == CODES
    assert len(ROWS) + 1 == len(CODES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_cause_and_remedy_are_sentences(code):
    for text in (str(SENTENCES[code].cause), str(SENTENCES[code].remedy)):
        assert text.endswith(".")
        assert ". " not in text
        assert text[0].isupper() or text[0] in "%“"
    assert not str(SENTENCES[code].brief).endswith(".")


def every_finding():
    for code, kinds, _, matter in INSTANCE_CASES:
        for slug in kinds:
            yield KINDS[slug], next(row for row in ROWS if row.code == code).check(case(KINDS[slug], **matter))
    for _, _, matter, _ in HOST_CASES:
        verdict = next(each for each in verdicts(case(**matter)) if each.name == "c2")
        yield from ((LIVE, finding) for finding in (*verdict.errors, *verdict.notes))
    yield LIVE, Finding("error", NO_HOST, {"count": 3})


def test_every_finding_has_a_text():
    texts_by_code = {}
    for kind, finding in every_finding():
        texts_by_code[finding.code] = (
            *vars(words_of := finding_text(finding, kind)).values(),
            words_of.message,
            preflight_text.short_text(finding, kind),
        )
    assert set(texts_by_code) == CODES
    assert not [text for texts in texts_by_code.values() for text in texts if "%(" in text or not text.strip()]


@pytest.mark.parametrize(
    ("code", "facts", "text"),
    [
        (
            "vm-state",
            {"state": "stopped"},
            "The status of the instance is Shutoff, but live migration requires an active or paused instance.",
        ),
        ("task-state", {"task": "rebooting"}, "The instance is busy with a task (Rebooting)."),
        ("locked", {"reason": "audit"}, "The instance is locked: “audit”."),
        ("locked", {"reason": ""}, "The instance is locked."),
        ("copied", SPAN | {"disk": 10, "memory": 4096}, "Data to copy: 10 GiB of disk and 4 GiB of memory."),
        ("copied", SPAN | {"disk": 0, "memory": 4096}, "Data to copy: 4 GiB of memory."),
        ("copied", SPAN | {"disk": 0, "memory": 0}, "No data is copied."),
        (
            "destination-memory",
            {"host": "c2", "free": 1536, "need": 4096},
            "c2 has too little memory: 1.5 GiB free, 4 GiB needed.",
        ),
        (
            "destination-disk",
            {"host": "c2", "free": 5, "need": 10},
            "c2 has too little disk space: 5 GiB free, 10 GiB needed.",
        ),
        ("destination-vcpus", {"host": "c2", "free": 1, "need": 2}, "c2 has too few vCPUs: 1 free, 2 needed."),
        (
            "destination-cpu",
            {"host": "c2", "model": "Haswell", "source": "Icelake", "missing": 3},
            (
                "The CPU model of c2 is Haswell, and the CPU model of the source host is Icelake. "
                "c2 lacks 3 CPU features of the source host."
            ),
        ),
        (
            "destination-cpu",
            {"host": "c2", "model": "Haswell", "source": "Icelake", "missing": 1},
            (
                "The CPU model of c2 is Haswell, and the CPU model of the source host is Icelake. "
                "c2 lacks 1 CPU feature of the source host."
            ),
        ),
        (
            "destination-cpu",
            {"host": "c2", "model": "Haswell", "source": "Icelake", "missing": 0},
            "The CPU model of c2 is Haswell, and the CPU model of the source host is Icelake.",
        ),
        (
            "room-unknown",
            {"why": "absent"},
            (
                "The free capacity of the hosts is unknown. Your service catalog lists no Placement "
                "endpoint for this interface and region."
            ),
        ),
        (
            "room-unknown",
            {"why": "trait"},
            ("The free capacity of the hosts is unknown. Placement does not have a trait that the flavor requires."),
        ),
        ("source-down", {"host": "c1"}, "The compute service on c1 is down: no instance can be migrated away."),
        ("destination-down", {"host": "c2"}, "c2 is down."),
        ("destination-disabled", {"host": "c2", "reason": "bad fan"}, "c2 is disabled: “bad fan”."),
        ("destination-disabled", {"host": "c2", "reason": ""}, "c2 is disabled."),
        ("destination-unknown", {"host": "100%s"}, "Compute host “100%s” does not exist."),
    ],
    ids=case_id,
)
def test_problem_text_has_the_facts(code, facts, text):
    assert preflight_text.problem_text(Finding("error", code, facts), LIVE) == text


def test_accepted_states_depend_on_the_type():
    text = preflight_text.problem_text(Finding("error", "vm-state", {"state": "paused"}), COLD)
    assert text == "The status of the instance is Paused, but cold migration requires an active or shut off instance."


@pytest.mark.parametrize("code", ["locked", "volume-backed", "local-disk"])
def test_short_text_is_shorter(code):
    finding = Finding("warning", code, {"reason": ""})
    assert len(preflight_text.short_text(finding, LIVE)) < len(preflight_text.problem_text(finding, LIVE))


@pytest.mark.parametrize(("reason", "text"), [("bad fan", "disabled: “bad fan”"), ("", "disabled")])
def test_short_text_has_the_reason(reason, text):
    finding = Finding("error", "destination-disabled", {"host": "c2", "reason": reason})
    assert preflight_text.short_text(finding, LIVE) == text


@pytest.mark.parametrize(
    ("model", "text"),
    [("Haswell", "different CPU model: Haswell"), ("Icelake", "fewer CPU features than the source host")],
    ids=["other model", "same model"],
)
def test_short_text_about_a_cpu_names_what_differs(model, text):
    facts = {"host": "c2", "model": model, "source": "Icelake", "missing": 3}
    assert preflight_text.short_text(Finding("warning", "destination-cpu", facts), LIVE) == text


def test_cause_of_a_volume_depends_on_the_type():
    finding = Finding("warning", "volume-backed")
    assert "refuses live block migration" in preflight_text.problem_text(finding, LIVE_BLOCK)
    assert "live" not in preflight_text.problem_text(finding, COLD_BLOCK)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_managers_get_no_remedy_for_administrators_only(code):
    sentences = SENTENCES[code]
    remedy = str(sentences.remedy_for_managers or sentences.remedy)
    assert not re.search(r"nova-compute|compute service|enable a host|evacuate|Nova's option|requirements", remedy)
    assert remedy.endswith(".")


def test_remedy_depends_on_whether_the_user_changes_hosts():
    finding = Finding("error", "source-down", {"host": "c1"})
    assert remedy_text(finding).startswith("Start the compute service again")
    assert remedy_text(finding, changes_hosts=False) == "Ask an administrator, and hand over the instance ID."


def test_short_text_is_the_sentence_without_a_short_form():
    assert preflight_text.short_text(Finding("error", "moving"), LIVE) == preflight_text.problem_text(
        Finding("error", "moving"), LIVE
    )


def test_remedy_of_a_copy_names_the_assumed_rate():
    finding = Finding("info", "copied", {"disk": 10, "memory": 0, "least": 107, "most": 132, "rate": 100})
    assert (
        remedy_text(finding)
        == "Estimated duration: About 2 to 3 minutes, at an assumed rate of 100 MiB/s (setting BANDWIDTH)."
    )


def test_every_reason_for_a_missing_value_has_a_text():
    """``flavor`` and ``not-needed`` come from the query of a form."""
    assert {reason for _kind, reason in REASONS} | {"flavor", "not-needed"} == preflight_text.MISSING.keys()
