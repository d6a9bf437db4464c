# SPDX-License-Identifier: Apache-2.0
"""Follows an instance's migration through ``status/``, as the page does."""

from django.test import Client

from tests.support.embedded_cloud import eventually

BOARD = "/admin/migrations/"

REST = ("confirm", "done", "cancelled", "failed")
OVER = REST[1:]


def followed(client: Client, server, board: str = BOARD, *, until: str = "") -> list[dict]:
    """What was told of it, one after the other: until that status, or else until it goes on by itself no more."""
    seen, cursor = [], ""

    def ended() -> bool:
        nonlocal cursor
        answer = client.get(f"{board}status/", {"instance": server.id, "cursor": cursor, "html": "1"}).json()
        cursor = answer["cursor"]
        seen.extend(answer["migrations"])
        return bool(seen) and (seen[-1]["status"] == until or seen[-1]["phase"] in (OVER if until else REST))

    eventually(ended)
    assert until in ("", seen[-1]["status"]), seen[-1]
    return seen
