# SPDX-License-Identifier: Apache-2.0
"""A migration of web-03, for tests of the actions on it."""

import re

from tests.support.board_migrations import LIST
from tests.support.fake_cloud import FakeCloud
from tests.support.nova_answers import INSTANCE, MIGRATION, listed, server

SERVER = f"/v2.1/servers/{INSTANCE}"
JSON = {"Accept": "application/json"}
SCRIPT = JSON | {"X-Requested-With": "XMLHttpRequest"}
# Action -> method and path of its call to Nova, and the message after it.
ACTIONS = {
    "abort": ("DELETE", f"{SERVER}/migrations/42", "Nova accepted the request to abort the migration."),
    "force-complete": (
        "POST",
        f"{SERVER}/migrations/42/action",
        "Nova accepted the request to complete the migration.",
    ),
    "confirm": ("POST", f"{SERVER}/action", "Nova accepted the request to confirm the migration."),
    "revert": ("POST", f"{SERVER}/action", "Nova accepted the request to revert the migration."),
}
COLD = ("confirm", "revert")


def action_url(action: str, dashboard: str = "admin", migration: str = MIGRATION) -> str:
    return f"/{dashboard}/migrations/{migration}/{action}/"


def accept_all_actions(cloud: FakeCloud) -> FakeCloud:
    """Let Nova show the instance and accept every action."""
    cloud.on("GET", SERVER, json=server())
    cloud.on("GET", f"{SERVER}/migrations", json={"migrations": []})
    for method, path, _done in ACTIONS.values():
        cloud.on(method, path, status=202)
    return cloud


def list_migration_for(cloud: FakeCloud, action: str, **changes) -> None:
    """Let Nova list the migration in the state that the action requires."""
    state = {"migration_type": "migration", "status": "finished"} if action in COLD else {"status": "running"}
    cloud.on("GET", LIST, json=listed(state | changes))


def changing_calls(cloud: FakeCloud) -> list[str]:
    """Return method and path of all calls other than GET."""
    return [f"{call.method} {call.path}" for call in cloud.calls if call.method != "GET"]


def page_text(response) -> str:
    """Return the page with single spaces."""
    return re.sub(r"\s+", " ", response.content.decode())
