# SPDX-License-Identifier: Apache-2.0
"""Two hundred migrations in progress, twenty of them copying: the calls of a poll and of a page."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.board.cursor import Cursor
from tests.support.nova_answers import COPYING, LISTED, server

ALL, COPY = 200, 20
STATUS = "/admin/migrations/status/"
NOW = datetime.now(timezone.utc)


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012x}"


def migration(number):
    return LISTED | {
        "id": number,
        "uuid": uuid(10_000 + number),
        "instance_uuid": uuid(number),
        "status": "running" if number <= COPY else "queued",
        "created_at": (NOW - timedelta(minutes=5)).isoformat(),
        "updated_at": (NOW - timedelta(seconds=1)).isoformat(),
    }


def figures(call):
    number = int(call.path.split("/")[3][-12:], 16)
    own = {"id": number, "uuid": uuid(10_000 + number), "server_uuid": uuid(number), "updated_at": NOW.isoformat()}
    return {"migrations": [COPYING | own]}


@pytest.fixture
def board(fake_cloud, admin_client):
    """Return a cursor of the board, after all names were read."""
    moving = {"migrations": [migration(number) for number in range(ALL, 0, -1)]}
    fake_cloud.on("GET", "/v2.1/os-migrations", json=moving)
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []}, query={"status": "finished"})
    fake_cloud.on("GET", "/v2.1/servers/*", json=server())
    fake_cloud.on("GET", "/v2.1/servers/*/migrations", json=figures)
    first = admin_client.get(STATUS).json()
    while not first["cursor"]:
        first = admin_client.get(STATUS).json()
    assert len(first["migrations"]) == ALL
    fake_cloud.forget()
    return first["cursor"]


def test_poll_is_one_call_and_one_for_each_copy_all_at_once(fake_cloud, admin_client, board):
    assert len(Cursor.parse(board).followed) == COPY
    # No figures are returned until all twenty are requested at the same time.
    fake_cloud.on("GET", "/v2.1/servers/*/migrations", json=figures, together=COPY)
    answer = admin_client.get(STATUS, {"cursor": board, "html": "1"}).json()
    assert len(fake_cloud.panel_calls) == 1 + COPY
    assert sum(call == "GET /v2.1/os-migrations" for call in fake_cloud.panel_calls) == 1
    copying = [one for one in answer["migrations"] if one["status"] == "running"]
    assert all(one["progress"] for one in copying)


def test_page_shows_all_of_them_for_two_calls(fake_cloud, admin_client, board):
    page = admin_client.get("/admin/migrations/").content.decode()
    assert page.count('data-section="under-way" data-phase=') == ALL
    assert fake_cloud.panel_calls == ["GET /v2.1/os-migrations"] * 2


def test_cursor_of_so_many_fits_an_address(board):
    assert len(board) < 3500
