# SPDX-License-Identifier: Apache-2.0
"""The commands for the actions on a migration."""

from dataclasses import replace

import pytest

from migration_panel.api.models import Migration
from migration_panel.board.cache import InstanceSummary
from migration_panel.board.detail.text import commands
from migration_panel.board.rows import Row
from tests.support.nova_answers import INSTANCE, LISTED, REQUEST


def lines(kind, status, *, allowed=True, instance=INSTANCE, request=None):
    migration = replace(Migration.from_api(LISTED), type=kind, status=status, instance_id=instance)
    row = Row.of(migration, InstanceSummary("web-03")).offered_to(lambda rule, project: allowed)
    return [line.removeprefix("openstack server ") for line in commands(row, request)]


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("live-migration", "completed", []),
        ("live-migration", "accepted", []),
        ("live-migration", "queued", [f"show {INSTANCE} 42", f"abort {INSTANCE} 42"]),
        (
            "live-migration",
            "running",
            [f"show {INSTANCE} 42", f"force complete {INSTANCE} 42", f"abort {INSTANCE} 42"],
        ),
        ("migration", "finished", [f"confirm {INSTANCE}", f"revert {INSTANCE}"]),
        ("resize", "finished", [f"confirm {INSTANCE}", f"revert {INSTANCE}"]),
        ("migration", "confirmed", []),
    ],
    ids=[
        "live completed",
        "live accepted",
        "live queued",
        "live running",
        "cold waiting",
        "resize waiting",
        "cold confirmed",
    ],
)
def test_commands_suit_the_status(kind, status, expected):
    found = lines(kind, status)
    assert found == [f"migration list --server {INSTANCE}", *(f"migration {one}" for one in expected)]


def test_commands_are_only_those_that_the_reader_may_use():
    assert lines("migration", "finished", allowed=False) == [f"migration list --server {INSTANCE}"]


def test_request_is_shown_by_its_id():
    assert lines("migration", "confirmed", request=REQUEST)[-1] == f"event show {INSTANCE} {REQUEST}"


def test_arguments_are_quoted_for_a_shell():
    assert lines("migration", "confirmed", instance="a; b") == ["migration list --server 'a; b'"]
