# SPDX-License-Identifier: Apache-2.0
"""The calls to Placement: the question that Nova's scheduler asks it, and who holds resources of a node."""

from __future__ import annotations

from typing import Any

from keystoneauth1.exceptions.http import NotAcceptable

from migration_panel.nova.faults import translated
from migration_panel.nova.placement_records import Ask, Rooms
from migration_panel.nova.rest import Rest

Version = tuple[int, int]

# That of Train, which Nova asks with too.
NEWEST: Version = (1, 36)

# Endpoint -> what an older one speaks.
_spoken: dict[str, Version] = {}


class Placement(Rest):
    service = "placement"

    def candidates(self, ask: Ask) -> Rooms:
        """Hosts that have room, with what they have.  Two calls, once, to one older than Train."""
        with translated(self.access.sees_hosts):
            try:
                answer = self._candidates(ask, _spoken.get(self.access.endpoint, NEWEST))
            except NotAcceptable as error:
                _spoken[self.access.endpoint] = _offered(error)
                answer = self._candidates(ask, _spoken[self.access.endpoint])
            return Rooms.from_api(answer)

    def consumers(self, provider: str) -> frozenset[str]:
        """Return the UUIDs of the instances and migrations that hold an allocation of a resource provider."""
        with translated(self.access.sees_hosts):
            answer = self._get(f"/resource_providers/{provider}/allocations", {})
            return frozenset(map(str, answer["allocations"]))

    def _candidates(self, ask: Ask, version: Version) -> dict[str, Any]:
        spoken = {"OpenStack-API-Version": f"placement {version[0]}.{version[1]}"}
        return self._get("/allocation_candidates", ask.query(version), spoken)


def _offered(error: NotAcceptable) -> Version:
    """A 406 tells the newest that there is; raises KeyError if it does not."""
    major, minor = error.response.json()["errors"][0]["max_version"].split(".")
    return int(major), int(minor)
