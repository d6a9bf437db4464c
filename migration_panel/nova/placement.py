# SPDX-License-Identifier: Apache-2.0
"""The one call to Placement: the question that Nova's scheduler asks it."""

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

    def _candidates(self, ask: Ask, version: Version) -> dict[str, Any]:
        spoken = {"OpenStack-API-Version": f"placement {version[0]}.{version[1]}"}
        return self._get("/allocation_candidates", ask.query(version), spoken)


def _offered(error: NotAcceptable) -> Version:
    """A 406 tells the newest that there is; raises KeyError if it does not."""
    major, minor = error.response.json()["errors"][0]["max_version"].split(".")
    return int(major), int(minor)
