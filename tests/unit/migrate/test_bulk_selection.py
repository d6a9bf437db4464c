# SPDX-License-Identifier: Apache-2.0
"""The user's selection of several instances, read from a request."""

import pytest

from migration_panel.migrate.bulk_selection import MAX_INSTANCES, Selection, parse_selection
from migration_panel.migration_types import KINDS

ONE, OTHER = "6c632c97-7c5c-4f9b-9bd6-2b5a3e8f3c11", "0a1b2c3d-7c5c-4f9b-9bd6-2b5a3e8f3c12"


def many(number: int) -> list[str]:
    return [f"6c632c97-7c5c-4f9b-9bd6-{each:012d}" for each in range(number)]


@pytest.mark.parametrize(
    ("given", "instances", "unreadable"),
    [
        ([], (), ()),
        ([OTHER, ONE], (OTHER, ONE), ()),
        ([ONE, ONE, ONE.upper(), ONE.replace("-", ""), f" {ONE} "], (ONE,), ()),
        ([f"{OTHER},{ONE}", f"{ONE} {OTHER}"], (OTHER, ONE), ()),
        (["", "web-03", "../x", f"{ONE}x", ONE], (ONE,), ("", "web-03", "../x", f"{ONE}x")),
    ],
    ids=["nothing", "two", "one-id-in-five-forms", "several-ids-in-a-text", "no-ids"],
)
def test_parse_selection_returns_each_instance_once_in_order(given, instances, unreadable):
    assert parse_selection(given) == Selection(instances, unreadable=unreadable)


@pytest.mark.parametrize(("number", "surplus"), [(MAX_INSTANCES, 0), (MAX_INSTANCES + 1, 1), (500, 450)])
def test_parse_selection_counts_the_surplus(number, surplus):
    chosen = parse_selection([*many(number), *many(number)])
    assert chosen.instances == tuple(many(number)[:MAX_INSTANCES])
    assert chosen.surplus == surplus


@pytest.mark.parametrize(("given", "slug"), [*((slug, slug) for slug in KINDS), ("", None), ("warm", None)])
def test_parse_selection_returns_the_type(given, slug):
    assert parse_selection([], given).kind == KINDS.get(slug)


def test_parse_selection_returns_times_by_instance():
    chosen = parse_selection([ONE], seen=[f"{ONE} 2026-11-20T08:00:10Z", "nonsense", f"{OTHER} "])
    assert chosen.seen == {ONE: "2026-11-20T08:00:10Z", OTHER: ""}
