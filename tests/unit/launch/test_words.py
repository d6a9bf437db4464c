# SPDX-License-Identifier: Apache-2.0
"""The forms' sentences."""

import ast
import inspect

import pytest

from migration_panel.kinds import COLD, KINDS, LIVE, LIVE_BLOCK
from migration_panel.launch import preflight, words
from migration_panel.launch.estimate import Estimate
from migration_panel.launch.preflight import Case, Finding, findings
from migration_panel.nova.host_records import ComputeHost
from migration_panel.nova.records import Server

HOSTS = (
    ComputeHost("c1", up=False),
    ComputeHost("down", up=False),
    ComputeHost("off", enabled=False, disabled_reason="bad fan"),
)
# Between them every state, every lock and every destination there is.
STATES = ("active", "stopped", "paused", "resized", "suspended", "")
DESTINATIONS = ("", "a b", "c1", "c9", "down", "off")


def written_codes() -> set[str]:
    """Those that the rules can tell, from their source: ``Finding(level, "code", …)``."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(preflight))) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Finding"]
    return {ast.literal_eval(call.args[1]) for call in made}


def cases():
    for state in STATES:
        for odd in (True, False):
            server = Server(
                "i", "web", "ACTIVE", state, task_state="migrating" if odd else None, host="c1",
                locked=odd, locked_reason="audit" if odd else None, volume_backed=odd,
            )  # fmt: skip
            for destination in DESTINATIONS:
                for kind in KINDS.values():
                    yield Case(kind, server, destination, HOSTS, may_name_host=True)
                    yield Case(kind, server, destination, HOSTS, may_name_host=False)


def test_every_finding_has_words_and_no_words_are_left_over():
    assert set(words.FINDINGS) == written_codes()


def test_every_finding_can_be_put_in_words():
    told = {one.code: words.finding_words(one, case.kind) for case in cases() for one in findings(case)}
    assert set(told) == written_codes()
    assert not [text for text in told.values() if "%" in text or not text.strip()]


@pytest.mark.parametrize(
    ("code", "facts", "told"),
    [
        ("vm-state", {"state": "stopped"}, "The instance is stopped: this type takes running or paused ones only."),
        ("task-state", {"task": "migrating"}, "The instance is busy (migrating): wait until that is done."),
        (
            "locked",
            {"reason": "audit"},
            "The instance is locked (“audit”): unlock it first, unless you are an administrator.",
        ),
        ("locked", {"reason": ""}, "The instance is locked: unlock it first, unless you are an administrator."),
        ("source-down", {"host": "c1"}, "The compute service on c1 is down: nothing can be moved away from there."),
        ("destination-down", {"host": "c2"}, "c2 is down."),
        ("destination-disabled", {"host": "c2", "reason": "bad fan"}, "c2 is disabled (“bad fan”)."),
        ("destination-disabled", {"host": "c2", "reason": ""}, "c2 is disabled."),
        ("destination-unknown", {"host": "100%s"}, "There is no compute host “100%s”."),
    ],
)
def test_finding_in_words(code, facts, told):
    assert words.finding_words(Finding("error", code, facts), LIVE) == told


def test_cold_types_take_other_states():
    told = words.finding_words(Finding("error", "vm-state", {"state": "paused"}), COLD)
    assert told == "The instance is paused: this type takes running or shut off ones only."


@pytest.mark.parametrize("code", ["locked", "volume-backed", "local-disk"])
def test_doubt_is_put_in_fewer_words(code):
    finding = Finding("warning", code, {"reason": ""})
    assert len(words.doubt_words(finding, LIVE)) < len(words.finding_words(finding, LIVE))


def test_doubt_without_few_words_has_its_sentence():
    finding = Finding("warning", "destination-down", {"host": "c2"})
    assert words.doubt_words(finding, LIVE) == "c2 is down."


def test_only_findings_have_few_words():
    assert set(words.DOUBTS) <= set(words.FINDINGS)


def test_every_type_has_all_its_words():
    assert set(words.KINDS) == set(KINDS)
    assert all(str(text).strip() for kind in words.KINDS.values() for text in vars(kind).values())


@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("cold", "Cold migration"),
        ("live", "Live migration"),
        ("cold-block", "Cold block migration"),
        ("live-block", "Live block migration"),
    ],
)
def test_title(slug, title):
    assert str(words.KINDS[slug].title) == title


@pytest.mark.parametrize(
    ("kind", "may_name_host", "told"),
    [
        (LIVE, True, ""),
        (LIVE_BLOCK, True, ""),
        (LIVE, False, "Your role lets the scheduler choose the host: none can be named."),
        (COLD, True, "Nova's scheduler chooses the host for cold migrations: none can be named."),
        (COLD, False, "Nova's scheduler chooses the host for cold migrations: none can be named."),
    ],
)
def test_why_no_destination_can_be_chosen(kind, may_name_host, told):
    assert words.why_disabled(kind, may_name_host=may_name_host) == told


@pytest.mark.parametrize(
    ("estimate", "told"),
    [
        (None, "Not known: Nova does not tell the size of this instance."),
        (Estimate(5, 30, 0, 0), "Less than a minute: nothing is copied."),
        (Estimate(46, 153, 0, 4096), "About 1 to 3 minutes to copy 4 GiB of memory."),
        (Estimate(107, 132, 10, 0), "About 2 to 3 minutes to copy 10 GiB of disk."),
        (Estimate(148, 255, 10, 4096), "About 2 to 5 minutes to copy 10 GiB of disk and 4 GiB of memory."),
    ],
)
def test_estimate_in_words(estimate, told):
    assert words.estimate_words(estimate) == told


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [
        (0, 0, "Less than a minute"),
        (5, 60, "Less than a minute"),
        (5, 61, "About 1 to 2 minutes"),
        (110, 120, "About 2 minutes"),
        (60, 600, "About 1 to 10 minutes"),
        (3600, 7200, "About 60 to 120 minutes"),
    ],
)
def test_span_in_words(least, most, told):
    assert words.span_words(least, most) == told
