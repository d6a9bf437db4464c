# SPDX-License-Identifier: Apache-2.0
"""Migrations of several cells: their integer IDs overlap and say nothing about time."""

from datetime import datetime, timedelta, timezone
from itertools import permutations

import pytest

from migration_panel.api.models import Migration
from migration_panel.board.status import newest_first, newest_of_each
from tests.support.nova_answers import LISTED

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def migration(number: int, minutes: int | None, uuid: int, instance: int = 1) -> Migration:
    at = None if minutes is None else (NOON + timedelta(minutes=minutes)).isoformat()
    ids = {"uuid": f"00000000-0000-4000-8000-{uuid:012x}", "instance_uuid": f"00000000-0000-4000-9000-{instance:012x}"}
    return Migration.from_api(LISTED | ids | {"id": number, "created_at": at})


OLD_CELL, NEW_CELL = migration(9001, 0, 7), migration(57, 10, 3)
SAME_TIME = migration(12, 10, 2)
TIMELESS = migration(99999, None, 9)


@pytest.mark.parametrize("order", list(permutations([OLD_CELL, NEW_CELL, SAME_TIME, TIMELESS])))
def test_newest_first_goes_by_time_and_uuid_not_by_id(order):
    assert newest_first(order) == [NEW_CELL, SAME_TIME, OLD_CELL, TIMELESS]


@pytest.mark.parametrize("order", list(permutations([OLD_CELL, NEW_CELL])), ids=["older first", "newer first"])
def test_last_migration_of_an_instance_is_not_the_one_with_the_larger_id(order):
    assert newest_of_each(order) == {NEW_CELL.uuid}


def test_each_instance_has_a_last_migration():
    other = migration(1, -5, 4, instance=2)
    assert newest_of_each([OLD_CELL, NEW_CELL, other]) == {NEW_CELL.uuid, other.uuid}
