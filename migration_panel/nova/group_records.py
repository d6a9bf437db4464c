# SPDX-License-Identifier: Apache-2.0
"""Instances that are to be together or apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ServerGroup:
    """A server group."""

    id: str
    name: str
    # affinity, anti-affinity, or soft ones of these.
    policy: str
    members: tuple[str, ...] = ()
    # How many of them anti-affinity lets be together.
    most_per_host: int = 1
    project_id: str | None = None

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> ServerGroup:
        """Before 2.64 the policy is the only one of a list, and there are no rules."""
        rules = data.get("rules") or {}
        return cls(
            id=str(data["id"]),
            name=str(data.get("name") or ""),
            policy=str(data.get("policy") or next(iter(data.get("policies") or ()), "")),
            members=tuple(map(str, data.get("members") or ())),
            most_per_host=int(rules.get("max_server_per_host", 1)),
            project_id=data.get("project_id"),
        )
