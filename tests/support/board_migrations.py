# SPDX-License-Identifier: Apache-2.0
"""Migrations with numbers, each of another instance, and their answers by Nova."""

from datetime import datetime, timezone
from uuid import UUID

from migration_panel.board.poll import Feed
from tests.support.fake_cloud import FakeCloud
from tests.support.nova_answers import listed, live_progress, server

LIST = "/v2.1/os-migrations"
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)


def instance(number: int) -> str:
    """Return the UUID of an instance."""
    return str(UUID(int=number))


def migration(number: int) -> str:
    """Return the UUID of a migration."""
    return str(UUID(int=10_000 + number))


def record(number: int, **changes) -> dict:
    """Return changes of ``LISTED`` for a migration, by default in the status running."""
    own = {"id": number, "uuid": migration(number), "instance_uuid": instance(number), "status": "running"}
    return own | changes


def progress_path(number: int) -> str:
    """Return the path of the list that has the progress of an instance's live migration."""
    return f"/v2.1/servers/{instance(number)}/migrations"


def progress_answer(number: int, **changes) -> dict:
    """Return Nova's answer with the progress of a live migration."""
    return live_progress(id=number, uuid=migration(number), server_uuid=instance(number), **changes)


def name_all_instances(cloud: FakeCloud) -> FakeCloud:
    """Let Nova show every instance with a name, and no progress of live migrations."""
    cloud.on("GET", "/v2.1/servers/*", json=lambda call: server(name=f"vm-{UUID(call.path[-36:]).int}"))
    cloud.on("GET", "/v2.1/servers/*/migrations", json={"migrations": []})
    return cloud


def list_migrations(cloud: FakeCloud, *records: dict) -> None:
    """Let Nova list these migrations."""
    cloud.on("GET", LIST, json=listed(*records))


def migration_ids(feed: Feed) -> list[int]:
    """Return the numbers of the rows."""
    return [row.migration.id for row in feed.rows]


def take_calls(cloud: FakeCloud) -> list[str]:
    """Return the calls since the last time, sorted: their order is random, because they are made at once."""
    calls = sorted(cloud.panel_calls)
    cloud.forget()
    return calls
