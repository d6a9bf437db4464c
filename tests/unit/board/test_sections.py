# SPDX-License-Identifier: Apache-2.0
"""Which part of the board a migration belongs to."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.models import Migration
from migration_panel.board.status import Section, section_of
from tests.support.nova_answers import listed

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=timezone.utc)
MIGRATION = Migration.from_api(listed({})["migrations"][0])


@pytest.mark.parametrize(
    ("status", "age", "newest", "section"),
    [
        *((status, hours, newest, Section.IN_PROGRESS)
          for status in ("accepted", "queued", "preparing", "running", "pre-migrating", "confirming", "to come")
          for hours in (0, 1000) for newest in (True, False)),
        ("finished", 1, True, Section.NEEDS_ATTENTION),
        # Whatever its age.
        ("finished", 1000, False, Section.NEEDS_ATTENTION),
        *((status, 1, True, Section.NEEDS_ATTENTION) for status in ("failed", "error")),
        *((status, 23.9, True, Section.NEEDS_ATTENTION) for status in ("failed", "error")),
        *((status, 24, True, Section.HISTORY) for status in ("failed", "error")),
        # A user has retried since.
        *((status, 1, False, Section.HISTORY) for status in ("failed", "error")),
        *((status, 0, True, Section.HISTORY) for status in ("completed", "confirmed", "reverted", "done", "cancelled")),
    ],
)  # fmt: skip
def test_section(status, age, newest, section):
    migration = replace(MIGRATION, status=status, updated_at=NOW - timedelta(hours=age))
    assert section_of(migration, NOW, newest=newest) is section


def test_failure_of_unknown_time_is_history():
    migration = replace(MIGRATION, status="failed", updated_at=None, created_at=None)
    assert section_of(migration, NOW, newest=True) is Section.HISTORY
