# SPDX-License-Identifier: Apache-2.0
"""Run one migration to the result that the history shows."""

from __future__ import annotations

import time

from devcloud.layout import CloudError
from devcloud.rest import Rest
from devcloud.seed.cast import Actor, Move

_PATIENCE = 120
_QUICK = {"sim_seconds": "1", "sim_interval": "0.5"}
_STOPPED = "os-stop"


def run_move(rest: Rest, server: str, actor: Actor, move: Move) -> None:
    """Migrate a server, and wait for the result."""
    past = _Past(rest, f"/servers/{server}", server)
    if move.end != "finished":  # Nova would refuse to remove the knobs before the confirmation
        past.set_knobs(actor.metadata | _QUICK)
    if actor.state == _STOPPED:
        past.act({_STOPPED: None})
        past.await_server("SHUTOFF")
    past.act(_order(actor, move))
    if move.end == "cancelled":
        past.await_status("running")
        past.abort()
    past.await_status("finished" if move.end in ("confirmed", "reverted") else move.end)
    if move.end in ("confirmed", "reverted"):
        past.await_server("VERIFY_RESIZE")
        past.act({"confirmResize" if move.end == "confirmed" else "revertResize": None})
        past.await_status(move.end)
        past.await_server("SHUTOFF" if actor.state == _STOPPED else "ACTIVE")
    past.await_rest()
    if move.end != "finished":
        past.set_knobs(actor.metadata)


def _order(actor: Actor, move: Move) -> dict:
    if move.kind == "cold":
        return {"migrate": {"host": move.to or None}}
    block = actor.metadata.get("sim_storage") != "shared"
    return {"os-migrateLive": {"host": move.to or None, "block_migration": block}}


class _Past:
    """One server while its past is made."""

    def __init__(self, rest: Rest, path: str, server: str) -> None:
        self.path = path
        self._rest = rest
        self._list = f"/os-migrations?instance_uuid={server}&project_id={rest.token['project']['id']}"

    def set_knobs(self, metadata: dict[str, str]) -> None:
        self._rest.put("compute", f"{self.path}/metadata", {"metadata": metadata})

    def act(self, body: dict) -> None:
        self._rest.post("compute", f"{self.path}/action", body)

    def abort(self) -> None:
        (migration,) = self._rest.get("compute", f"{self.path}/migrations")["migrations"]
        self._rest.delete("compute", f"{self.path}/migrations/{migration['id']}")

    def await_status(self, status: str) -> None:
        # Nova writes the record some time after the request.
        self._until(
            lambda: status in [each["status"] for each in self._rest.get("compute", self._list)["migrations"]],
            status,
            every=0.2,
        )

    def await_server(self, status: str) -> None:
        self._until(lambda: self._rest.get("compute", self.path)["server"]["status"] == status, status)

    def await_rest(self) -> None:
        self._until(lambda: not self._rest.get("compute", self.path)["server"]["OS-EXT-STS:task_state"], "come to rest")

    def _until(self, condition, what: str, every: float = 1) -> None:
        """Wait for a condition.  `every`: time between two requests, s: Nova needs long for a server."""
        end = time.monotonic() + _PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise CloudError(f"{self.path} did not become {what}")
            time.sleep(every)
