# SPDX-License-Identifier: Apache-2.0
"""Texts of actions: labels, consequences, and requests without an effect so far."""

import re
from dataclasses import fields
from datetime import datetime, timezone

import pytest

from migration_panel.api.models import Migration
from migration_panel.board.action_text import ACTION_TEXTS, ActionText, action_name, consequence, pending_text
from migration_panel.board.actions import ACTIONS
from migration_panel.board.cache import InstanceSummary, PendingAction
from migration_panel.board.rows import Row
from tests.support.board_rows import row_of
from tests.support.nova_answers import LISTED

each_action = pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)


def row(asked: PendingAction | None = None, **changes) -> Row:
    return row_of(Migration.from_api(LISTED | changes), InstanceSummary("web-03"), pending=asked)


def row_with_action(action: str, seconds: float, *, overdue: bool) -> Row:
    at = datetime.now(timezone.utc).timestamp() - seconds
    return row(PendingAction(action, at, overdue=overdue), status="running")


def test_every_action_has_texts():
    assert set(ACTION_TEXTS) == set(ACTIONS)


@each_action
@pytest.mark.parametrize("field", [field.name for field in fields(ActionText)])
def test_no_text_is_empty(action, field):
    assert str(getattr(ACTION_TEXTS[action.slug], field)).strip()


@pytest.mark.parametrize(
    ("slug", "name"),
    [("abort", "Abort"), ("force-complete", "Force complete"), ("confirm", "Confirm"), ("revert", "Revert")],
)
def test_buttons_have_plain_names(slug, name):
    assert action_name(ACTIONS[slug]) == name


@each_action
def test_texts_of_actions_differ(action):
    others = [one for one in ACTIONS.values() if one is not action]
    assert consequence(action, row()) not in {consequence(one, row()) for one in others}
    assert ACTION_TEXTS[action.slug].done not in {ACTION_TEXTS[one.slug].done for one in others}


@each_action
def test_consequence_is_whole_sentences(action):
    found = consequence(action, row())
    assert found[0].isupper()
    assert found.endswith(".")
    assert "%" not in found


@pytest.mark.parametrize(
    ("slug", "hosts", "hidden"),
    [
        ("abort", {"compute-01"}, ["keeps running on its host"]),
        ("force-complete", {"compute-02"}, ["starts the instance on its new host"]),
        ("confirm", {"compute-01", "compute-02"}, ["stays on its new host", "on its old host"]),
        ("revert", {"compute-01", "compute-02"}, ["returns to its old host", "on its new host"]),
        ("reset-state", {"compute-01"}, ["that the guest is running."]),
    ],
    ids=["abort", "force-complete", "confirm", "revert", "reset-state"],
)
def test_consequence_names_the_hosts_that_may_be_seen(slug, hosts, hidden):
    assert set(re.findall(r"compute-\d+", consequence(ACTIONS[slug], row()))) == hosts
    found = consequence(ACTIONS[slug], row(source_compute=None, dest_compute=None))
    assert "None" not in found
    assert all(words in found for words in hidden)


def test_host_with_a_percent_sign_is_no_format():
    assert "100%s" in consequence(ACTIONS["abort"], row(source_compute="100%s"))


def test_pending_text_is_empty_without_a_request():
    assert pending_text(row(status="running")) == ""


@pytest.mark.parametrize("seconds", [0, 30, 55, -5])
@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("abort", "Abort requested"),
        ("force-complete", "Force complete requested. The instance may be paused until the migration finishes."),
    ],
)
def test_pending_text_names_the_request_before_it_is_overdue(slug, expected, seconds):
    assert pending_text(row_with_action(slug, seconds, overdue=False)) == expected


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("abort", r"Abort requested 1 min \d+ s ago\. No effect yet\."),
        (
            "force-complete",
            r"Force complete requested 1 min \d+ s ago\. Not finished yet\. The instance may be paused\.",
        ),
    ],
)
def test_pending_text_says_that_an_overdue_request_had_no_effect(slug, expected):
    assert re.fullmatch(expected, pending_text(row_with_action(slug, 75, overdue=True)))


@pytest.mark.parametrize("slug", [slug for slug, action in ACTIONS.items() if action.cast])
def test_every_stored_action_has_a_pending_text(slug):
    assert pending_text(row_with_action(slug, 1, overdue=False))
    assert pending_text(row_with_action(slug, 1000, overdue=True))


@pytest.mark.parametrize("status", ["completed", "cancelled", "failed", "error", "finished"])
def test_pending_text_is_empty_after_the_end(status):
    assert pending_text(row(PendingAction("abort", 0), status=status)) == ""
