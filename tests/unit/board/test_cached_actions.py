# SPDX-License-Identifier: Apache-2.0
"""Requested actions without an effect so far are stored by the migration, for all readers."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel import cache
from migration_panel.board.actions import ABORT, CONFIRM, FORCE_COMPLETE, REVERT
from migration_panel.board.cache import PendingAction, pending_actions, store_action

NOW = datetime(2026, 11, 22, 12, 0, 0, 250000, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def endless_patience(settings):
    settings.MIGRATION_PANEL = {"PATIENCE": 1e10}


@pytest.mark.parametrize("action", [ABORT, FORCE_COMPLETE], ids=lambda action: action.slug)
async def test_action_that_nova_only_forwards_is_stored(action):
    store_action("m1", action, NOW)
    assert pending_actions(["m1", "m2"]) == {"m1": PendingAction(action.slug, NOW.timestamp())}


@pytest.mark.parametrize("action", [CONFIRM, REVERT], ids=lambda action: action.slug)
async def test_action_with_an_immediate_effect_is_not_stored(action):
    store_action("m1", action, NOW)
    assert pending_actions(["m1"]) == {}


async def test_last_action_counts():
    store_action("m1", FORCE_COMPLETE, NOW)
    store_action("m1", ABORT, NOW + MINUTE)
    assert pending_actions(["m1"]) == {"m1": PendingAction("abort", (NOW + MINUTE).timestamp())}


async def test_confirming_keeps_the_stored_action():
    store_action("m1", ABORT, NOW)
    store_action("m1", CONFIRM, NOW + MINUTE)
    assert pending_actions(["m1"]) == {"m1": PendingAction("abort", NOW.timestamp())}


async def test_each_migration_has_its_own_action():
    store_action("m1", ABORT, NOW)
    store_action("m2", FORCE_COMPLETE, NOW)
    assert {one: fact.action for one, fact in pending_actions(["m2", "m1", "m2"]).items()} == {
        "m1": "abort",
        "m2": "force-complete",
    }


async def test_no_migrations_need_no_cache(monkeypatch):
    used = []
    monkeypatch.setattr(cache, "_backend", lambda: used.append(True))
    assert pending_actions([]) == {}
    assert pending_actions(iter(())) == {}
    assert used == []


async def test_all_are_looked_up_at_once(monkeypatch):
    looked_up = []
    monkeypatch.setattr(cache, "get_many", lambda keys: looked_up.append(keys) or {})
    assert pending_actions(["m1", "m2", "m3"]) == {}
    assert len(looked_up) == 1


def test_action_is_stored_for_an_hour(monkeypatch):
    kept = []
    monkeypatch.setattr(cache.Shelf, "put", lambda self, values, seconds: kept.append(seconds))
    store_action("m1", ABORT, NOW)
    assert kept == [3600]


@pytest.mark.parametrize(
    ("ago", "patience", "overdue"),
    [(-5, 60, False), (0, 60, False), (50, 60, False), (61, 60, True), (3000, 60, True), (61, 600, False)],
)
async def test_action_is_overdue_after_the_patience(settings, ago, patience, overdue):
    settings.MIGRATION_PANEL = {"PATIENCE": patience}
    store_action("m1", ABORT, datetime.now(timezone.utc) - timedelta(seconds=ago))
    assert pending_actions(["m1"])["m1"].overdue is overdue
