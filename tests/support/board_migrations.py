# SPDX-License-Identifier: Apache-2.0
"""Migrations by number, each of an instance of its own."""

from datetime import datetime, timezone
from uuid import UUID

from migration_panel.board.poll import Feed
from tests.support.fake_cloud import FakeCloud
from tests.support.nova_answers import copying, listed, server

LIST = "/v2.1/os-migrations"
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)


def instance(number: int) -> str:
    return str(UUID(int=number))


def migration(number: int) -> str:
    return str(UUID(int=10_000 + number))


def record(number: int, **changes) -> dict:
    """A migration of an instance of its own; one that runs unless said otherwise."""
    own = {"id": number, "uuid": migration(number), "instance_uuid": instance(number), "status": "running"}
    return own | changes


def figures_path(number: int) -> str:
    return f"/v2.1/servers/{instance(number)}/migrations"


def figures(number: int, **changes) -> dict:
    return copying(id=number, uuid=migration(number), server_uuid=instance(number), **changes)


def name_all(cloud: FakeCloud) -> FakeCloud:
    """Every instance has a name, none has figures."""
    cloud.on("GET", "/v2.1/servers/*", json=lambda call: server(name=f"vm-{UUID(call.path[-36:]).int}"))
    cloud.on("GET", "/v2.1/servers/*/migrations", json={"migrations": []})
    return cloud


def lists(cloud: FakeCloud, *records: dict) -> None:
    cloud.on("GET", LIST, json=listed(*records))


def ids(feed: Feed) -> list[int]:
    return [row.migration.id for row in feed.rows]


def asked(cloud: FakeCloud) -> list[str]:
    """What was asked since the last look, in no order: it is asked at once."""
    calls = sorted(cloud.panel_calls)
    cloud.forget()
    return calls
