# SPDX-License-Identifier: Apache-2.0
"""Follow the migration of an instance through ``status/``, as the board does."""

from django.test import Client

from tests.support.embedded_cloud import eventually

BOARD = "/admin/migrations/"

# Phases without further progress, and phases of a migration that is over.
SETTLED = ("confirm", "done", "cancelled", "failed")
OVER = SETTLED[1:]


def follow_migration(
    client: Client, server, board: str = BOARD, *, until: str = "", every: float | None = None
) -> list[dict]:
    """Return the states of the migration in order, until a status; by default, until it makes no further progress.

    ``every``: time between two polls, s.  By default, this time grows.
    """
    seen, cursor = [], ""

    def ended() -> bool:
        nonlocal cursor
        answer = client.get(f"{board}status/", {"instance": server.id, "cursor": cursor, "html": "1"}).json()
        cursor = answer["cursor"]
        seen.extend(answer["migrations"])
        return bool(seen) and (seen[-1]["status"] == until or seen[-1]["phase"] in (OVER if until else SETTLED))

    eventually(ended, every=every)
    assert until in ("", seen[-1]["status"]), seen[-1]
    return seen
